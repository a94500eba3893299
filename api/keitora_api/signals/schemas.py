"""What is told of raw signals."""

from datetime import datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.samples.reading import SignalPoint
from keitora.signals.model import Signal
from keitora_api.schemas import VEHICLE_EXAMPLE, Schema, VehicleRef, defined

_EXAMPLE: Final[JsonDict] = {
    "signal": "coolant_temp_c",
    "unit": "degC",
    "name_en": "Coolant temperature",
    "name_ja": "冷却水温",
    "points": [{"ts": "2026-11-16T22:05:00Z", "min": 41.0, "mean": 44.3, "max": 47.0, "value_count": 30}],
}


class SignalPointAnswer(Schema):
    """A signal's values in one bucket of time."""

    ts: datetime = Field(description="When the bucket begins (UTC)")
    min: float = Field(description=defined("signal_min"))
    mean: float = Field(description=defined("signal_mean"))
    max: float = Field(description=defined("signal_max"))
    value_count: int = Field(description=defined("signal_count"))

    @classmethod
    def of(cls, point: SignalPoint) -> Self:
        """Return what is told of a bucket."""
        return cls(
            ts=point.at,
            min=round(point.minimum, 6),
            mean=round(point.mean, 6),
            max=round(point.maximum, 6),
            value_count=point.count,
        )


class SignalSeries(Schema):
    """One signal over time."""

    signal: str = Field(description="Its column, as in docs/reference/signals.md")
    unit: str = Field(description="Unit of the values; of a flag 1 is on")
    name_en: str = Field(description="Its name in English")
    name_ja: str = Field(description="Its name in Japanese")
    points: list[SignalPointAnswer] = Field(description="By `ts`, ascending; a bucket without a value is left out")

    @classmethod
    def of(cls, signal: Signal, points: list[SignalPoint]) -> Self:
        """Return what is told of a signal."""
        return cls(
            signal=signal.column,
            unit=signal.unit,
            name_en=signal.en,
            name_ja=signal.ja,
            points=[SignalPointAnswer.of(point) for point in points],
        )


class SignalList(Schema):
    """A truck's signals over time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "time_zone": "Asia/Tokyo",
                    "vehicle": VEHICLE_EXAMPLE,
                    "from_at": "2026-11-16T22:00:00Z",
                    "bucket_s": 30.0,
                    "items": [_EXAMPLE],
                    "next_cursor": None,
                }
            ]
        }
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    vehicle: VehicleRef = Field(description="Which truck")
    from_at: datetime = Field(description="From when on this tells (UTC): 366 days before `to` at most")
    bucket_s: float = Field(description=defined("signal_bucket"))
    items: list[SignalSeries] = Field(description="In the order asked for")
    next_cursor: str | None = Field(description="Always null: the list is whole")

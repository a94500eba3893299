"""What is told of episodes and of batteries."""

from datetime import datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.episodes.battery import BatteryForecast
from keitora.episodes.catalogue import MEANINGS
from keitora.episodes.ids import EpisodeKey, episode_id
from keitora.episodes.model import Kind
from keitora.episodes.queries import StoredEpisode
from keitora.positions.model import LatestValues
from keitora_api.schemas import VEHICLE_EXAMPLE, Position, Schema, VehicleRef, defined, local_text, position, rounded

_EXAMPLE: Final[JsonDict] = {
    "id": "7-overheating-mi1e8s00",
    "vehicle": VEHICLE_EXAMPLE,
    "kind": "overheating",
    "name_en": "Engine overheating",
    "name_ja": "オーバーヒート",
    "about_en": MEANINGS[Kind.OVERHEATING].en,
    "about_ja": MEANINGS[Kind.OVERHEATING].ja,
    "severity": "critical",
    "opened_at": "2026-11-16T22:05:00Z",
    "opened_local": "2026-11-17 07:05",
    "noticed_at": "2026-11-16T22:05:08Z",
    "heard_at": "2026-11-16T22:05:09Z",
    "closed_at": None,
    "ended_by": None,
    "is_open": True,
    "is_late": False,
    "unit": "degC",
    "bound_value": 112.0,
    "first_value": 112.0,
    "last_value": None,
    "peak_value": 116.0,
    "mean_value": 114.2,
    "sample_count": 41,
    "position": {"lat": 36.651289, "lon": 138.180956},
    "place": {"lat": 36.651289, "lon": 138.180956},
    "acknowledged_by": None,
    "acknowledged_at": None,
    "note": None,
}


class EpisodeAnswer(Schema):
    """Something that is or was wrong with a truck, with its evidence. Values are in `unit`; null is: not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(
        description="`{vehicle}-{kind}-{start in Unix ms, base 36}`; changes if late samples move the start"
    )
    vehicle: VehicleRef = Field(description="Which truck")
    kind: str = Field(description="What it is about, as in docs/reference/episodes.md")
    name_en: str = Field(description="Its name in English")
    name_ja: str = Field(description="Its name in Japanese")
    about_en: str = Field(description="What this kind of episode tells, in English")
    about_ja: str = Field(description="What this kind of episode tells, in Japanese")
    severity: str = Field(description="`note`: counted. `warning`: soon. `critical`: now")
    opened_at: datetime = Field(description="First sample that showed it (UTC)")
    opened_local: str = Field(description="The same by the fleet's clock, to the minute, as a message tells it")
    noticed_at: datetime = Field(description="Sample that made it an episode, after the time it must hold (UTC)")
    heard_at: datetime = Field(description=defined("heard"))
    closed_at: datetime | None = Field(description="First sample that stayed clear (UTC); null: it lasts")
    ended_by: str | None = Field(description="`clear`, `silence` (nothing more was heard), `more` (it grew worse)")
    is_open: bool = Field(description=defined("episode_open"))
    is_late: bool = Field(description=defined("late"))
    unit: str = Field(description="Unit of the values")
    bound_value: float = Field(description=defined("bound"))
    first_value: float = Field(description=defined("first_value"))
    last_value: float | None = Field(description=defined("last_value"))
    peak_value: float = Field(description=defined("peak"))
    mean_value: float = Field(description=defined("mean"))
    sample_count: int = Field(description=defined("sample_count"))
    position: Position | None = Field(description="Where it began")
    place: Position | None = Field(description="The same as `position`, by its older name", deprecated=True)
    acknowledged_by: str | None = Field(description="Who has seen it")
    acknowledged_at: datetime | None = Field(description="When (UTC)")
    note: str | None = Field(description="What they wrote to it")

    @classmethod
    def of(cls, row: StoredEpisode, zone: str) -> Self:
        """Return what is told of an episode; `zone`: the fleet's."""
        meaning = MEANINGS.get(Kind(row.kind)) if row.kind in set(Kind) else None
        return cls(
            id=episode_id(EpisodeKey(row.vehicle_id, row.kind, row.opened_at)),
            vehicle=VehicleRef(id=row.vehicle_id, name=row.vehicle_name),
            kind=row.kind,
            name_en=meaning.name_en if meaning else row.kind,
            name_ja=meaning.name_ja if meaning else row.kind,
            about_en=meaning.en if meaning else "",
            about_ja=meaning.ja if meaning else "",
            severity=row.severity,
            opened_at=row.opened_at,
            opened_local=local_text(row.opened_at, zone),
            noticed_at=row.noticed_at,
            heard_at=row.heard_at,
            closed_at=row.closed_at,
            ended_by=row.ended_by,
            is_open=row.closed_at is None,
            is_late=row.is_late,
            unit=row.unit,
            bound_value=row.bound_value,
            first_value=round(row.first_value, 3),
            last_value=rounded(row.last_value, 3),
            peak_value=round(row.peak_value, 3),
            mean_value=round(row.mean_value, 3),
            sample_count=row.sample_count,
            position=position(row.lat, row.lon),
            place=position(row.lat, row.lon),
            acknowledged_by=row.acknowledged_by,
            acknowledged_at=row.acknowledged_at,
            note=row.note,
        )


class EpisodeList(Schema):
    """A page of episodes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_EXAMPLE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[EpisodeAnswer] = Field(description="By `opened_at`, in the order asked for")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: there is no more")


class AcknowledgementEntry(Schema):
    """What somebody who has seen an episode says to it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "coolant refilled"}]})

    note: str | None = Field(default=None, max_length=1000, description="A remark, such as what was done")


_BATTERY_EXAMPLE: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "rest_v": 12.31,
    "day_count": 14,
    "slope_v_per_day": -0.021,
    "days_left": 24.3,
    "ambient_temp_c": 6.0,
}


class BatteryAnswer(Schema):
    """A truck's 12 V battery, by its voltage at rest."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BATTERY_EXAMPLE]})

    vehicle: VehicleRef = Field(description="Which truck")
    rest_v: float = Field(description=defined("rest_battery"))
    day_count: int = Field(description=defined("rest_day_count"))
    slope_v_per_day: float | None = Field(description=defined("battery_slope"))
    days_left: float | None = Field(description=defined("battery_days_left"))
    ambient_temp_c: float | None = Field(description="Temperature of the air at the last reading (°C)")

    @classmethod
    def of(cls, vehicle: VehicleRef, told: BatteryForecast, ambient_temp_c: float | None) -> Self:
        """Return what is told of a battery."""
        return cls(
            vehicle=vehicle,
            rest_v=round(told.rest_v, 2),
            day_count=told.day_count,
            slope_v_per_day=rounded(told.slope_v_per_day, 4),
            days_left=rounded(told.days_left, 1),
            ambient_temp_c=rounded(ambient_temp_c, 1),
        )


class BatteryList(Schema):
    """The fleet's 12 V batteries."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_BATTERY_EXAMPLE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[BatteryAnswer] = Field(description="By the trucks' names; only those whose voltage was heard at rest")
    next_cursor: None = Field(description="Always null: the list is whole")


_SILENT_EXAMPLE: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "silent_since": "2026-11-16T22:05:00Z",
    "silent_since_local": "2026-11-17 07:05",
    "silent_h": 3.4,
    "was_driving": True,
    "position": {"lat": 36.651289, "lon": 138.180956},
    "place": {"lat": 36.651289, "lon": 138.180956},
}


class SilentAnswer(Schema):
    """A truck that is silent now, for longer than its rule allows."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SILENT_EXAMPLE]})

    vehicle: VehicleRef = Field(description="Which truck")
    silent_since: datetime = Field(description="Its newest sample (UTC)")
    silent_since_local: str = Field(description="The same by the fleet's clock, to the minute, as a message tells it")
    silent_h: float = Field(description=defined("silent"))
    was_driving: bool = Field(description=defined("was_driving"))
    position: Position | None = Field(description="Where it was last")
    place: Position | None = Field(description="The same as `position`, by its older name", deprecated=True)

    @classmethod
    def of(cls, latest: LatestValues, silent_h: float, *, driving: bool, zone: str) -> Self:
        """Return what is told of a silent truck; `zone`: the fleet's."""
        return cls(
            vehicle=VehicleRef(id=latest.vehicle_id, name=latest.vehicle_name),
            silent_since=latest.sampled_at,
            silent_since_local=local_text(latest.sampled_at, zone),
            silent_h=round(silent_h, 2),
            was_driving=driving,
            position=position(latest.lat, latest.lon),
            place=position(latest.lat, latest.lon),
        )


class SilentList(Schema):
    """The trucks that are silent now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_SILENT_EXAMPLE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[SilentAnswer] = Field(description="Silent for longest first")
    next_cursor: None = Field(description="Always null: the list is whole")

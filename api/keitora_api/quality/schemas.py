"""What is told of devices and of how well they deliver."""

from datetime import datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.quality.reading import DeviceQuality
from keitora_api.schemas import VEHICLE_EXAMPLE, Schema, VehicleRef, defined

_DEVICE: Final[JsonDict] = {
    "id": 4,
    "source": "native",
    "device_key": "kei-07",
    "note": None,
    "created_at": "2026-03-01T02:00:00Z",
    "vehicle": VEHICLE_EXAMPLE,
    "on_vehicle_since": "2026-03-01T02:00:00Z",
    "last_received_at": "2026-11-22T02:59:58Z",
    "last_sampled_at": "2026-11-22T02:59:57Z",
    "health": "ok",
}
_QUALITY: Final[JsonDict] = {
    "id": 4,
    "source": "native",
    "device_key": "kei-07",
    "vehicle": VEHICLE_EXAMPLE,
    "health": "ok",
    "last_received_at": "2026-11-22T02:59:58Z",
    "message_count": 8400,
    "row_count": 84000,
    "repeated_row_count": 12,
    "late_row_count": 420,
    "undated_row_count": 0,
    "unsynchronised_row_count": 60,
    "missing_row_count": 3,
    "refused_value_count": 2,
    "refused_counts": {"coolant_temp_c": 2},
    "dead_letter_count": 0,
    "newest_dead_letter_reason": None,
}


class DeviceAnswer(Schema):
    """A logger or phone."""

    id: int = Field(description="The device's number")
    source: str = Field(description="The format it speaks, such as `native` or `owntracks`")
    device_key: str = Field(description="How its topic names it")
    note: str | None = Field(description="What people noted of it")
    created_at: datetime = Field(description="When it was registered (UTC)")
    vehicle: VehicleRef | None = Field(description="The truck it is on now")
    on_vehicle_since: datetime | None = Field(description="Since when (UTC); null: from the beginning")
    last_received_at: datetime | None = Field(description="When it was heard last (UTC)")
    last_sampled_at: datetime | None = Field(description="Of when its newest row is (UTC)")
    health: str = Field(description="`ok`, `gaps`, `refused`, `repeating`, `silent` (for a day) or `never heard`")

    @classmethod
    def of(cls, row: DeviceQuality, now: datetime) -> Self:
        """Return what is told of a device."""
        return cls(
            id=row.device_id,
            source=row.source,
            device_key=row.device_key,
            note=row.note,
            created_at=row.created_at,
            vehicle=_truck(row),
            on_vehicle_since=row.on_vehicle_since,
            last_received_at=row.last_received_at,
            last_sampled_at=row.last_sampled_at,
            health=row.health(now),
        )


class DeviceList(Schema):
    """A page of the fleet's devices."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_DEVICE], "next_cursor": None}]})

    items: list[DeviceAnswer] = Field(description="By number")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: there is no more")


class QualityAnswer(Schema):
    """How well a device has delivered in the last seven days of arrival. Null: it was not heard in them."""

    id: int = Field(description="The device's number")
    source: str = Field(description="The format it speaks")
    device_key: str = Field(description="How its topic names it")
    vehicle: VehicleRef | None = Field(description="The truck it is on now")
    health: str = Field(description="`ok`, `gaps`, `refused`, `repeating`, `silent` (for a day) or `never heard`")
    last_received_at: datetime | None = Field(description="When it was heard last (UTC)")
    message_count: int | None = Field(description=defined("quality_messages"))
    row_count: int | None = Field(description=defined("quality_rows"))
    repeated_row_count: int | None = Field(description=defined("quality_repeated"))
    late_row_count: int | None = Field(description=defined("quality_late"))
    undated_row_count: int | None = Field(description=defined("quality_undated"))
    unsynchronised_row_count: int | None = Field(description=defined("quality_unsynchronised"))
    missing_row_count: int = Field(description=defined("quality_missing"))
    refused_value_count: int = Field(description=defined("quality_refused"))
    refused_counts: dict[str, int] = Field(description="How many values of each column could not be true, by column")
    dead_letter_count: int = Field(description=defined("quality_dead_letters"))
    newest_dead_letter_reason: str | None = Field(description="Why the newest of them could not be read")

    @classmethod
    def of(cls, row: DeviceQuality, now: datetime) -> Self:
        """Return what is told of how well a device delivers."""
        repeated = None
        if row.row_count is not None:
            repeated = max(0, row.row_count + (row.event_count or 0) - (row.new_count or 0))
        return cls(
            id=row.device_id,
            source=row.source,
            device_key=row.device_key,
            vehicle=_truck(row),
            health=row.health(now),
            last_received_at=row.last_received_at,
            message_count=row.message_count,
            row_count=row.row_count,
            repeated_row_count=repeated,
            late_row_count=row.late_row_count,
            undated_row_count=row.undated_row_count,
            unsynchronised_row_count=row.unsynchronised_row_count,
            missing_row_count=row.missing_count,
            refused_value_count=sum(row.refused_counts.values()),
            refused_counts=dict(sorted(row.refused_counts.items())),
            dead_letter_count=row.dead_letter_count,
            newest_dead_letter_reason=row.newest_reason,
        )


class QualityList(Schema):
    """How well the fleet's devices deliver, a page of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_QUALITY], "next_cursor": None}]})

    items: list[QualityAnswer] = Field(description="By number")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: there is no more")


def _truck(row: DeviceQuality) -> VehicleRef | None:
    if row.vehicle_id is None or row.vehicle_name is None:
        return None
    return VehicleRef(id=row.vehicle_id, name=row.vehicle_name)

"""A fleet's devices as they are read back, with how well they deliver."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.quality.health import health
from keitora.quality.model import Quality

_READ_DEVICES: Final = load("keitora.quality", "read_devices")


@dataclass(frozen=True, slots=True)
class DeviceQuality:
    """A device, the truck it is on now, and its counts of the last seven days; None where it was not heard in them."""

    device_id: int
    source: str
    device_key: str
    note: str | None
    created_at: datetime
    vehicle_id: int | None
    vehicle_name: str | None
    on_vehicle_since: datetime | None
    last_received_at: datetime | None
    last_sampled_at: datetime | None
    message_count: int | None
    row_count: int | None
    new_count: int | None
    event_count: int | None
    late_row_count: int | None
    undated_row_count: int | None
    unsynchronised_row_count: int | None
    refused_counts: Mapping[str, int]
    missing_count: int
    dead_letter_count: int
    newest_reason: str | None

    def health(self, now: datetime) -> str:
        """Return one word for how the device is, as `keitora.quality.health` has it."""
        counted = None
        if self.row_count is not None:
            counted = Quality(
                device_id=self.device_id,
                message_count=self.message_count or 0,
                row_count=self.row_count,
                new_count=self.new_count or 0,
                event_count=self.event_count or 0,
                late_row_count=self.late_row_count or 0,
                undated_row_count=self.undated_row_count or 0,
                refused_count=sum(self.refused_counts.values()),
                missing_count=self.missing_count,
            )
        return health(counted, last_received_at=self.last_received_at, now=now)


async def read_devices(
    conn: AsyncConnection, *, fleet_id: int, now: datetime, limit: int, after: int | None = None
) -> list[DeviceQuality]:
    """Return up to `limit` devices by number, those after the device `after`."""
    values = {"fleet_id": fleet_id, "now": now, "limit": limit, "after": after}
    async with conn.cursor(row_factory=class_row(DeviceQuality)) as cursor:
        await cursor.execute(_READ_DEVICES, values)
        return await cursor.fetchall()

"""From decoded messages to rows. Pure: who the devices are and how their clocks stand is handed in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from psycopg.types.json import Jsonb

from keitora.clock import instant
from keitora.samples.model import Block
from keitora.samples.queries import row_key
from keitora.signals.registry import COLUMNS
from keitora_ingestor.queries import LATEST_GROUPS, KnownDevice

_DELAY_LIMIT_S: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBounds:
    """Sample times that can be true."""

    earliest_at: datetime
    future_tolerance_s: int


@dataclass(slots=True)
class Latest:
    """A vehicle's newest values of one batch, by the group they are remembered in."""

    fleet_id: int
    sampled_at_ms: int
    groups: dict[str, tuple[int, dict[str, object]]] = field(default_factory=dict)

    def row(self, vehicle_id: int) -> dict[str, object]:
        """Return the parameters of the statement that stores it."""
        row: dict[str, object] = {
            "vehicle_id": vehicle_id,
            "fleet_id": self.fleet_id,
            "sampled_at": instant(self.sampled_at_ms),
        }
        for at, columns in LATEST_GROUPS.items():
            at_ms, values = self.groups.get(at, (None, {}))
            row[at] = None if at_ms is None else instant(at_ms)
            row.update({column: values.get(column) for column in columns})
        return row


@dataclass(slots=True)
class Assembled:
    """A block's rows in the order of ROW_COLUMNS, and the rows that cannot be stored, by index, with the reason."""

    rows: list[tuple[object, ...]] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    newest_ms: int | None = None


def assemble(
    block: Block,
    at_ms: list[int],
    *,
    device: KnownDevice,
    received_at: datetime,
    bounds: TimeBounds,
    latest: dict[int, Latest],
) -> Assembled:
    """Return the rows of a block (in the order of ROW_COLUMNS), and note each vehicle's newest values in `latest`."""
    result = Assembled()
    received_ms = round(received_at.timestamp() * 1000)
    first_ms = round(bounds.earliest_at.timestamp() * 1000)
    last_ms = received_ms + bounds.future_tolerance_s * 1000
    stored: dict[int, list[tuple[int, int]]] = {}
    for index, (row_ms, values) in enumerate(zip(at_ms, _values(block), strict=True)):
        if not first_ms <= row_ms <= last_ms:
            result.refused[index] = "time_before_2010" if row_ms < first_ms else "time_in_future"
            continue
        at = instant(row_ms)
        vehicle_id = device.vehicle_at(at)
        if vehicle_id is None:
            result.refused[index] = "unassigned_device"
            continue
        extra = block.extra[index] if block.extra else None
        result.rows.append(
            (
                at,
                vehicle_id,
                device.device_id,
                block.sequence[index] if block.boot is None else row_key(block.boot, block.sequence[index]),
                min(max((received_ms - row_ms) // 1000, -_DELAY_LIMIT_S), _DELAY_LIMIT_S),
                int(block.clock_quality),
                *values,
                None if extra is None else Jsonb(extra),
            )
        )
        stored.setdefault(vehicle_id, []).append((row_ms, index))
    for vehicle_id, places in stored.items():
        places.sort()
        result.newest_ms = max(places[-1][0], result.newest_ms or places[-1][0])
        _note_latest(latest.setdefault(vehicle_id, Latest(device.fleet_id, places[-1][0])), places, block)
    return result


def _values(block: Block) -> Iterator[tuple[object, ...]]:
    """Yield each row's signals in the order of their columns."""
    nothing = [None] * len(block)
    return zip(*(block.columns.get(column, nothing) for column in COLUMNS), strict=True)


def _note_latest(noted: Latest, places: list[tuple[int, int]], block: Block) -> None:
    """Note the newest values of rows, given as their times and indexes in order of time."""
    noted.sampled_at_ms = max(noted.sampled_at_ms, places[-1][0])
    for at, columns in LATEST_GROUPS.items():
        leading = block.columns.get(columns[0])
        if leading is None:
            continue
        found = next((place for place in reversed(places) if leading[place[1]] is not None), None)
        if found is None:
            continue
        row_ms, index = found
        known = noted.groups.get(at)
        if known is None or row_ms >= known[0]:
            values: dict[str, object] = {name: block.columns[name][index] for name in columns if name in block.columns}
            noted.groups[at] = (row_ms, values)

"""From decoded messages to rows. Pure: who the devices are and how their clocks stand is handed in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from psycopg.types.json import Jsonb

from keitora.clock import instant
from keitora.samples.model import Block
from keitora.samples.queries import ROW_COLUMNS, row_key
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
    """Return the rows of a block whose times are `at_ms`, and note each vehicle's newest values in `latest`."""
    result = Assembled()
    received_ms = round(received_at.timestamp() * 1000)
    first_ms = round(bounds.earliest_at.timestamp() * 1000)
    last_ms = received_ms + bounds.future_tolerance_s * 1000
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
        result.newest_ms = max(row_ms, result.newest_ms or row_ms)
        _note_latest(latest, vehicle_id, device.fleet_id, row_ms, values)
    return result


def _values(block: Block) -> Iterator[tuple[object, ...]]:
    """Yield each row's signals in the order of their columns."""
    nothing = [None] * len(block)
    return zip(*(block.columns.get(column, nothing) for column in COLUMNS), strict=True)


_GROUP_PLACES: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    at: tuple((column, COLUMNS.index(column)) for column in columns) for at, columns in LATEST_GROUPS.items()
}


def _note_latest(
    latest: dict[int, Latest], vehicle_id: int, fleet_id: int, row_ms: int, values: tuple[object, ...]
) -> None:
    noted = latest.setdefault(vehicle_id, Latest(fleet_id, row_ms))
    noted.sampled_at_ms = max(noted.sampled_at_ms, row_ms)
    for at, places in _GROUP_PLACES.items():
        if values[places[0][1]] is None:
            continue
        known = noted.groups.get(at)
        if known is None or row_ms >= known[0]:
            noted.groups[at] = (row_ms, {column: values[place] for column, place in places})


assert ROW_COLUMNS[-1] == "extra"  # noqa: S101 -- the tuple above ends with it

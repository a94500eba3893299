"""From decoded messages to rows, column by column over a whole batch. Pure: who the devices are is handed in.

Work on columns costs per column and batch, not per value: a tenth of going row by row. So rows of all messages that
have the same columns are gathered first and looked at together.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from json import dumps
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from keitora.clock import instant
from keitora.samples.model import Block
from keitora.samples.queries import Sheaf, pack_sheaf, row_key
from keitora.signals.check import implausible
from keitora.signals.registry import BY_COLUMN
from keitora_ingestor.queries import LATEST_GROUPS, KnownDevice

_DELAY_LIMIT_S: Final = 2**31 - 1

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Values = Sequence[float | bool | None]
_NONE: Final[Mapping[int, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBounds:
    """Sample times that can be true."""

    earliest_at: datetime
    future_tolerance_s: int


class Part(NamedTuple):
    """One message's rows, all of one device. Each row is anything at all, then a value for each of `signals`.

    `extra` holds, by row index, what has no column.
    """

    device: KnownDevice
    signals: tuple[str, ...]
    rows: Sequence[Values]
    at_ms: Sequence[int]
    row_keys: Sequence[int]
    received_ms: int
    clock_quality: int
    extra: Mapping[int, Mapping[str, object]] = MappingProxyType({})


@dataclass(slots=True)
class RunPart:
    """Rows of many messages of one device, with the same signals and clock; each row as in `Part`.

    `counts` and `received_ms`: so many rows were received at that time, in their order.
    """

    device: KnownDevice
    signals: tuple[str, ...]
    clock_quality: int
    rows: list[Values] = field(default_factory=list)
    at_ms: list[int] = field(default_factory=list)
    row_keys: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    received_ms: list[int] = field(default_factory=list)


def part_of(block: Block, at_ms: Sequence[int], *, device: KnownDevice, received_ms: int) -> Part:
    """Return a block's rows as a part."""
    base = 0 if block.boot is None else row_key(block.boot, 0)
    return Part(
        device=device,
        signals=tuple(block.columns),
        rows=list(zip(repeat(None, len(block)), *block.columns.values(), strict=True)),
        at_ms=at_ms,
        row_keys=[base + number for number in block.sequence],
        received_ms=received_ms,
        clock_quality=int(block.clock_quality),
        extra={index: extra for index, extra in enumerate(block.extra) if extra is not None},
    )


class Fate(NamedTuple):
    """What became of a part: its newest stored time (Unix ms), and rows that cannot be stored, by index: why not."""

    newest_ms: int | None
    refused: Mapping[int, str]


@dataclass(slots=True)
class Latest:
    """A vehicle's newest values of one batch, by the group they are remembered in."""

    fleet_id: int
    sampled_at_ms: int
    groups: dict[str, tuple[int, dict[str, object]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Gathering:
    """Rows with the same columns, as they come. One long list each, for that is what becomes an array quickly."""

    rows: list[Values] = field(default_factory=list)
    at_ms: list[int] = field(default_factory=list)
    row_keys: list[int] = field(default_factory=list)
    extra: dict[int, dict[str, object]] = field(default_factory=dict)
    headers: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    """Of rows that came together: how many, vehicle, device, when received (Unix ms), clock quality."""


SPAN_MS: Final = 6 * 3_600_000
SPANS_AT_MOST: Final = 10_000_000


@dataclass(slots=True)
class Assembly:
    """A batch on its way to rows. `add` parts, then `finish`, then read the rest.

    `spans`: for each vehicle and six hours how many rows it has and the first and last time among them (Unix ms). A
    row of last year and one of now stay apart, or all of the year would have to be derived again.
    """

    bounds: TimeBounds
    sheaves: list[Sheaf] = field(default_factory=list)
    spans: dict[tuple[int, int], tuple[int, int, int]] = field(default_factory=dict)
    latest: dict[int, Latest] = field(default_factory=dict)
    refused_counts: dict[int, Counter[str]] = field(default_factory=dict)
    row_count: int = 0
    _gatherings: dict[tuple[str, ...], _Gathering] = field(default_factory=dict)
    _fleets: dict[int, int] = field(default_factory=dict)
    _earliest_ms: float = field(init=False)
    _tolerance_ms: int = field(init=False)

    def __post_init__(self) -> None:
        self._earliest_ms = self.bounds.earliest_at.timestamp() * 1000
        self._tolerance_ms = self.bounds.future_tolerance_s * 1000

    def add(self, part: Part) -> Fate:
        """Take a message's rows in, except those whose time or truck is not known."""
        first_ms, last_ms = min(part.at_ms), max(part.at_ms)
        if self._earliest_ms <= first_ms and last_ms <= part.received_ms + self._tolerance_ms:
            vehicle_id = part.device.vehicle_throughout(first_ms, last_ms)
            if vehicle_id is not None:  # the common case: one look for the whole message
                self._gather(part, vehicle_id, None)
                return Fate(last_ms, _NONE)
        places, refused = self._by_vehicle(part)
        for vehicle_id, indexes in places.items():
            self._gather(part, vehicle_id, indexes)
        newest_ms = max((part.at_ms[index] for indexes in places.values() for index in indexes), default=None)
        return Fate(newest_ms, refused)

    def truck_of_run(self, part: RunPart) -> int | None:
        """Return the truck of all of a run's rows, or None where its messages are to be added one by one."""
        first_ms, last_ms = min(part.at_ms), max(part.at_ms)
        if first_ms < self._earliest_ms or last_ms > min(part.received_ms) + self._tolerance_ms:
            return None
        return part.device.vehicle_throughout(first_ms, last_ms)

    def add_run(self, part: RunPart, vehicle_id: int) -> None:
        """Take a run's rows in, all of them."""
        gathered = self._gathering(part.signals)
        gathered.rows += part.rows
        gathered.at_ms += part.at_ms
        gathered.row_keys += part.row_keys
        device_id, quality = part.device.device_id, part.clock_quality
        gathered.headers += [
            (count, vehicle_id, device_id, received_ms, quality)
            for count, received_ms in zip(part.counts, part.received_ms, strict=True)
        ]
        self._fleets[vehicle_id] = part.device.fleet_id

    def _gathering(self, signals: tuple[str, ...]) -> _Gathering:
        gathered = self._gatherings.get(signals)
        if gathered is None:
            gathered = self._gatherings[signals] = _Gathering()
        return gathered

    def _why_not(self, at_ms: int, part: Part) -> str | None:
        """Return why this time cannot be true, or None."""
        if at_ms < self._earliest_ms:
            return "time_too_early"
        return "time_in_future" if at_ms > part.received_ms + self._tolerance_ms else None

    def _by_vehicle(self, part: Part) -> tuple[dict[int, list[int]], dict[int, str]]:
        """Return the indexes of the rows that can be stored, by the truck they belong to, and why others cannot."""
        places: dict[int, list[int]] = {}
        refused: dict[int, str] = {}
        for index, at_ms in enumerate(part.at_ms):
            reason = self._why_not(at_ms, part)
            vehicle_id = None if reason else part.device.vehicle_throughout(at_ms, at_ms)
            if vehicle_id is None:
                refused[index] = reason or part.device.why_no_sample(at_ms)
            else:
                places.setdefault(vehicle_id, []).append(index)
        return places, refused

    def _gather(self, part: Part, vehicle_id: int, indexes: list[int] | None) -> None:
        """Add these rows of a part, or all of them."""
        gathered = self._gathering(part.signals)
        begin = len(gathered.at_ms)
        if indexes is None:
            gathered.rows += part.rows
            gathered.at_ms += part.at_ms
            gathered.row_keys += part.row_keys
            if part.extra:
                gathered.extra |= {begin + index: dict(extra) for index, extra in part.extra.items()}
        else:
            gathered.rows += [part.rows[index] for index in indexes]
            gathered.at_ms += [part.at_ms[index] for index in indexes]
            gathered.row_keys += [part.row_keys[index] for index in indexes]
            gathered.extra |= {
                begin + place: dict(part.extra[index]) for place, index in enumerate(indexes) if index in part.extra
            }
        count = len(gathered.at_ms) - begin
        device_id = part.device.device_id
        gathered.headers.append((count, vehicle_id, device_id, part.received_ms, part.clock_quality))
        self._fleets[vehicle_id] = part.device.fleet_id

    def finish(self) -> None:
        """Check, sort and pack what was gathered."""
        for signals, gathered in self._gatherings.items():
            table = _Table(signals, gathered)
            for device_id, name in table.refuse_implausible():
                self.refused_counts.setdefault(device_id, Counter())[name] += 1
            self.sheaves.append(table.packed())
            self.row_count += len(gathered.at_ms)
            for vehicle_id, count, first_ms, last_ms in table.spans():
                key = (vehicle_id, first_ms // SPAN_MS)
                known = self.spans.get(key, (0, first_ms, last_ms))
                self.spans[key] = (known[0] + count, min(known[1], first_ms), max(known[2], last_ms))
                latest = self.latest.setdefault(vehicle_id, Latest(self._fleets[vehicle_id], last_ms))
                latest.sampled_at_ms = max(latest.sampled_at_ms, last_ms)
            for vehicle_id, group, at_ms, values in table.newest():
                remembered = self.latest[vehicle_id].groups.get(group)
                if remembered is None or at_ms >= remembered[0]:
                    self.latest[vehicle_id].groups[group] = (at_ms, values)
        self._gatherings.clear()


class _Table:
    """Gathered rows as arrays, ordered by vehicle and time.

    The order keeps the index's pages together, and two ingestors that store the same rows wait for each other one way
    round only.
    """

    def __init__(self, signals: tuple[str, ...], gathered: _Gathering) -> None:
        counts, *headers = (np.array(column, np.int64) for column in zip(*gathered.headers, strict=True))
        vehicles, devices, received_ms, qualities = (np.repeat(header, counts) for header in headers)
        at_ms = np.array(gathered.at_ms, np.int64)
        order = np.lexsort((at_ms, vehicles))
        self.signals = signals
        self.vehicles, self.devices, self.at_ms = vehicles[order], devices[order], at_ms[order]
        self.row_keys = np.array(gathered.row_keys, np.int64)[order]
        delay_s = (received_ms[order] - self.at_ms) // 1000
        self.delay_s = np.clip(delay_s, -_DELAY_LIMIT_S, _DELAY_LIMIT_S)
        self.qualities = qualities[order]
        matrix = np.array(gathered.rows, np.float64)[order].T[1:]  # null becomes NaN
        self.values: dict[str, Floats] = dict(zip(signals, matrix, strict=True))
        self.extra = {}
        if gathered.extra:
            place_of = np.argsort(order)
            self.extra = {int(place_of[index]): extra for index, extra in gathered.extra.items()}

    def refuse_implausible(self) -> Iterator[tuple[int, str]]:
        """Set values that cannot be true aside, in the row's extra. Yields device and name of each refused value."""
        for column, values in self.values.items():
            bad = implausible(BY_COLUMN[column], values)
            if bad.any():
                for place in np.flatnonzero(bad).tolist():
                    yield self._set_aside(place, column, _raw(values[place]))
                values[bad] = np.nan
        lats, lons = self.values.get("lat"), self.values.get("lon")
        if lats is not None and lons is not None:
            # Receivers say (0, 0) before their first fix, and no truck is out at sea.
            adrift = (lats == 0) & (lons == 0)
            if adrift.any():
                for place in np.flatnonzero(adrift).tolist():
                    yield self._set_aside(place, "position", "0, 0")
                lats[adrift] = lons[adrift] = np.nan

    def _set_aside(self, place: int, name: str, raw: object) -> tuple[int, str]:
        refused: Any = self.extra.setdefault(place, {}).setdefault("refused", {})
        refused[name] = raw
        return int(self.devices[place]), name

    def packed(self) -> Sheaf:
        """Return the rows for COPY."""
        keys = (self.at_ms, self.vehicles, self.devices, self.row_keys, self.delay_s, self.qualities)
        values = list(self.values.values())
        extra = {place: dumps(extra) for place, extra in self.extra.items()}
        return pack_sheaf(self.signals, [*keys, *values], [np.isnan(column) for column in values], extra)

    def spans(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield each vehicle and six hours: its number of rows, and the first and last time among them (Unix ms)."""
        ends = _last_of_each(self.vehicles.astype(np.int64) * SPANS_AT_MOST + self.at_ms // SPAN_MS)
        begin = 0
        for end in ends.tolist():
            yield int(self.vehicles[end]), end + 1 - begin, int(self.at_ms[begin]), int(self.at_ms[end])
            begin = end + 1

    def newest(self) -> Iterator[tuple[int, str, int, dict[str, object]]]:
        """Yield each vehicle's newest values: the vehicle, the group, the time (Unix ms), the values by column."""
        for group, columns in LATEST_GROUPS.items():
            leading = self.values.get(columns[0])
            if leading is None:
                continue
            known = np.flatnonzero(~np.isnan(leading))
            for place in known[_last_of_each(self.vehicles[known])].tolist():
                values = {name: _number(self.values[name][place]) for name in columns if name in self.values}
                yield int(self.vehicles[place]), group, int(self.at_ms[place]), values


def _last_of_each(values: Integers) -> Integers:
    """Return where each run of equal values ends."""
    if not len(values):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.append(values[1:] != values[:-1], True))


def _number(value: np.float64) -> object:
    return None if np.isnan(value) else float(value)


def _raw(value: np.float64) -> object:
    """Return a refused number as it was written: whole numbers without a point."""
    return int(value) if value.is_integer() else float(value)


def latest_row(vehicle_id: int, latest: Latest) -> dict[str, object]:
    """Return the parameters of the statement that stores a vehicle's newest values."""
    row: dict[str, object] = {
        "vehicle_id": vehicle_id,
        "fleet_id": latest.fleet_id,
        "sampled_at": instant(latest.sampled_at_ms),
    }
    for at, columns in LATEST_GROUPS.items():
        at_ms, values = latest.groups.get(at, (None, {}))
        row[at] = None if at_ms is None else instant(at_ms)
        row.update({column: values.get(column) for column in columns})
    return row

"""`keitora sim demo`: drive the demo fleet in real time, after the last hours at full speed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from keitora.clock import utc_now
from keitora_sim.courier import Courier
from keitora_sim.demo.fleet import DemoTruck
from keitora_sim.demo.life import beginning, resumed
from keitora_sim.demo.store import Kept, Memory, Store
from keitora_sim.logger import Logger
from keitora_sim.messages import Message, pack
from keitora_sim.phone import Phone, fixes
from keitora_sim.recording import Row
from keitora_sim.truck.model import State

HISTORY: Final = timedelta(hours=3)
_LIVE_ROWS: Final = 10
_BACKLOG_ROWS: Final = 60
_ROWS_AT_ONCE: Final = 1200
_HELD_BACK: Final = timedelta(seconds=4)  # live rows wait this long for company
_LIVE_WITHIN: Final = timedelta(seconds=30)
_CLAIM: Final = timedelta(seconds=10)
_WINDOW: Final = 32
_LAST_WORDS_S: Final = 5.0
_SILENCE: Final = timedelta(seconds=30)


class Line:
    """One truck on its way: its life, its logger, and the rows in between."""

    def __init__(self, truck: DemoTruck, kept: Kept, url: str, boot: int) -> None:
        self.key = truck.spec.key
        self.kept = kept
        self._boot = boot
        self._sequence = 0
        self._booted_at = kept.sent_until
        self._life: Iterator[tuple[Row, State]] = resumed(truck.spec, kept.state, kept.sent_until)
        self._next = next(self._life)
        self._held: list[Row] = []
        self._sends_fixes = truck.listed.source == "owntracks"
        device_key = truck.listed.device_key
        self.courier: Courier = (
            Phone(url, device_key, window=_WINDOW * _LIVE_ROWS)
            if self._sends_fixes
            else Logger(url, device_key, boot=boot, window=_WINDOW)
        )

    def is_behind(self, now: datetime) -> bool:
        """Tell whether there is history left to send."""
        return now - self._next[0].sampled_at > _LIVE_WITHIN

    def collect(self, now: datetime) -> None:
        """Take the rows whose time has come, if the logger has room for them."""
        if len(self.courier.unacknowledged) >= _WINDOW:
            return
        for _ in range(_ROWS_AT_ONCE):
            row, state = self._next
            if row.sampled_at > now:
                break
            self._held.append(row)
            self.kept = Kept(state, max(self.kept.sent_until, row.sampled_at))
            self._next = next(self._life)

    def outgoing(self, now: datetime, *, is_last: bool = False) -> list[Message]:
        """Return what is to be sent of the rows taken: whole batches of history, live rows after a few seconds."""
        if not self._held or (not is_last and now - self._held[0].sampled_at < _HELD_BACK):
            return []
        rows, self._held = self._held, []
        first_sequence = self._sequence
        self._sequence += len(rows)
        if self._sends_fixes:
            return fixes(rows, first_sequence=first_sequence)
        return pack(
            rows,
            boot=self._boot,
            batch_rows=_LIVE_ROWS if len(rows) < _BACKLOG_ROWS else _BACKLOG_ROWS,
            first_sequence=first_sequence,
            booted_at=self._booted_at,
        )


def first_kept(truck: DemoTruck, kept: Kept | None, now: datetime) -> Kept:
    """Return where a truck goes on: where it was, or some hours ago if that is longer ago or it is new."""
    if kept is not None and timedelta(0) <= now + _CLAIM - kept.sent_until <= HISTORY + _CLAIM:
        return kept
    begins_at = (now - HISTORY).replace(microsecond=0)
    if kept is None:
        return Kept(beginning(truck.spec, begins_at), begins_at)
    if kept.sent_until > now:
        return kept  # the clock was set back: wait until it gets there
    state = State(
        at=begins_at,
        place=kept.state.place,
        odometer_km=kept.state.odometer_km,
        tank_l=kept.state.tank_l,
        soc_pct=kept.state.soc_pct,
    )
    return Kept(state, begins_at)


def run(
    trucks: Sequence[DemoTruck],
    addresses: Mapping[str, str],
    store: Store,
    stop: Event,
    tell: Callable[[str], None] = print,
) -> None:
    """Drive until `stop` is set; then hand over what is held, and note exactly how far it got.

    `addresses` is the broker's for each truck's key, its login included. `tell` hears why, when
    nothing is answered for a while.
    """
    started_at = utc_now()
    memory = store.load()
    # Above every earlier boot even if the file was lost, and even if two starts fall into one second.
    boot = max(memory.boot + 1, int(started_at.timestamp()))
    lines = [
        Line(truck, first_kept(truck, memory.trucks.get(truck.spec.key), started_at), addresses[truck.spec.key], boot)
        for truck in trucks
    ]
    claims, watch = Claims(store, boot), Watch(started_at)
    with ExitStack() as couriers:
        for line in lines:
            couriers.enter_context(line.courier)
        while not stop.is_set():
            now = utc_now()
            _send_due(lines, now, claims)
            if complaint := watch.complaint(now, lines):
                tell(complaint)
            stop.wait(0.05 if any(line.is_behind(now) for line in lines) else 1.0)
        _send_due(lines, utc_now(), claims, is_last=True)
        for line in lines:
            line.courier.wait_below(1, _LAST_WORDS_S)
    store.save(Memory(boot=boot, trucks={line.key: line.kept for line in lines}))


class Watch:
    """Notices that nothing is answered any more."""

    def __init__(self, started_at: datetime) -> None:
        self._since = started_at
        self._answered_count = 0

    def complaint(self, now: datetime, lines: Sequence[Line]) -> str | None:
        """Return what is wrong, once every half minute of silence."""
        answered_count = sum(line.courier.answered_count for line in lines)
        is_waiting = any(line.courier.unacknowledged for line in lines)
        if answered_count != self._answered_count or not is_waiting:
            self._since, self._answered_count = now, answered_count
        if now - self._since < _SILENCE:
            return None
        self._since = now
        trouble = next((line.courier.trouble for line in lines if line.courier.trouble), None)
        return trouble or (
            "nothing is acknowledged: does the ingestor run, and was the fleet made (keitora sim register)?"
        )


class Claims:
    """Times written down as sent before they are; live trucks claim some seconds ahead, to spare the disk."""

    def __init__(self, store: Store, boot: int) -> None:
        self._store = store
        self._boot = boot
        self._until: dict[str, datetime] = {}

    def cover(self, lines: Sequence[Line], now: datetime) -> None:
        """Return when everything the lines have taken is claimed."""
        if all(line.key in self._until and line.kept.sent_until <= self._until[line.key] for line in lines):
            return
        for line in lines:
            self._until[line.key] = line.kept.sent_until + (timedelta(0) if line.is_behind(now) else _CLAIM)
        trucks = {line.key: Kept(line.kept.state, self._until[line.key]) for line in lines}
        self._store.save(Memory(boot=self._boot, trucks=trucks))


def _send_due(lines: Sequence[Line], now: datetime, claims: Claims, *, is_last: bool = False) -> None:
    """Send what is due on every line."""
    for line in lines:
        line.collect(now)
    claims.cover(lines, now)
    for line in lines:
        line.courier.send(line.outgoing(now, is_last=is_last))

"""The clocks of devices' boots, as far as a batch needs and teaches them."""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from keitora.events.queries import shift_undated_events
from keitora.samples.model import Block, ClockQuality
from keitora.samples.queries import BootClock, find_boot_clock, save_boot_clock, shift_undated
from keitora_ingestor.dating import Moment, best_clock
from keitora_ingestor.devices import DeviceCache

Boot = tuple[int, int]
"""A device's number and its boot."""


class Clocks:
    """Learns from all of a batch first, then dates its rows: so none is dated by less than the batch knows.

    `settled`: of boots whose clock was learnt here, the uptime (ms) it was learnt at.
    """

    def __init__(self, conn: Connection[Any], devices: DeviceCache) -> None:
        self.settled: dict[Boot, int] = {}
        self._conn = conn
        self._devices = devices
        self._known: dict[Boot, BootClock] = {}

    def is_settled(self, quality: int, boot: Boot, uptime_ms: int) -> bool:
        """Tell whether a time of this quality teaches nothing new about the boot's clock."""
        if quality < ClockQuality.NETWORK:
            return quality != ClockQuality.UPTIME
        return self._devices.clock_is_settled(*boot, uptime_ms)

    def learn(self, told: Iterable[tuple[Boot, Moment]]) -> None:
        """Take in what messages tell, and move what is stored of boots that are now known better."""
        by_boot: dict[Boot, list[Moment]] = {}
        for boot, moment in told:
            if not self.is_settled(moment.quality, boot, moment.uptime_ms):
                by_boot.setdefault(boot, []).append(moment)
        for boot, moments in sorted(by_boot.items()):  # locked in the order of the key, as everything is
            self._learn(boot, moments)

    def _learn(self, boot: Boot, moments: list[Moment]) -> None:
        device_id, number = boot
        before = find_boot_clock(self._conn, device_id=device_id, boot=number)
        clock = best_clock(before, moments)
        if clock is None:
            return
        self._known[boot] = clock
        if clock.quality >= ClockQuality.NETWORK:
            self.settled[boot] = clock.learnt_uptime_ms
        if clock == before:
            return
        save_boot_clock(self._conn, device_id=device_id, boot=number, clock=clock)
        if before is not None and (by_ms := clock.epoch_at_zero_ms - before.epoch_at_zero_ms):
            began_ms = before.epoch_at_zero_ms
            shift_undated(self._conn, device_id=device_id, boot=number, began_ms=began_ms, by_ms=by_ms)
            shift_undated_events(self._conn, device_id=device_id, boot=number, by_ms=by_ms)

    def start_ms(self, boot: Boot) -> int:
        """Return when a boot began (Unix ms), one that rows of the batch have told something of."""
        return self._known[boot].epoch_at_zero_ms

    def date(self, block: Block, device_id: int) -> list[int]:
        """Return the times of a block's rows (Unix ms)."""
        if block.at_ms is not None:
            return list(block.at_ms)
        if block.boot is None or not block.uptime_ms:
            return []
        start_ms = self.start_ms((device_id, block.boot))
        return [start_ms + uptime_ms for uptime_ms in block.uptime_ms]

"""The clocks of devices' boots, as far as a batch needs and teaches them."""

from datetime import datetime
from typing import Any

from psycopg import Connection

from keitora.events.queries import shift_undated_events
from keitora.samples.model import Block, ClockQuality
from keitora.samples.queries import find_boot_clock, save_boot_clock, shift_undated
from keitora_ingestor.dating import date_block
from keitora_ingestor.decode.plain import PlainBatch
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.queries import KnownDevice


class Clocks:
    """Dates rows within a transaction, and remembers what they teach about their boot's clock.

    `settled`: of boots whose clock was learnt here, the uptime (ms) it was learnt at.
    """

    def __init__(self, conn: Connection[Any], devices: DeviceCache) -> None:
        self.settled: dict[tuple[int, int], int] = {}
        self._conn = conn
        self._devices = devices
        self._shifts: list[tuple[int, int, int]] = []

    def date_plain(self, batch: PlainBatch, device: KnownDevice, first_offset_ms: int, received_at: datetime) -> int:
        """Return the time of a plain batch's first row (Unix ms)."""
        first_uptime_ms = batch.u + first_offset_ms
        if batch.c and batch.t is not None and self.is_settled(batch.c, device, batch.b, first_uptime_ms):
            return batch.t + first_offset_ms
        first_row = Block(
            sequence=[batch.q],
            clock_quality=ClockQuality(batch.c),
            at_ms=[batch.t + first_offset_ms] if batch.c and batch.t is not None else None,
            uptime_ms=[first_uptime_ms],
            age_ms=[batch.un - first_uptime_ms],
            boot=batch.b,
        )
        return self.date(first_row, device, received_at)[0]

    def is_settled(self, quality: int, device: KnownDevice, boot: int, uptime_ms: int) -> bool:
        """Tell whether a time of this quality teaches nothing new about the boot's clock."""
        return (
            quality < ClockQuality.NETWORK
            or self._devices.clock_is_settled(device.device_id, boot, uptime_ms)
            or self.settled.get((device.device_id, boot), uptime_ms + 1) <= uptime_ms
        )

    def date(self, block: Block, device: KnownDevice, received_at: datetime) -> list[int]:
        """Return the times of a block's rows (Unix ms), and remember what they teach about its boot's clock."""
        if block.boot is None:
            return list(block.at_ms or ())
        if block.at_ms and self.is_settled(block.clock_quality, device, block.boot, block.uptime_ms[0]):
            return list(block.at_ms)
        known = find_boot_clock(self._conn, device_id=device.device_id, boot=block.boot)
        dated = date_block(block, known, round(received_at.timestamp() * 1000))
        if dated.learnt is not None:
            save_boot_clock(self._conn, device_id=device.device_id, boot=block.boot, clock=dated.learnt)
        clock = dated.learnt or known
        if clock is not None and clock.quality >= ClockQuality.NETWORK:
            self.settled[device.device_id, block.boot] = clock.learnt_uptime_ms
        if dated.shift_ms:
            self._shifts.append((device.device_id, block.boot, dated.shift_ms))
        return dated.at_ms

    def shift(self) -> None:
        """Move what was dated by uptime alone and is stored, now that its boot's clock is known better."""
        for device_id, boot, by_ms in self._shifts:
            shift_undated(self._conn, device_id=device_id, boot=boot, by_ms=by_ms)
            shift_undated_events(self._conn, device_id=device_id, boot=boot, by_ms=by_ms)

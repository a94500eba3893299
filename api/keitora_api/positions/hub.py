"""Live positions for many listeners: one query a second for a fleet, however many listen."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Final

import psycopg
from psycopg_pool import PoolTimeout

from keitora.fleets.queries import enter_fleet
from keitora.positions.board import Board
from keitora.positions.queries import read_latest
from keitora_api.database import Pool

_LOG: Final = logging.getLogger(__name__)
MOST_LISTENERS: Final = 2000


class FleetFeed:
    """One fleet's board, read anew every second while somebody listens.

    `epoch` names this feed: numbers of one before it, or of another process, mean nothing here.
    """

    def __init__(self, pool: Pool, fleet_id: int, every_s: float) -> None:
        self.board = Board()
        self.listeners = 0
        self.epoch = token_hex(4)
        self._pool = pool
        self._fleet_id = fleet_id
        self._every_s = every_s
        self._changed = asyncio.Condition()
        self._was_read = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def event_id(self, number: int) -> str:
        """Return the name of everything up to a change, for a listener that comes back."""
        return f"{self.epoch}-{number}"

    def number_of(self, event_id: str | None) -> int:
        """Return the change a listener knows everything up to; 0, nothing, for a name that is not of this feed."""
        epoch, _, number = (event_id or "").partition("-")
        return int(number) if epoch == self.epoch and number.isascii() and number.isdigit() and len(number) < 16 else 0

    async def run(self) -> None:
        """Read until cancelled. A database that is away is asked again; listeners then just hear nothing."""
        while True:
            try:
                async with self._pool.connection() as conn:
                    await enter_fleet(conn, fleet_id=self._fleet_id)
                    rows = await read_latest(conn, fleet_id=self._fleet_id)
            except (psycopg.OperationalError, PoolTimeout) as error:
                _LOG.warning("live positions wait for the database: %s", error)
            else:
                changed = self.board.take(rows)
                self._was_read.set()
                if changed:
                    async with self._changed:
                        self._changed.notify_all()
            await asyncio.sleep(self._every_s)

    async def first_read(self) -> None:
        """Wait until the board has been read once."""
        await self._was_read.wait()

    async def change_after(self, number: int, within_s: float) -> bool:
        """Wait until something changed after a number; False if nothing did in time."""
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: self.board.number > number)
        except TimeoutError:
            return False
        return True


class Hub:
    """The feeds of all fleets somebody listens to."""

    def __init__(self, pool: Pool, *, every_s: float = 1.0) -> None:
        self._pool = pool
        self._every_s = every_s
        self._feeds: dict[int, FleetFeed] = {}

    @property
    def listener_count(self) -> int:
        """Return how many listen now."""
        return sum(feed.listeners for feed in self._feeds.values())

    @asynccontextmanager
    async def listening(self, fleet_id: int) -> AsyncIterator[FleetFeed]:
        """Yield a fleet's feed; it is read as long as anybody is inside."""
        feed = self._feeds.get(fleet_id)
        if feed is None:
            feed = self._feeds[fleet_id] = FleetFeed(self._pool, fleet_id, self._every_s)
            feed.task = asyncio.create_task(feed.run(), name=f"live positions of fleet {fleet_id}")
        feed.listeners += 1
        try:
            yield feed
        finally:
            feed.listeners -= 1
            if feed.listeners == 0:
                del self._feeds[fleet_id]
                if feed.task is not None:
                    feed.task.cancel()

"""Live positions for many listeners: one query a second for a fleet, however many listen."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from secrets import token_hex
from time import monotonic
from typing import Final

import psycopg

from keitora.fleets.queries import enter_fleet, read_open_keys
from keitora.people.sessions import read_open_sessions
from keitora.positions.board import Board
from keitora.positions.model import LatestValues
from keitora.positions.queries import read_latest
from keitora_api.database import Pool

_LOG: Final = logging.getLogger(__name__)
MOST_LISTENERS: Final = 2000
KEPT_S: Final = 900.0
"""A board nobody listens to is kept, not read, for so long: who comes back is told what changed and no more."""


@dataclass(eq=False, slots=True)
class Seat:
    """One listener's place at a feed: by which session or key it was taken, and whether that still opens the door."""

    session_id: int | None = None
    api_key_id: int | None = None
    is_open: bool = True


class FleetFeed:
    """One fleet's board, read anew every second while somebody listens.

    `epoch` names this feed: numbers of one before it, or of another process, mean nothing here.
    """

    def __init__(self, pool: Pool, fleet_id: int, every_s: float) -> None:
        self.board = Board()
        self.epoch = token_hex(4)
        self.left_s = monotonic()
        self.seats: set[Seat] = set()
        self.task: asyncio.Task[None] | None = None
        self._pool = pool
        self._fleet_id = fleet_id
        self._every_s = every_s
        self._is_fresh = False
        self._texts: dict[int, str] = {}
        self._news = asyncio.Condition()

    def event_id(self, number: int) -> str:
        """Return the name of everything up to a change, for a listener that comes back."""
        return f"{self.epoch}-{number}"

    def number_of(self, event_id: str | None) -> int:
        """Return the change a listener knows everything up to; 0, nothing, for a name that is not of this feed."""
        epoch, _, number = (event_id or "").partition("-")
        return int(number) if epoch == self.epoch and number.isascii() and number.isdigit() and len(number) < 16 else 0

    def text_of(self, number: int, row: LatestValues, make: Callable[[LatestValues], str]) -> str:
        """Return what `make` says of a truck; between two readings it is made once for all listeners."""
        text = self._texts.get(number)
        if text is None:
            text = self._texts[number] = make(row)
        return text

    def begin(self) -> None:
        """Read until `rest`. What was read before nobody listened counts as old."""
        self._is_fresh = False
        self.task = asyncio.create_task(self._run(), name=f"live positions of fleet {self._fleet_id}")

    def rest(self) -> None:
        """Read no more; the board is kept."""
        self.left_s = monotonic()
        if self.task is not None:
            self.task.cancel()
            self.task = None

    async def dismiss(self, seats: set[Seat]) -> None:
        """Let these listeners go."""
        for seat in seats:
            seat.is_open = False
        async with self._news:
            self._news.notify_all()

    async def first_read(self, seat: Seat, within_s: float) -> bool:
        """Wait until the board has been read, or the seat was lost; False if neither came in time."""
        return await self._comes(lambda: self._is_fresh or not seat.is_open, within_s)

    async def change_after(self, number: int, seat: Seat, within_s: float) -> bool:
        """Wait until something changed after a number, or the seat was lost; False if neither came in time."""
        return await self._comes(lambda: self.board.number > number or not seat.is_open, within_s)

    async def _comes(self, what: Callable[[], bool], within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s), self._news:
                await self._news.wait_for(what)
        except TimeoutError:
            return False
        return True

    async def _run(self) -> None:
        try:
            while True:
                try:
                    await self._read()
                except psycopg.Error as error:
                    # A database that is away is asked again; listeners then just hear nothing.
                    _LOG.warning("live positions wait for the database: %s", error)
                await asyncio.sleep(self._every_s)
        except Exception:  # noqa: BLE001 -- it stands in the log, and nobody is left waiting
            _LOG.exception("live positions of fleet %s end unexpectedly; who listens comes back", self._fleet_id)
            await self.dismiss(self.seats)

    async def _read(self) -> None:
        seats = set(self.seats)
        sessions = {seat.session_id for seat in seats if seat.session_id is not None}
        keys = {seat.api_key_id for seat in seats if seat.api_key_id is not None}
        fleet_id = self._fleet_id
        async with self._pool.connection() as conn:
            await enter_fleet(conn, fleet_id=fleet_id)
            rows = await read_latest(conn, fleet_id=fleet_id)
            # With what is told, who may still hear it: nothing goes out by a session or key that has ended.
            open_sessions = await read_open_sessions(conn, fleet_id=fleet_id, session_ids=sessions)
            open_keys = await read_open_keys(conn, fleet_id=fleet_id, api_key_ids=keys)
        lost = {seat for seat in seats if seat.session_id not in open_sessions and seat.api_key_id not in open_keys}
        if lost:
            await self.dismiss(lost)
        is_new = self.board.take(rows) or not self._is_fresh
        self._texts.clear()
        self._is_fresh = True
        if is_new:
            async with self._news:
                self._news.notify_all()


class Hub:
    """The feeds of all fleets somebody listens to, or did a while ago."""

    def __init__(self, pool: Pool, *, every_s: float = 1.0, kept_s: float = KEPT_S) -> None:
        self._pool = pool
        self._every_s = every_s
        self._kept_s = kept_s
        self._feeds: dict[int, FleetFeed] = {}

    @property
    def listener_count(self) -> int:
        """Return how many listen now."""
        return sum(len(feed.seats) for feed in self._feeds.values())

    @asynccontextmanager
    async def listening(self, fleet_id: int, seat: Seat) -> AsyncIterator[FleetFeed]:
        """Yield a fleet's feed, in that seat; it is read as long as anybody sits."""
        feed = self._feed(fleet_id)
        feed.seats.add(seat)
        if feed.task is None:
            feed.begin()
        try:
            yield feed
        finally:
            feed.seats.discard(seat)
            if not feed.seats:
                feed.rest()

    async def dismiss_all(self) -> None:
        """Let everybody go: the service stops."""
        for feed in list(self._feeds.values()):
            await feed.dismiss(set(feed.seats))

    def _feed(self, fleet_id: int) -> FleetFeed:
        oldest_s = monotonic() - self._kept_s
        self._feeds = {one: feed for one, feed in self._feeds.items() if feed.seats or feed.left_s > oldest_s}
        feed = self._feeds.get(fleet_id)
        if feed is None or (feed.task is not None and feed.task.done()):
            feed = self._feeds[fleet_id] = FleetFeed(self._pool, fleet_id, self._every_s)
        return feed

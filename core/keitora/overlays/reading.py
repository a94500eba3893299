"""Trips read as people see them: the derived rows, the entries about them, and `apply` over both."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from keitora.fuel.model import DayColumns
from keitora.overlays.apply import apply
from keitora.overlays.days import DayChange, day_changes
from keitora.overlays.model import Entry, Seen, SeenTrip, Share
from keitora.overlays.queries import list_starts, read_entries, read_share, read_unplaced
from keitora.trips.model import Order, StoredTrip, TripFilter, TripKey
from keitora.trips.queries import trips_touching

_MILLISECOND: Final = timedelta(milliseconds=1)
_AT_ONCE: Final = 50
SEARCHED: Final = 5000
"""How many trips one page looks at, at most, to find those that are wanted."""


Pick = Callable[[list[SeenTrip]], Awaitable[list[SeenTrip]]]
"""Which of some trips are wanted, in the order given."""


async def _all(trips: list[SeenTrip]) -> list[SeenTrip]:
    return trips


async def list_seen(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    which: TripFilter,
    order: Order,
    limit: int,
    after: TripKey | None = None,
    pick: Pick = _all,
) -> tuple[list[SeenTrip], TripKey | None]:
    """Return up to `limit` trips as people see them, by where they begin, and the place to go on from (None: the end).

    What people say of a trip is known only once it is read, so `pick` chooses after reading. Where few are chosen, a
    page ends after `SEARCHED` trips were looked at, and may hold fewer than `limit`.
    """
    shown: list[SeenTrip] = []
    place, searched = after, 0
    while True:
        wanted = max(_AT_ONCE, limit + 1 - len(shown))
        starts = await list_starts(conn, fleet_id=fleet_id, which=which, order=order, limit=wanted, after=place)
        shown += await pick(await _beginning_at(conn, fleet_id=fleet_id, starts=starts))
        if len(shown) > limit:
            return shown[:limit], _key(shown[limit - 1])
        if len(starts) < wanted:
            return shown, None
        place, searched = starts[-1], searched + len(starts)
        if searched >= SEARCHED:
            return shown, place


def _key(one: SeenTrip) -> TripKey:
    return TripKey(one.trip.vehicle_id, one.began_at)


async def _beginning_at(conn: AsyncConnection, *, fleet_id: int, starts: Sequence[TripKey]) -> list[SeenTrip]:
    """Return the trips that begin at these moments, in the same order; some begin no trip as people see it."""
    if not starts:
        return []
    moments = [start.started_at for start in starts]
    vehicle_ids = sorted({start.vehicle_id for start in starts})
    trips = await trips_touching(
        conn, fleet_id=fleet_id, vehicle_ids=vehicle_ids, from_at=min(moments), to_at=max(moments)
    )
    if not trips:
        return []
    seen = await read_seen(conn, fleet_id=fleet_id, trips=trips)
    found = {_key(one): one for one in seen.trips}
    return [found[start] for start in starts if start in found]


async def find_seen(conn: AsyncConnection, *, fleet_id: int, key: TripKey) -> SeenTrip | None:
    """Return the trip that is listed by a start (to the millisecond), as people see it.

    The start of a later part of a merged trip finds that trip, so that links to it stay good.
    """
    at = key.started_at
    around = await trips_touching(
        conn, fleet_id=fleet_id, vehicle_ids=[key.vehicle_id], from_at=at, to_at=at + _MILLISECOND
    )
    if not around:
        return None
    seen = await read_seen(conn, fleet_id=fleet_id, trips=around)
    exact = [one for one in seen.trips if at <= one.began_at < at + _MILLISECOND]
    if exact:
        return exact[-1]
    if not any(at <= row.started_at < at + _MILLISECOND for row in around):
        return None
    return next((one for one in seen.trips if one.trip.started_at <= at <= one.trip.ended_at), None)


async def entries_about(conn: AsyncConnection, *, fleet_id: int, trip: SeenTrip) -> list[Entry]:
    """Return every entry about a trip, withdrawn ones included, in the order they were made."""
    return await read_entries(
        conn,
        fleet_id=fleet_id,
        vehicle_ids=[trip.trip.vehicle_id],
        from_at=min(trip.began_at, trip.trip.started_at),
        to_at=trip.trip.ended_at,
        withdrawn=True,
    )


async def read_orphans(
    conn: AsyncConnection, *, fleet_id: int, from_at: datetime | None = None, to_at: datetime | None = None
) -> list[Entry]:
    """Return the fleet's entries that speak of [from_at, to_at] and find no trip at present."""
    unplaced = await read_unplaced(conn, fleet_id=fleet_id, from_at=from_at, to_at=to_at)
    if not unplaced:
        return []
    # Between two trips that were merged is a trip too. Whatever else is said changes where none is.
    said = {one.entry_id: one for one in unplaced}
    vehicle_ids = sorted({one.vehicle_id for one in unplaced})
    trips: dict[tuple[int, datetime], StoredTrip] = {}
    for entry in await read_entries(conn, fleet_id=fleet_id, vehicle_ids=vehicle_ids, structural=True):
        said[entry.entry_id] = entry
        begin, end = entry.span()
        for trip in await trips_touching(
            conn, fleet_id=fleet_id, vehicle_ids=[entry.vehicle_id], from_at=begin, to_at=end
        ):
            trips[trip.vehicle_id, trip.started_at] = trip
    lost = {one.entry_id for one in apply(trips.values(), said.values()).orphans}
    return [one for one in unplaced if one.entry_id in lost]


async def read_day_changes(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    zone: ZoneInfo,
    from_at: datetime | None,
    to_at: datetime | None,
    vehicle_ids: Sequence[int] | None = None,
) -> list[DayChange]:
    """Return what entries change about the days that [from_at, to_at) touches."""
    day = timedelta(days=2)
    entries = await read_entries(
        conn,
        fleet_id=fleet_id,
        vehicle_ids=vehicle_ids,
        from_at=None if from_at is None else from_at - day,
        to_at=None if to_at is None else to_at + day,
        structural=True,
    )
    derived: dict[tuple[int, datetime], StoredTrip] = {}
    for entry in entries:
        begin, end = entry.span()
        for trip in await trips_touching(
            conn, fleet_id=fleet_id, vehicle_ids=[entry.vehicle_id], from_at=begin, to_at=end
        ):
            derived[trip.vehicle_id, trip.started_at] = trip
    if not derived:
        return []
    trips = list(derived.values())
    seen = await read_seen(conn, fleet_id=fleet_id, trips=trips, known=trips)
    return day_changes(trips, seen.trips, zone)


async def read_seen(
    conn: AsyncConnection, *, fleet_id: int, trips: Sequence[StoredTrip], known: Sequence[StoredTrip] | None = None
) -> Seen:
    """Return trips as people see them, together with those that entries join them to, however long the chain."""
    vehicle_ids = sorted({trip.vehicle_id for trip in trips})
    found = {(trip.vehicle_id, trip.started_at): trip for trip in trips}
    from_at, to_at = min(trip.started_at for trip in trips), max(trip.ended_at for trip in trips)
    while True:
        entries = await read_entries(conn, fleet_id=fleet_id, vehicle_ids=vehicle_ids, from_at=from_at, to_at=to_at)
        reach = [entry.span() for entry in entries if entry.action == "merge"]
        wider = min([from_at, *(span[0] for span in reach)]), max([to_at, *(span[1] for span in reach)])
        if known is None and reach:
            for trip in await trips_touching(
                conn, fleet_id=fleet_id, vehicle_ids=vehicle_ids, from_at=wider[0], to_at=wider[1]
            ):
                found[trip.vehicle_id, trip.started_at] = trip
            wider = (
                min(wider[0], *(one.started_at for one in found.values())),
                max(wider[1], *(one.ended_at for one in found.values())),
            )
        if wider == (from_at, to_at) or known is not None:
            break
        from_at, to_at = wider
    shares = await _shares(conn, fleet_id, list(found.values()), entries)
    return apply(found.values(), entries, shares)


async def _shares(
    conn: AsyncConnection, fleet_id: int, trips: Sequence[StoredTrip], entries: Sequence[Entry]
) -> dict[tuple[int, datetime], Share]:
    shares: dict[tuple[int, datetime], Share] = {}
    for entry in entries:
        if entry.action != "split":
            continue
        for trip in trips:
            if trip.vehicle_id == entry.vehicle_id and trip.started_at < entry.anchor_at < trip.ended_at:
                share = await read_share(
                    conn,
                    fleet_id=fleet_id,
                    vehicle_id=trip.vehicle_id,
                    started_at=trip.started_at,
                    ended_at=trip.ended_at,
                    at=entry.anchor_at,
                )
                if share is not None:
                    shares[trip.vehicle_id, entry.anchor_at] = share
    return shares


def day_columns(changes: Sequence[DayChange]) -> DayColumns:
    """Return changes as columns, for a query that adds them to the days it sums up."""
    return DayColumns(
        [one.vehicle_id for one in changes],
        [one.local_date for one in changes],
        [one.trip_count for one in changes],
        [one.distance_m for one in changes],
    )

"""Trips read as people see them: the derived rows, the entries about them, and `apply` over both."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from keitora.fuel.model import DayColumns
from keitora.overlays.apply import apply
from keitora.overlays.days import DayChange, day_changes
from keitora.overlays.model import Entry, Seen, SeenTrip, Share
from keitora.overlays.queries import read_entries, read_share
from keitora.trips.model import Order, StoredTrip, TripKey
from keitora.trips.queries import TripFilter, list_trips, trips_touching

_MILLISECOND: Final = timedelta(milliseconds=1)


async def list_seen(
    conn: AsyncConnection, *, fleet_id: int, which: TripFilter, order: Order, limit: int, after: TripKey | None = None
) -> tuple[list[SeenTrip], TripKey | None]:
    """Return a page of trips as people see them, and the place to go on from (None: there are no more).

    A page is up to `limit` derived trips; a merged trip stands where it began, a split one's parts together.
    """
    rows = await list_trips(conn, fleet_id=fleet_id, which=which, order=order, limit=limit + 1, after=after)
    page = rows[:limit]
    if not page:
        return [], None
    seen = await _seen_around(conn, fleet_id=fleet_id, trips=page)
    keys = {(row.vehicle_id, row.started_at): number for number, row in enumerate(page)}
    shown: list[tuple[int, SeenTrip]] = []
    for one in seen.trips:
        holder = _listed_under(one, page, keys)
        if holder is not None:
            shown.append((holder, one))
    sign = 1 if order == "asc" else -1
    shown.sort(key=lambda item: (item[0], sign * item[1].began_at.timestamp()))
    more = TripKey(page[-1].vehicle_id, page[-1].started_at) if len(rows) > limit else None
    return [one for _, one in shown], more


def _listed_under(one: SeenTrip, page: Sequence[StoredTrip], keys: dict[tuple[int, datetime], int]) -> int | None:
    """Return the number of the page's derived trip that a trip began with; None if that is on another page."""
    number = keys.get((one.trip.vehicle_id, one.began_at))
    if number is not None:
        return number
    for number, row in enumerate(page):
        if row.vehicle_id == one.trip.vehicle_id and row.started_at < one.began_at < row.ended_at:
            return number
    return None


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
    seen = await _seen_around(conn, fleet_id=fleet_id, trips=around)
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


async def read_orphans(conn: AsyncConnection, *, fleet_id: int) -> list[Entry]:
    """Return the fleet's entries that find no trip at present."""
    entries = await read_entries(conn, fleet_id=fleet_id)
    if not entries:
        return []
    spans = [entry.span() for entry in entries]
    trips = await trips_touching(
        conn,
        fleet_id=fleet_id,
        vehicle_ids=sorted({entry.vehicle_id for entry in entries}),
        from_at=min(span[0] for span in spans),
        to_at=max(span[1] for span in spans),
    )
    return apply(trips, entries).orphans


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
    seen = await _seen_around(conn, fleet_id=fleet_id, trips=trips, known=trips)
    return day_changes(trips, seen.trips, zone)


async def _seen_around(
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

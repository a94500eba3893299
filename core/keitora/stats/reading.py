"""Statistics as they are asked for: which rows answer, and what each bucket is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from keitora.overlays.queries import read_entries
from keitora.overlays.reading import day_columns, read_day_changes, read_seen
from keitora.stats.buckets import span_before
from keitora.stats.model import Basis, Bucket, Corrections, GroupBy, Span, Stat, StatFilter, StatRow
from keitora.stats.queries import read_trip_shares, sum_parts
from keitora.stats.shares import shares_of_seen
from keitora.trips.model import StoredTrip
from keitora.trips.queries import trips_touching


@dataclass(frozen=True, slots=True, kw_only=True)
class StatQuestion:
    """Whose driving is to be told, and divided by what."""

    fleet_id: int
    zone: ZoneInfo
    group_by: GroupBy
    which: StatFilter


def basis_of(group_by: GroupBy, which: StatFilter) -> Basis:
    """Return what answers: trucks' days where they can, trips for what people say of trips, visits for places."""
    if group_by == "place":
        return "visits"
    return "trips" if which.is_of_trips or group_by in {"driver", "purpose"} else "days"


async def read_stats(
    conn: AsyncConnection, asked: StatQuestion, *, spans: Sequence[Span], bucket: Bucket, compare: bool
) -> list[Stat]:
    """Return what was driven and used, by span and group. `compare`: each with the same days of the bucket before."""
    if not spans:
        return []
    rows = await _sums(conn, asked, spans)
    if not compare:
        return [Stat(spans[row.number], row) for row in rows]
    earlier = [span_before(bucket, span) for span in spans]
    before = {(row.number, row.key): row for row in await _sums(conn, asked, earlier)}
    return [Stat(spans[row.number], row, earlier[row.number], before.get((row.number, row.key))) for row in rows]


async def _sums(conn: AsyncConnection, asked: StatQuestion, spans: Sequence[Span]) -> list[StatRow]:
    basis = basis_of(asked.group_by, asked.which)
    return await sum_parts(
        conn,
        fleet_id=asked.fleet_id,
        basis=basis,
        spans=spans,
        group_by=asked.group_by,
        which=asked.which,
        said=await _corrections(conn, asked, basis, spans),
    )


async def _corrections(conn: AsyncConnection, asked: StatQuestion, basis: Basis, spans: Sequence[Span]) -> Corrections:
    fleet_id, zone = asked.fleet_id, asked.zone
    from_at = datetime.combine(min(span.from_date for span in spans), time(), zone)
    to_at = datetime.combine(max(span.to_date for span in spans), time(), zone)
    if basis == "visits":
        return Corrections()
    if basis == "days":
        changes = await read_day_changes(
            conn, fleet_id=fleet_id, zone=zone, from_at=from_at, to_at=to_at, vehicle_ids=asked.which.vehicle_ids
        )
        return Corrections(changes=day_columns(changes))
    return await _told_apart(conn, fleet_id, zone, from_at, to_at)


async def _told_apart(
    conn: AsyncConnection, fleet_id: int, zone: ZoneInfo, from_at: datetime, to_at: datetime
) -> Corrections:
    """Return the trips that were merged, split or corrected, and what takes their place."""
    margin = timedelta(days=2)
    entries = await read_entries(
        conn, fleet_id=fleet_id, from_at=from_at - margin, to_at=to_at + margin, structural=True
    )
    derived: dict[tuple[int, datetime], StoredTrip] = {}
    for entry in entries:
        begin, end = entry.span()
        for trip in await trips_touching(
            conn, fleet_id=fleet_id, vehicle_ids=[entry.vehicle_id], from_at=begin, to_at=end
        ):
            derived[trip.vehicle_id, trip.started_at] = trip
    if not derived:
        return Corrections()
    trips = list(derived.values())
    seen = await read_seen(conn, fleet_id=fleet_id, trips=trips, known=trips)
    shares = await read_trip_shares(conn, fleet_id=fleet_id, trips=list(derived))
    days = {key: list(rows) for key, rows in groupby(shares, key=lambda row: (row.vehicle_id, row.started_at))}
    return Corrections(
        touched=list(derived),
        pieces=shares_of_seen(seen, days, zone),
        apart=frozenset((share.vehicle_id, share.local_date) for share in shares),
    )

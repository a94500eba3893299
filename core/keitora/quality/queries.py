"""All SQL of device quality. The caller commits."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from keitora.quality.model import Quality, Tally
from keitora.wire.native import joined

MAX_GAPS: Final = 500
"""So many gaps are remembered for a boot; beyond that they are only counted."""

_NOTE_NUMBERS: Final = """
INSERT INTO device_boot AS known (device_id, fleet_id, boot, numbers, added_count, last_heard_at)
SELECT device_id, fleet_id, boot, numbers::int8multirange, count_numbers(numbers::int8multirange), received_at
FROM unnest(%(device_id)s::int[], %(fleet_id)s::int[], %(boot)s::bigint[], %(numbers)s::text[],
            %(received_at)s::timestamptz[]) AS heard (device_id, fleet_id, boot, numbers, received_at)
ORDER BY device_id, boot
ON CONFLICT (device_id, boot) DO UPDATE SET
    numbers = CASE WHEN (SELECT count(*) FROM unnest(known.numbers)) > %(max_gaps)s
              THEN multirange(range_merge(known.numbers)) ELSE known.numbers END + excluded.numbers,
    given_up_count = known.given_up_count + CASE WHEN (SELECT count(*) FROM unnest(known.numbers)) > %(max_gaps)s
              THEN count_missing(known.numbers) ELSE 0 END,
    added_count = count_numbers(known.numbers + excluded.numbers) - count_numbers(known.numbers),
    last_heard_at = greatest(known.last_heard_at, excluded.last_heard_at)
RETURNING device_id, added_count
"""
_NOTE_DAY: Final = """
INSERT INTO device_day AS known
    (device_id, fleet_id, local_date, message_count, event_count, row_count, new_count, late_row_count,
     uptime_row_count, unsynchronised_row_count, network_row_count, satellite_row_count, refused_counts)
SELECT device_id, fleet_id, (received_at AT TIME ZONE time_zone)::date, message_count, event_count, row_count,
       new_count, late_row_count, uptime, unsynchronised, network, satellite, refused_counts
FROM unnest(%(device_id)s::int[], %(fleet_id)s::int[], %(received_at)s::timestamptz[], %(message_count)s::bigint[],
            %(event_count)s::bigint[], %(row_count)s::bigint[], %(new_count)s::bigint[], %(late_row_count)s::bigint[],
            %(uptime)s::bigint[], %(unsynchronised)s::bigint[], %(network)s::bigint[], %(satellite)s::bigint[],
            %(refused_counts)s::jsonb[])
     AS heard (device_id, fleet_id, received_at, message_count, event_count, row_count, new_count, late_row_count,
               uptime, unsynchronised, network, satellite, refused_counts)
JOIN fleet USING (fleet_id)
ORDER BY device_id
ON CONFLICT (device_id, local_date) DO UPDATE SET
    message_count = known.message_count + excluded.message_count,
    event_count = known.event_count + excluded.event_count,
    row_count = known.row_count + excluded.row_count,
    new_count = known.new_count + excluded.new_count,
    late_row_count = known.late_row_count + excluded.late_row_count,
    uptime_row_count = known.uptime_row_count + excluded.uptime_row_count,
    unsynchronised_row_count = known.unsynchronised_row_count + excluded.unsynchronised_row_count,
    network_row_count = known.network_row_count + excluded.network_row_count,
    satellite_row_count = known.satellite_row_count + excluded.satellite_row_count,
    refused_counts = add_counts(known.refused_counts, excluded.refused_counts)
"""
_LIST: Final = """
SELECT d.device_id, sum(d.message_count)::bigint AS message_count, sum(d.row_count)::bigint AS row_count,
       sum(d.new_count)::bigint AS new_count, sum(d.event_count)::bigint AS event_count,
       sum(d.late_row_count)::bigint AS late_row_count, sum(d.uptime_row_count)::bigint AS undated_row_count,
       coalesce(sum((SELECT sum(value::bigint) FROM jsonb_each_text(d.refused_counts))), 0)::bigint AS refused_count,
       coalesce((SELECT sum(count_missing(b.numbers) + b.given_up_count) FROM device_boot AS b
                 WHERE b.device_id = d.device_id AND b.last_heard_at > %(now)s - interval '7 days'), 0)::bigint
           AS missing_count
FROM device_day AS d
JOIN fleet AS f USING (fleet_id)
WHERE d.fleet_id = %(fleet_id)s AND d.local_date > (%(now)s AT TIME ZONE f.time_zone)::date - 7
GROUP BY d.device_id
"""


def note_quality(conn: Connection[Any], tallies: Sequence[Tally]) -> None:
    """Add a batch's counts to the devices' days, and its numbers to their boots. One tally a device."""
    if not tallies:
        return
    new_counts = Counter({tally.device_id: tally.unnumbered_count for tally in tallies})
    for device_id, added_count in _note_numbers(conn, tallies):
        new_counts[device_id] += added_count
    clocks = zip(*(tally.clock_counts for tally in tallies), strict=True)
    columns = {
        "device_id": [tally.device_id for tally in tallies],
        "fleet_id": [tally.fleet_id for tally in tallies],
        "received_at": [tally.received_at for tally in tallies],
        "message_count": [tally.message_count for tally in tallies],
        "event_count": [tally.event_count for tally in tallies],
        "row_count": [tally.row_count for tally in tallies],
        "new_count": [new_counts[tally.device_id] for tally in tallies],
        "late_row_count": [tally.late_row_count for tally in tallies],
        "refused_counts": [Jsonb(tally.refused_counts) for tally in tallies],
    }
    names = ("uptime", "unsynchronised", "network", "satellite")
    conn.execute(_NOTE_DAY, columns | {name: list(counts) for name, counts in zip(names, clocks, strict=True)})


def _note_numbers(conn: Connection[Any], tallies: Sequence[Tally]) -> list[tuple[int, int]]:
    """Return how many of the numbers that came are new: a device and a count for each of its boots."""
    heard = [(tally, boot, ranges) for tally in tallies for boot, ranges in tally.numbers.items()]
    if not heard:
        return []
    columns = {
        "device_id": [tally.device_id for tally, _, _ in heard],
        "fleet_id": [tally.fleet_id for tally, _, _ in heard],
        "boot": [boot for _, boot, _ in heard],
        "numbers": [_multirange(ranges) for _, _, ranges in heard],
        "received_at": [tally.received_at for tally, _, _ in heard],
        "max_gaps": MAX_GAPS,
    }
    with conn.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(_NOTE_NUMBERS, columns).fetchall()


def _multirange(ranges: Sequence[tuple[int, int]]) -> str:
    """Return ranges, first and last inclusive, as PostgreSQL writes a multirange."""
    return "{" + ",".join(f"[{first},{last}]" for first, last in joined(ranges)) + "}"


def list_qualities(conn: Connection[Any], *, fleet_id: int, now: datetime) -> list[Quality]:
    """Return the counts of a fleet's devices over the last seven of its days; devices not heard in them are left out.

    Rows that never came are counted of what was heard in the last 168 hours.
    """
    with conn.cursor(row_factory=class_row(Quality)) as cursor:
        return cursor.execute(_LIST, {"fleet_id": fleet_id, "now": now}).fetchall()

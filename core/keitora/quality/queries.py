"""All SQL of device quality. The caller commits."""

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from psycopg.types.multirange import Int8Multirange
from psycopg.types.range import Int8Range

from keitora.quality.model import Quality, Tally
from keitora.wire.native import joined

MAX_GAPS: Final = 500
"""So many gaps are remembered for a boot; beyond that they are only counted."""

_NOTE_NUMBERS: Final = """
INSERT INTO device_boot AS known (device_id, fleet_id, boot, numbers, added_count, last_heard_at)
VALUES (%(device_id)s, %(fleet_id)s, %(boot)s, %(numbers)s, count_numbers(%(numbers)s), %(received_at)s)
ON CONFLICT (device_id, boot) DO UPDATE SET
    numbers = CASE WHEN (SELECT count(*) FROM unnest(known.numbers)) > %(max_gaps)s
              THEN multirange(range_merge(known.numbers)) ELSE known.numbers END + excluded.numbers,
    given_up_count = known.given_up_count + CASE WHEN (SELECT count(*) FROM unnest(known.numbers)) > %(max_gaps)s
              THEN count_missing(known.numbers) ELSE 0 END,
    added_count = count_numbers(known.numbers + excluded.numbers) - count_numbers(known.numbers),
    last_heard_at = greatest(known.last_heard_at, excluded.last_heard_at)
RETURNING added_count
"""
_NOTE_DAY: Final = """
INSERT INTO device_day AS known
    (device_id, fleet_id, local_date, message_count, event_count, row_count, new_count, late_row_count,
     uptime_row_count, unsynchronised_row_count, network_row_count, satellite_row_count, refused_counts)
SELECT %(device_id)s, fleet_id, (%(received_at)s AT TIME ZONE time_zone)::date, %(message_count)s, %(event_count)s,
       %(row_count)s, %(new_count)s, %(late_row_count)s, %(uptime)s, %(unsynchronised)s, %(network)s, %(satellite)s,
       %(refused_counts)s
FROM fleet WHERE fleet_id = %(fleet_id)s
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
                 WHERE b.device_id = d.device_id AND b.last_heard_at > now() - interval '7 days'), 0)::bigint
           AS missing_count
FROM device_day AS d
WHERE d.fleet_id = %(fleet_id)s AND d.local_date > current_date - 7
GROUP BY d.device_id
"""


def note_quality(conn: Connection[Any], tallies: Sequence[Tally]) -> None:
    """Add a batch's counts to the devices' days, and its numbers to their boots."""
    with conn.cursor() as cursor:
        for tally in tallies:
            new_count = tally.unnumbered_count
            for boot, ranges in sorted(tally.numbers.items()):
                cursor.execute(
                    _NOTE_NUMBERS,
                    {
                        "device_id": tally.device_id,
                        "fleet_id": tally.fleet_id,
                        "boot": boot,
                        "numbers": Int8Multirange([Int8Range(first, last + 1) for first, last in joined(ranges)]),
                        "received_at": tally.received_at,
                        "max_gaps": MAX_GAPS,
                    },
                )
                new_count += next(cursor)[0]
            uptime, unsynchronised, network, satellite = tally.clock_counts
            cursor.execute(
                _NOTE_DAY,
                {
                    "device_id": tally.device_id,
                    "fleet_id": tally.fleet_id,
                    "received_at": tally.received_at,
                    "message_count": tally.message_count,
                    "event_count": tally.event_count,
                    "row_count": tally.row_count,
                    "new_count": new_count,
                    "late_row_count": tally.late_row_count,
                    "uptime": uptime,
                    "unsynchronised": unsynchronised,
                    "network": network,
                    "satellite": satellite,
                    "refused_counts": Jsonb(tally.refused_counts),
                },
            )


def list_qualities(conn: Connection[Any], *, fleet_id: int) -> list[Quality]:
    """Return the counts of a fleet's devices over the last seven days; devices not heard in that time are left out."""
    with conn.cursor(row_factory=class_row(Quality)) as cursor:
        return cursor.execute(_LIST, {"fleet_id": fleet_id}).fetchall()

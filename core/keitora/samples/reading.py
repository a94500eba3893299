"""Reading raw signals back: condensed to what a chart can show, or row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from psycopg import AsyncConnection, sql
from psycopg.rows import tuple_row

from keitora.signals.model import Kind, Signal

_CONDENSE: Final = sql.SQL("""
SELECT time_bucket(%(width)s::interval, s.sampled_at, %(from_at)s::timestamptz) AS at, {values}
FROM vehicle AS v
JOIN sample AS s USING (vehicle_id)
WHERE v.fleet_id = %(fleet_id)s AND v.vehicle_id = %(vehicle_id)s
  AND s.sampled_at >= %(from_at)s AND s.sampled_at < %(to_at)s
GROUP BY at
ORDER BY at
""")
_VALUE: Final = sql.SQL("min(s.{0}{1}), avg(s.{0}{1})::float8, max(s.{0}{1}), count(s.{0})")
_READ_ROWS: Final = sql.SQL("""
SELECT s.sampled_at, s.device_id, s.row_key, {columns}
FROM vehicle AS v
JOIN sample AS s USING (vehicle_id)
WHERE v.fleet_id = %(fleet_id)s AND v.vehicle_id = %(vehicle_id)s
  AND s.sampled_at >= %(from_at)s AND s.sampled_at < %(to_at)s
  AND (%(after_device_id)s::integer IS NULL
       OR (s.sampled_at, s.device_id, s.row_key) > (%(from_at)s, %(after_device_id)s, %(after_row_key)s))
ORDER BY s.sampled_at, s.device_id, s.row_key
LIMIT %(limit)s
""")

SampleKey = tuple[datetime, int, int]
"""What orders a truck's rows: when, which device, which row of it."""


@dataclass(frozen=True, slots=True)
class SignalPoint:
    """A signal's values in one bucket of time."""

    at: datetime
    minimum: float
    mean: float
    maximum: float
    count: int


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One row as a device told it; `values` in the order of the signals asked for."""

    key: SampleKey
    values: tuple[Any, ...]


def bucket_width(from_at: datetime, to_at: datetime, points: int) -> timedelta:
    """Return the shortest bucket of whole seconds with which a time has at most so many. Pure."""
    return timedelta(seconds=max(1, ceil((to_at - from_at).total_seconds() / points)))


async def condense_signals(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    vehicle_id: int,
    signals: Sequence[Signal],
    from_at: datetime,
    to_at: datetime,
    width: timedelta,
) -> list[list[SignalPoint]]:
    """Return each signal's least, mean and greatest value in each bucket of [from_at, to_at) that has any.

    Least and greatest are kept because a peak is what one looks for in a chart; a thinned line would lose it.
    """
    values = sql.SQL(", ").join(
        _VALUE.format(sql.Identifier(one.column), sql.SQL("::integer" if one.kind is Kind.FLAG else ""))
        for one in signals
    )
    asked = {"fleet_id": fleet_id, "vehicle_id": vehicle_id, "from_at": from_at, "to_at": to_at, "width": width}
    async with conn.cursor(binary=True, row_factory=tuple_row) as cursor:
        await cursor.execute(_CONDENSE.format(values=values), asked)
        rows = await cursor.fetchall()
    series: list[list[SignalPoint]] = [[] for _ in signals]
    for at, *told in rows:
        for number, line in enumerate(series):
            minimum, mean, maximum, count = told[4 * number : 4 * number + 4]
            if count:
                line.append(SignalPoint(at, minimum, mean, maximum, count))
    return series


async def read_sample_rows(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    vehicle_id: int,
    signals: Sequence[Signal],
    from_at: datetime,
    to_at: datetime,
    after: SampleKey | None,
    limit: int,
) -> list[SampleRow]:
    """Return up to `limit` rows of [from_at, to_at), in order, from the row `after` on (which is not among them)."""
    asked = {
        "fleet_id": fleet_id,
        "vehicle_id": vehicle_id,
        "from_at": after[0] if after else from_at,
        "to_at": to_at,
        "after_device_id": after[1] if after else None,
        "after_row_key": after[2] if after else None,
        "limit": limit,
    }
    columns = sql.SQL(", ").join(sql.Identifier("s", one.column) for one in signals)
    async with conn.cursor(binary=True, row_factory=tuple_row) as cursor:
        await cursor.execute(_READ_ROWS.format(columns=columns), asked)
        return [SampleRow((row[0], row[1], row[2]), tuple(row[3:])) for row in await cursor.fetchall()]

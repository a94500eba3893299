"""SQL of what is derived from places, for the worker that keeps it. The caller commits, and holds the truck."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Final, LiteralString, cast
from zoneinfo import ZoneInfo

from psycopg import Connection, sql
from psycopg.rows import args_row

from keitora.books.rows import TracePoint
from keitora.clock import instant
from keitora.db.sql import load
from keitora.places.cells import Run, cells_of
from keitora.places.farm import Span
from keitora.places.model import Stay
from keitora.places.visits import Leg, Spot, leg_to

_POINT_COLUMNS: Final = sql.SQL(", ").join(sql.Identifier(item) for item in TracePoint._fields[1:])
_STAY_NAMES: Final = (
    *("vehicle_id", "place_id", "fleet_id", "entered_at", "left_at", "is_visit"),
    *(item.name for item in fields(Stay)[4:-1]),
    "away_ms",
)
_STAY_COLUMNS: Final = sql.SQL(", ").join(map(sql.Identifier, _STAY_NAMES))
_READ_BACK: Final = sql.SQL("""
s.place_id, (extract(epoch FROM s.entered_at) * 1000)::bigint, (extract(epoch FROM s.left_at) * 1000)::bigint,
s.is_visit, s.inside_s, s.away_s, s.moving_s, s.engine_on_s, s.engine_known_s, s.distance_m, s.fuel_l,
s.fuel_known_s, s.energy_kwh, s.energy_known_s, s.gap_s, s.away_ms
""")


def _at(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else instant(at_ms)


def _stay(*values: Any) -> Stay:
    *plain, away_ms = values
    names = (item.name for item in fields(Stay)[:-1])
    aways = tuple(zip(away_ms[::2], away_ms[1::2], strict=True))
    return Stay(**dict(zip(names, plain, strict=True)), aways=aways)


# --- the course ------------------------------------------------------------------------------------------------

_POINT_BEFORE: Final = "SELECT max(at) FROM trace WHERE vehicle_id = %(vehicle_id)s AND at < %(at)s AND lat IS NOT NULL"
_POINT_FROM: Final = "SELECT min(at) FROM trace WHERE vehicle_id = %(vehicle_id)s AND at >= %(at)s AND lat IS NOT NULL"
_READ_FROM: Final = sql.SQL("""
SELECT (extract(epoch FROM at) * 1000)::bigint, {columns} FROM trace
WHERE vehicle_id = %(vehicle_id)s AND at >= %(from_at)s AND at <= %(to_at)s AND lat IS NOT NULL ORDER BY at
LIMIT %(most)s
""").format(columns=_POINT_COLUMNS)
_READ_NEAR: Final = load("keitora.places", "read_legs_near")


def point_before(conn: Connection[Any], *, vehicle_id: int, at_ms: int) -> int | None:
    """Return the time of the truck's last trace point before a moment (Unix ms); None if there is none."""
    return _point(conn, _POINT_BEFORE, vehicle_id, at_ms)


def point_from(conn: Connection[Any], *, vehicle_id: int, at_ms: int) -> int | None:
    """Return the time of the truck's first trace point at a moment or later (Unix ms); None if there is none."""
    return _point(conn, _POINT_FROM, vehicle_id, at_ms)


def _point(conn: Connection[Any], query: LiteralString, vehicle_id: int, at_ms: int) -> int | None:
    row = conn.execute(query, {"vehicle_id": vehicle_id, "at": instant(at_ms)}).fetchone()
    return None if row is None or row[0] is None else round(row[0].timestamp() * 1000)


def read_trace(
    conn: Connection[Any], *, vehicle_id: int, from_ms: int, to_ms: int | None = None, most: int | None = None
) -> list[TracePoint]:
    """Return the truck's trace from a moment to another (None: to its end), the first `most` points of it."""
    values = {"vehicle_id": vehicle_id, "from_at": instant(from_ms), "to_at": _at(to_ms) or "infinity", "most": most}
    with conn.cursor(binary=True, row_factory=args_row(TracePoint)) as cursor:
        return cursor.execute(_READ_FROM, values).fetchall()


def read_legs_near(
    conn: Connection[Any], *, vehicle_id: int, bounds: tuple[float, float, float, float]
) -> Iterator[Leg]:
    """Yield the legs of the truck's trace that may touch a rectangle (west, south, east, north; degrees), in order."""
    west, south, east, north = bounds
    values: dict[str, object] = {"vehicle_id": vehicle_id, "cells": cells_of(*bounds)}
    values |= {"west": west, "south": south, "east": east, "north": north}
    with conn.cursor(binary=True) as cursor:
        for start_ms, start_lat, start_lon, *end in cursor.execute(_READ_NEAR, values):
            leg = leg_to(Spot(start_ms, start_lat, start_lon), TracePoint(*end))
            if leg is not None:
                yield leg


# --- cells -----------------------------------------------------------------------------------------------------

_TAIL_CELLS: Final = """
SELECT cell, (extract(epoch FROM from_at) * 1000)::bigint, (extract(epoch FROM to_at) * 1000)::bigint
FROM trace_cell WHERE vehicle_id = %(vehicle_id)s AND from_at <= %(until)s AND to_at > %(until)s
"""
_FORGET_CELLS: Final = """
DELETE FROM trace_cell WHERE vehicle_id = %(vehicle_id)s AND from_at >= %(at)s AND from_at <= %(until)s
"""
_TRIM_CELLS: Final = """
UPDATE trace_cell SET to_at = %(at)s WHERE vehicle_id = %(vehicle_id)s AND from_at < %(at)s AND to_at > %(at)s
"""
_OPEN_CELLS: Final = """
SELECT cell, (extract(epoch FROM from_at) * 1000)::bigint, (extract(epoch FROM to_at) * 1000)::bigint
FROM trace_cell WHERE vehicle_id = %(vehicle_id)s AND to_at = %(at)s
"""
_SAVE_CELL: Final = """
INSERT INTO trace_cell (vehicle_id, cell, from_at, to_at) VALUES (%(vehicle_id)s, %(cell)s, %(from_at)s, %(to_at)s)
ON CONFLICT (vehicle_id, cell, from_at) DO UPDATE SET to_at = excluded.to_at
"""


def take_cells(
    conn: Connection[Any], *, vehicle_id: int, at_ms: int, until_ms: int | None
) -> tuple[list[Run], list[Run]]:
    """Forget where the truck was from a point of its trace to another (None: to its end).

    Returns the runs that last until the first point, and those that went on beyond the other.
    """
    values = {"vehicle_id": vehicle_id, "at": instant(at_ms), "until": _at(until_ms) or "infinity"}
    with conn.cursor(row_factory=args_row(Run)) as cursor:
        tails = cursor.execute(_TAIL_CELLS, values).fetchall()
        cursor.execute(_FORGET_CELLS, values)
        cursor.execute(_TRIM_CELLS, values)
        return cursor.execute(_OPEN_CELLS, values).fetchall(), tails


def save_cells(conn: Connection[Any], *, vehicle_id: int, runs: Iterable[Run]) -> None:
    """Store runs; those that were carried on are replaced."""
    with conn.cursor() as cursor:
        cursor.executemany(
            _SAVE_CELL,
            [
                {"vehicle_id": vehicle_id, "cell": run.cell, "from_at": _at(run.from_ms), "to_at": _at(run.to_ms)}
                for run in runs
            ],
        )


# --- stays -----------------------------------------------------------------------------------------------------

_READ_CURSOR: Final = "SELECT last_at FROM visit_cursor WHERE vehicle_id = %(vehicle_id)s"
_SAVE_CURSOR: Final = """
INSERT INTO visit_cursor (vehicle_id, last_at) VALUES (%(vehicle_id)s, %(last_at)s)
ON CONFLICT (vehicle_id) DO UPDATE SET last_at = excluded.last_at
"""
_GOING_ON: Final = sql.SQL("""
s.vehicle_id = %(vehicle_id)s AND p.place_id = s.place_id AND p.place_id = ANY (%(place_ids)s)
AND (s.left_at IS NULL OR s.left_at + make_interval(secs => p.away_s) >= %(at)s)
""")
_TAKE_BACK: Final = sql.SQL("""
DELETE FROM visit AS s USING place AS p WHERE {going} AND s.entered_at <= %(until)s RETURNING {stay}
""").format(stay=_READ_BACK, going=_GOING_ON)
_TAKE_BEGUN: Final = sql.SQL("""
DELETE FROM visit AS s WHERE s.vehicle_id = %(vehicle_id)s AND s.place_id = ANY (%(place_ids)s)
AND s.entered_at > %(after)s AND s.entered_at <= %(until)s RETURNING {stay}
""").format(stay=_READ_BACK)
_DELETE_STAYS: Final = sql.SQL("""
DELETE FROM visit AS s WHERE s.vehicle_id = %(vehicle_id)s AND s.place_id = %(place_id)s RETURNING {stay}
""").format(stay=_READ_BACK)
_SAVE_STAY: Final = sql.SQL("""
INSERT INTO visit ({columns}) VALUES ({values})
ON CONFLICT (vehicle_id, place_id, entered_at) DO UPDATE SET {updates}
""").format(
    columns=_STAY_COLUMNS,
    values=sql.SQL(", ").join(map(sql.Placeholder, _STAY_NAMES)),
    updates=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in _STAY_NAMES[4:]),
)
_ADD_STAY: Final = sql.SQL("INSERT INTO visit ({columns}) VALUES ({values})").format(
    columns=_STAY_COLUMNS, values=sql.SQL(", ").join([sql.Placeholder()] * len(_STAY_NAMES))
)


def read_cursor(conn: Connection[Any], vehicle_id: int) -> int | None:
    """Return up to which point of the trace the truck's visits are known (Unix ms)."""
    row = conn.execute(_READ_CURSOR, {"vehicle_id": vehicle_id}).fetchone()
    return None if row is None else round(row[0].timestamp() * 1000)


def save_cursor(conn: Connection[Any], *, vehicle_id: int, at_ms: int) -> None:
    """Remember up to which point of the trace the truck's visits are known."""
    conn.execute(_SAVE_CURSOR, {"vehicle_id": vehicle_id, "last_at": instant(at_ms)})


def take_back(
    conn: Connection[Any], *, vehicle_id: int, place_ids: Sequence[int], at_ms: int, until_ms: int | None
) -> list[Stay]:
    """Remove and return the truck's stays at these places that lasted, or might have gone on, at a moment or later.

    Those that began after `until_ms` stay (None: none).
    """
    values = {"vehicle_id": vehicle_id, "place_ids": list(place_ids), "at": instant(at_ms)}
    with conn.cursor(row_factory=args_row(_stay)) as cursor:
        return cursor.execute(_TAKE_BACK, {**values, "until": _at(until_ms) or "infinity"}).fetchall()


def take_begun(
    conn: Connection[Any], *, vehicle_id: int, place_ids: Sequence[int], after_ms: int, until_ms: int
) -> list[Stay]:
    """Remove and return the truck's stays at these places that began after a moment and not after another."""
    values = {"vehicle_id": vehicle_id, "place_ids": list(place_ids)}
    with conn.cursor(row_factory=args_row(_stay)) as cursor:
        return cursor.execute(
            _TAKE_BEGUN, {**values, "after": instant(after_ms), "until": instant(until_ms)}
        ).fetchall()


def delete_stays(conn: Connection[Any], *, vehicle_id: int, place_id: int) -> list[Stay]:
    """Remove and return all stays of a truck at a place."""
    with conn.cursor(row_factory=args_row(_stay)) as cursor:
        return cursor.execute(_DELETE_STAYS, {"vehicle_id": vehicle_id, "place_id": place_id}).fetchall()


def save_stays(conn: Connection[Any], *, vehicle_id: int, fleet_id: int, stays: Iterable[Stay]) -> None:
    """Store stays; those that were carried on are replaced."""
    with conn.cursor() as cursor:
        cursor.executemany(
            _SAVE_STAY, [dict(zip(_STAY_NAMES, _values(vehicle_id, fleet_id, stay), strict=True)) for stay in stays]
        )


def copy_stays(conn: Connection[Any], *, vehicle_id: int, fleet_id: int, stays: Iterable[Stay]) -> None:
    """Store many stays of which none is stored yet."""
    with conn.cursor() as cursor:  # not COPY: it is refused to roles that row-level security holds for
        cursor.executemany(_ADD_STAY, [_values(vehicle_id, fleet_id, stay) for stay in stays])


def _values(vehicle_id: int, fleet_id: int, stay: Stay) -> tuple[object, ...]:
    sums = [getattr(stay, item.name) for item in fields(Stay)[3:-1]]
    away_ms = [edge for away in stay.aways for edge in away]
    return (vehicle_id, stay.place_id, fleet_id, _at(stay.entered_ms), _at(stay.left_ms), *sums, away_ms)


# --- on the farm, on the road ----------------------------------------------------------------------------------

_READ_FARM_STAYS: Final = sql.SQL("""
SELECT {stay} FROM visit AS s JOIN place AS p USING (fleet_id, place_id)
WHERE s.vehicle_id = %(vehicle_id)s AND s.is_visit AND p.on_farm AND p.archived_at IS NULL
  AND s.entered_at <= %(to_at)s AND (s.left_at IS NULL OR s.left_at >= %(from_at)s)
""").format(stay=_READ_BACK)
_FORGET_FARM_DAYS: Final = """
DELETE FROM farm_day WHERE vehicle_id = %(vehicle_id)s AND local_date BETWEEN %(from_date)s AND %(to_date)s
"""
_SUM_FARM_DAYS: Final = load("keitora.places", "sum_farm_days")
_FIND_ZONE: Final = "SELECT time_zone FROM fleet WHERE fleet_id = %(fleet_id)s"


def find_zone(conn: Connection[Any], fleet_id: int) -> ZoneInfo:
    """Return the fleet's time zone."""
    row = conn.execute(_FIND_ZONE, {"fleet_id": fleet_id}).fetchone()
    if row is None:
        raise LookupError(fleet_id)
    return ZoneInfo(cast("str", row[0]))


def read_farm_stays(conn: Connection[Any], *, vehicle_id: int, from_at: datetime, to_at: datetime) -> list[Stay]:
    """Return the truck's visits to the farm's own ground that touch a time."""
    values = {"vehicle_id": vehicle_id, "from_at": from_at, "to_at": to_at}
    with conn.cursor(row_factory=args_row(_stay)) as cursor:
        return cursor.execute(_READ_FARM_STAYS, values).fetchall()


def save_farm_days(
    conn: Connection[Any],
    *,
    vehicle_id: int,
    fleet_id: int,
    from_date: date,
    to_date: date,
    spans: Sequence[Span],
) -> None:
    """Make the truck's farm days of these dates anew: the sums of its trace over the spans."""
    conn.execute(_FORGET_FARM_DAYS, {"vehicle_id": vehicle_id, "from_date": from_date, "to_date": to_date})
    within = [span for span in spans if from_date <= span.local_date <= to_date]
    if within:
        values = {
            "vehicle_id": vehicle_id,
            "fleet_id": fleet_id,
            "dates": [span.local_date for span in within],
            "froms": [span.from_at for span in within],
            "tos": [span.to_at for span in within],
        }
        conn.execute(_SUM_FARM_DAYS, values)

"""SQL of the rows the fold makes. A fold replaces the rows within its reach; one that is the same stays untouched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final

from psycopg import Connection, sql

from keitora.books.rows import ChargeRow, DayRow, IdlingRow, StopRow, TankRow, TracePoint, TripDayRow, TripRow
from keitora.clock import instant
from keitora.derive.facts import Facts
from keitora.derive.reach import Reach

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Table:
    """How a table's rows are replaced: `forget` removes those of the reach that were not made again."""

    name: str
    keys: tuple[str, ...]
    forget: bytes
    save: bytes


def _table(name: str, columns: Sequence[str], keys: Mapping[str, str], *, versioned: bool = True) -> _Table:
    """Return a table whose reach goes by the first of its `keys`, which are given with their types."""
    names = ["vehicle_id", "fleet_id", *columns, *(["rules_version"] if versioned else [])]
    kept = [one for one in names if one not in keys and one not in {"vehicle_id", "fleet_id"}]
    conflict = sql.SQL(", ").join(map(sql.Identifier, ("vehicle_id", *keys)))
    own = sql.SQL(", ").join(sql.Identifier("t", one) for one in keys)
    lists = sql.SQL(", ").join(
        sql.SQL("{}::{}[]").format(sql.Placeholder(one), sql.SQL(kind)) for one, kind in keys.items()
    )
    first = sql.Identifier("t", next(iter(keys)))
    bound = sql.SQL(next(iter(keys.values())))
    forget = sql.SQL(
        "DELETE FROM {table} AS t WHERE t.vehicle_id = %(vehicle_id)s"
        " AND {first} >= %(from)s::{bound} AND {first} < %(to)s::{bound}"
        " AND ({own}) NOT IN (SELECT * FROM unnest({lists}))"
    ).format(table=sql.Identifier(name), first=first, bound=bound, own=own, lists=lists)
    save = sql.SQL(
        "INSERT INTO {table} AS t ({names}) VALUES ({values}) ON CONFLICT ({conflict}) DO UPDATE SET {updates}"
        " WHERE ({old}) IS DISTINCT FROM ({new})"
    ).format(
        table=sql.Identifier(name),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join(map(sql.Placeholder, names)),
        conflict=conflict,
        updates=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(one)) for one in kept),
        old=sql.SQL(", ").join(sql.Identifier("t", one) for one in kept),
        new=sql.SQL(", ").join(sql.Identifier("excluded", one) for one in kept),
    )
    return _Table(name, tuple(keys), forget.as_bytes(), save.as_bytes())


def _columns(row_class: type) -> list[str]:
    return [item.name for item in fields(row_class)]


_STARTED: Final = MappingProxyType({"started_at": "timestamptz"})
_TRIP: Final = _table("trip", _columns(TripRow), _STARTED)
_TRIP_DAY: Final = _table("trip_day", _columns(TripDayRow), {"started_at": "timestamptz", "local_date": "date"})
_STOP: Final = _table("stop", _columns(StopRow), _STARTED)
_IDLING: Final = _table("idling", _columns(IdlingRow), _STARTED)
_CHARGE: Final = _table("charge", _columns(ChargeRow), _STARTED)
_TANK: Final = _table("tank_level", _columns(TankRow), _STARTED)
_DAY: Final = _table("vehicle_day", _columns(DayRow), {"local_date": "date"})
_TRACE: Final = _table("trace", ("at", *TracePoint._fields[1:]), {"at": "timestamptz"}, versioned=False)
_TRACE_COLUMNS: Final = MappingProxyType(
    {
        "at": "timestamptz",
        "lat": "float8",
        "lon": "float8",
        "altitude_m": "float4",
        "speed_kmh": "float4",
        "kind": "text",
        "lasted_s": "float8",
        **dict.fromkeys(TracePoint._fields[7:-1], "float4"),
        "gap_s": "float8",
    }
)
# Not COPY: it is refused to roles that row-level security holds for.
_APPEND_TRACE: Final = (
    sql.SQL(
        "INSERT INTO trace (vehicle_id, fleet_id, {names})"
        " SELECT %(vehicle_id)s, %(fleet_id)s, point.* FROM unnest({lists}) AS point"
    )
    .format(
        names=sql.SQL(", ").join(map(sql.Identifier, _TRACE_COLUMNS)),
        lists=sql.SQL(", ").join(
            sql.SQL("{}::{}[]").format(sql.Placeholder(name), sql.SQL(kind)) for name, kind in _TRACE_COLUMNS.items()
        ),
    )
    .as_bytes()
)
_ANY: Final = ("-infinity", "infinity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Whose rows a fold makes, and by which version of the rules."""

    vehicle_id: int
    fleet_id: int
    version: str


def replace_rows(conn: Connection[Any], target: Target, facts: Facts, *, since: Reach, until: Reach | None) -> int:
    """Store a fold's rows in place of those within its reach, up to that of a later state (None: to the end).

    Returns how many rows became other than they were: added, changed or removed.
    """
    upper = until or Reach()
    moments = (_moment(since.at_ms, 0), _moment(upper.at_ms, 1))
    idle_moments = (_moment(since.idling_ms, 0), _moment(upper.idling_ms, 1))
    days = (since.local_date or _ANY[0], upper.local_date or _ANY[1])
    after = (
        _ANY[0] if since.trace_ms is None else _moment(since.trace_ms + 1, 0),
        _ANY[1] if upper.trace_ms is None else _moment(upper.trace_ms + 1, 1),
    )
    return sum(
        _replace(conn, target, table, reach, rows)
        for table, reach, rows in (
            (_TRIP, moments, _plain(facts.trips)),
            (_TRIP_DAY, moments, _plain(facts.trip_days)),
            (_STOP, moments, _plain(facts.stops)),
            (_IDLING, idle_moments, _plain(facts.idlings)),
            (_DAY, days, _plain(facts.days)),
            (_CHARGE, _between(since.charge_ms, upper.charge_ms), _plain(facts.charges)),
            (_TANK, _between(since.tank_ms, upper.tank_ms), _plain(facts.tank_levels)),
            (_TRACE, after, [_point(one) for one in facts.trace]),
        )
    )


def append_rows(conn: Connection[Any], target: Target, facts: Facts, *, since: Reach) -> None:
    """Store the rows of a fold that went on from the newest state; its points of the trace are new."""
    moments = (_moment(since.at_ms, 0), _ANY[1])
    for table, reach, rows in (
        (_TRIP, moments, facts.trips),
        (_TRIP_DAY, moments, facts.trip_days),
        (_STOP, moments, facts.stops),
        (_IDLING, (_moment(since.idling_ms, 0), _ANY[1]), facts.idlings),
        (_DAY, (since.local_date or _ANY[0], _ANY[1]), facts.days),
        (_CHARGE, _between(since.charge_ms, None), facts.charges),
        (_TANK, _between(since.tank_ms, None), facts.tank_levels),
    ):
        _replace(conn, target, table, reach, _plain(rows))
    if not facts.trace:
        return
    points = ((instant(point.at_ms), *point[1:]) for point in facts.trace)
    lists = dict(zip(_TRACE_COLUMNS, map(list, zip(*points, strict=True)), strict=True))
    conn.execute(_APPEND_TRACE, {"vehicle_id": target.vehicle_id, "fleet_id": target.fleet_id, **lists})


def _between(from_ms: int | None, to_ms: int | None) -> tuple[object, object]:
    return _moment(from_ms, 0), _moment(to_ms, 1)


def _moment(at_ms: int | None, side: int) -> object:
    return _ANY[side] if at_ms is None else instant(at_ms)


def _plain(rows: Sequence[Any]) -> list[Row]:
    return [{item.name: getattr(row, item.name) for item in fields(row)} for row in rows]


def _point(point: TracePoint) -> Row:
    return {"at": instant(point.at_ms), **point._asdict()}


def _replace(
    conn: Connection[Any], target: Target, table: _Table, reach: tuple[object, object], rows: list[Row]
) -> int:
    common = {"vehicle_id": target.vehicle_id, "fleet_id": target.fleet_id, "rules_version": target.version}
    keys = {name: [row[name] for row in rows] for name in table.keys}
    with conn.cursor() as cursor:
        cursor.execute(table.forget, {"vehicle_id": target.vehicle_id, "from": reach[0], "to": reach[1], **keys})
        changed = cursor.rowcount
        if rows:
            cursor.executemany(table.save, [{**common, **row} for row in rows])
            changed += cursor.rowcount
    return changed

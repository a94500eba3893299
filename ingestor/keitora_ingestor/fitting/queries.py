"""SQL of moving a device, with its samples, from one truck to another."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import args_row, class_row

from keitora.db.edition import lift_decompression_bound
from keitora.samples.queries import Stored
from keitora_ingestor.queries import LATEST_GROUPS


@dataclass(frozen=True, slots=True)
class Fitted:
    """A device, the truck it is on now (None: on none), and when it was last heard."""

    device_id: int
    source: str
    device_key: str
    vehicle_name: str | None
    last_received_at: datetime | None


_LIST: Final = """
SELECT d.device_id, d.source, d.device_key, v.name AS vehicle_name, s.last_received_at
FROM device AS d
LEFT JOIN device_assignment AS a ON a.device_id = d.device_id AND a.during @> now()
LEFT JOIN vehicle AS v ON v.vehicle_id = a.vehicle_id
LEFT JOIN device_seen AS s ON s.device_id = d.device_id
WHERE d.fleet_id = %(fleet_id)s
ORDER BY d.source, d.device_key
"""


def list_fitted(conn: Connection[Any], *, fleet_id: int) -> list[Fitted]:
    """Return a fleet's devices and where they are."""
    with conn.cursor(row_factory=class_row(Fitted)) as cursor:
        return cursor.execute(_LIST, {"fleet_id": fleet_id}).fetchall()


_DROP_LATER: Final = "DELETE FROM device_assignment WHERE device_id = %(device_id)s AND lower(during) >= %(at)s"
_END: Final = """
UPDATE device_assignment SET during = tstzrange(lower(during), %(at)s)
WHERE device_id = %(device_id)s AND during @> %(at)s
"""


def take_off(conn: Connection[Any], *, device_id: int, at: datetime) -> None:
    """End the device's time on any truck at a moment."""
    conn.execute(_DROP_LATER, {"device_id": device_id, "at": at})
    conn.execute(_END, {"device_id": device_id, "at": at})


# By truck and time, as samples lie: in compressed weeks anything else would unpack every truck's.
_SPANS: Final = """
SELECT s.vehicle_id, count(*), min(s.sampled_at), max(s.sampled_at)
FROM vehicle AS v JOIN device AS d USING (fleet_id) JOIN sample AS s USING (vehicle_id)
WHERE d.device_id = %(device_id)s AND s.device_id = %(device_id)s AND s.sampled_at >= %(at)s
  AND v.vehicle_id <> %(vehicle_id)s GROUP BY s.vehicle_id
"""
_REASSIGN: Final = """
UPDATE sample SET vehicle_id = %(vehicle_id)s
WHERE vehicle_id = %(from_id)s AND device_id = %(device_id)s AND sampled_at BETWEEN %(first_at)s AND %(last_at)s
"""


def move_samples(conn: Connection[Any], *, device_id: int, vehicle_id: int, at: datetime) -> list[Stored]:
    """Give the device's samples from a moment on to a truck; return what each other truck lost."""
    values = {"device_id": device_id, "vehicle_id": vehicle_id, "at": at}
    with conn.cursor(row_factory=args_row(Stored)) as cursor:
        lost = cursor.execute(_SPANS, values).fetchall()
    lift_decompression_bound(conn)
    for one in lost:
        span = {"from_id": one.vehicle_id, "first_at": one.first_at, "last_at": one.last_at}
        conn.execute(_REASSIGN, {**values, **span})
    return lost


_FIND_CLOSED: Final = """
SELECT max(b.closed_at) FROM closed_books AS b
WHERE b.vehicle_id = %(vehicle_id)s
   OR b.vehicle_id IN (SELECT vehicle_id FROM device_assignment WHERE device_id = %(device_id)s
                       AND (upper_inf(during) OR upper(during) > %(at)s))
"""


def find_books_closed(conn: Connection[Any], *, device_id: int, vehicle_id: int, at: datetime) -> datetime | None:
    """Return until when the books are closed of the trucks that a move from a moment on would change; None: open."""
    values = {"device_id": device_id, "vehicle_id": vehicle_id, "at": at}
    row = conn.execute(_FIND_CLOSED, values).fetchone()
    return None if row is None else row[0]


def _renewal() -> sql.Composed:
    names, sources, joins = ["vehicle_id", "fleet_id", "sampled_at"], [], []
    for number, (at, columns) in enumerate(LATEST_GROUPS.items()):
        alias = sql.Identifier(f"g{number}")
        names += [at, *columns]
        sources += [sql.SQL("{0}.{1}").format(alias, sql.Identifier(name)) for name in ("sampled_at", *columns)]
        joins.append(
            sql.SQL(
                "LEFT JOIN LATERAL (SELECT sampled_at, {columns} FROM sample WHERE vehicle_id = v.vehicle_id"
                " AND {leading} IS NOT NULL ORDER BY sampled_at DESC LIMIT 1) AS {alias} ON true"
            ).format(
                columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
                leading=sql.Identifier(columns[0]),
                alias=alias,
            )
        )
    return sql.SQL(
        "INSERT INTO vehicle_latest ({names}) SELECT v.vehicle_id, v.fleet_id, newest.at, {sources} FROM vehicle AS v"
        " JOIN LATERAL (SELECT max(sampled_at) AS at FROM sample WHERE vehicle_id = v.vehicle_id) AS newest"
        " ON newest.at IS NOT NULL {joins} WHERE v.vehicle_id = ANY(%(vehicle_ids)s)"
    ).format(
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        sources=sql.SQL(", ").join(sources),
        joins=sql.SQL(" ").join(joins),
    )


_RENEW: Final = _renewal()


def renew_latest(conn: Connection[Any], vehicle_ids: list[int]) -> None:
    """Look the trucks' latest values up in their samples again, after samples have changed trucks."""
    conn.execute("DELETE FROM vehicle_latest WHERE vehicle_id = ANY(%(ids)s)", {"ids": vehicle_ids})
    conn.execute(_RENEW, {"vehicle_ids": vehicle_ids})

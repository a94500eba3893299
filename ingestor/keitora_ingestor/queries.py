"""SQL of the ingestor: who a device is, what was heard last, and the messages that could not be stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from math import inf
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from keitora.clock import instant


@dataclass(frozen=True, slots=True)
class Assignment:
    """The truck a device was on from a time until before another (Unix ms).

    Until `closed_ms`, included, the truck's books are closed: what it drove is settled, and the samples are gone.
    """

    vehicle_id: int
    from_ms: float
    to_ms: float
    closed_ms: float = -inf


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A registered device, its trucks, and the units it announced, by the name of what comes in them."""

    device_id: int
    fleet_id: int
    assignments: tuple[Assignment, ...]
    units: Mapping[str, str] = field(default_factory=dict)

    def vehicle_throughout(self, first_ms: int, last_ms: int) -> int | None:
        """Return the truck the device was on from one moment to another (Unix ms) without a change, or None.

        None as well where the truck's books are closed at the first of them.
        """
        for one in self.assignments:
            if one.from_ms <= first_ms and last_ms < one.to_ms:
                return one.vehicle_id if first_ms > one.closed_ms else None
        return None

    def vehicle_at(self, at_ms: int) -> int | None:
        """Return the truck the device was on at a moment (Unix ms), or None."""
        return next((one.vehicle_id for one in self.assignments if one.from_ms <= at_ms < one.to_ms), None)

    def why_no_sample(self, at_ms: int) -> str:
        """Return why a sample of a moment (Unix ms) cannot be stored that `vehicle_throughout` knows no truck for."""
        return "unassigned_device" if self.vehicle_at(at_ms) is None else "older_than_kept"


def hold_registry(conn: Connection[Any]) -> int:
    """Return how often devices have changed, and let none change until the transaction ends."""
    row = conn.execute("SELECT version FROM device_registry FOR SHARE").fetchone()
    if row is None:
        raise LookupError("device_registry is empty")
    return int(row[0])


_FIND_DEVICE: Final = """
SELECT d.device_id, d.fleet_id, d.units, a.vehicle_id, lower(a.during), upper(a.during), b.closed_at
FROM device AS d LEFT JOIN device_assignment AS a USING (device_id) LEFT JOIN closed_books AS b USING (vehicle_id)
WHERE d.source = %(source)s AND d.device_key = %(device_key)s
"""


def find_device(conn: Connection[Any], *, source: str, device_key: str) -> KnownDevice | None:
    """Return a registered device with its assignments, or None."""
    rows = conn.execute(_FIND_DEVICE, {"source": source, "device_key": device_key}).fetchall()
    if not rows:
        return None
    assignments = tuple(
        Assignment(vehicle_id, _unix_ms(begin, -inf), _unix_ms(end, inf), _sample_ms(closed_at))
        for _, _, _, vehicle_id, begin, end, closed_at in rows
        if vehicle_id is not None
    )
    return KnownDevice(rows[0][0], rows[0][1], assignments, rows[0][2])


def remember_units(conn: Connection[Any], device_id: int, units: Mapping[str, str]) -> None:
    """Keep the units a device announced; all ingestors read them before their next batch."""
    conn.execute("UPDATE device SET units = units || %s WHERE device_id = %s", [Jsonb(units), device_id])


def _unix_ms(at: datetime | None, otherwise: float) -> float:
    return otherwise if at is None else at.timestamp() * 1000


def _sample_ms(at: datetime | None) -> float:
    """Return a sample's moment as the exact number it was stored from (Unix ms); None is before all."""
    return -inf if at is None else round(at.timestamp() * 1000)


@dataclass(slots=True)
class Heard:
    """What a batch has heard of a device so far; `sampled_ms` is the newest sample's time (Unix ms)."""

    device_id: int
    fleet_id: int
    received_at: datetime
    sampled_ms: int | None = None
    message_count: int = 0
    sample_count: int = 0
    refused_count: int = 0
    flooded_count: int = 0
    state: Mapping[str, object] | None = None


_NOTE_DEVICES: Final = """
INSERT INTO device_seen AS seen
    (device_id, fleet_id, last_received_at, last_sampled_at, message_count, sample_count, refused_count,
     flooded_count, state)
SELECT * FROM unnest(%(device_id)s::int[], %(fleet_id)s::int[], %(received_at)s::timestamptz[],
    %(sampled_at)s::timestamptz[], %(message_count)s::bigint[], %(sample_count)s::bigint[], %(refused_count)s::bigint[],
    %(flooded_count)s::bigint[], %(state)s::jsonb[])
ON CONFLICT (device_id) DO UPDATE SET
    last_received_at = greatest(seen.last_received_at, excluded.last_received_at),
    last_sampled_at = greatest(seen.last_sampled_at, excluded.last_sampled_at),
    message_count = seen.message_count + excluded.message_count,
    sample_count = seen.sample_count + excluded.sample_count,
    refused_count = seen.refused_count + excluded.refused_count,
    flooded_count = seen.flooded_count + excluded.flooded_count,
    state = coalesce(excluded.state, seen.state)
"""


def note_devices(conn: Connection[Any], heard: Sequence[Heard]) -> None:
    """Add to what is known of the devices' activity, one entry a device."""
    if not heard:
        return
    columns = {
        "device_id": [one.device_id for one in heard],
        "fleet_id": [one.fleet_id for one in heard],
        "received_at": [one.received_at for one in heard],
        "sampled_at": [None if one.sampled_ms is None else instant(one.sampled_ms) for one in heard],
        "message_count": [one.message_count for one in heard],
        "sample_count": [one.sample_count for one in heard],
        "refused_count": [one.refused_count for one in heard],
        "flooded_count": [one.flooded_count for one in heard],
        "state": [None if one.state is None else Jsonb(one.state) for one in heard],
    }
    conn.execute(_NOTE_DEVICES, columns)


LATEST_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "position_at": ("lat", "lon", "altitude_m", "heading_deg", "accuracy_m", "gnss_speed_kmh"),
    "speed_at": ("speed_kmh",),
    "engine_at": ("engine_rpm",),
    "coolant_at": ("coolant_temp_c",),
    "battery_at": ("battery_v",),
    "fuel_level_at": ("fuel_level_pct",),
    "soc_at": ("soc_pct",),
}
"""Columns of vehicle_latest by the column that says when they were sampled."""


_LATEST_TYPES: Final = {"vehicle_id": "int", "fleet_id": "int", "sampled_at": "timestamptz"} | {
    name: "timestamptz" if name == at else "float8" for at, columns in LATEST_GROUPS.items() for name in (at, *columns)
}


_NEWS: Final = sql.SQL("""
    news_at = CASE
        WHEN (excluded.speed_at > coalesce(latest.speed_at, '-infinity')
              AND excluded.speed_kmh IS DISTINCT FROM latest.speed_kmh)
          OR (excluded.engine_at > coalesce(latest.engine_at, '-infinity')
              AND excluded.engine_rpm IS DISTINCT FROM latest.engine_rpm)
        THEN greatest(latest.news_at, excluded.speed_at, excluded.engine_at) ELSE latest.news_at END""")
"""When the engine's computer last said something new."""


def _latest_statement() -> sql.Composed:
    updates: list[sql.Composable] = [sql.SQL("sampled_at = greatest(latest.sampled_at, excluded.sampled_at)")]
    for at, columns in LATEST_GROUPS.items():
        newer = sql.SQL("excluded.{at} >= coalesce(latest.{at}, '-infinity')").format(at=sql.Identifier(at))
        updates += [
            sql.SQL("{c} = CASE WHEN {newer} THEN excluded.{c} ELSE latest.{c} END").format(
                c=sql.Identifier(column), newer=newer
            )
            for column in (*columns, at)
        ]
    updates.append(_NEWS)
    arrays = [sql.Placeholder(name) + sql.SQL(f"::{kind}[]") for name, kind in _LATEST_TYPES.items()]
    return sql.SQL(
        "INSERT INTO vehicle_latest AS latest ({names}, news_at) "
        "SELECT *, greatest(heard.speed_at, heard.engine_at) FROM unnest({arrays}) AS heard ({names}) "
        "ON CONFLICT (vehicle_id) DO UPDATE SET {updates}"
    ).format(
        names=sql.SQL(", ").join(map(sql.Identifier, _LATEST_TYPES)),
        arrays=sql.SQL(", ").join(arrays),
        updates=sql.SQL(", ").join(updates),
    )


_NOTE_LATEST: Final = _latest_statement()


def note_latest(conn: Connection[Any], latest: Sequence[Mapping[str, object]]) -> None:
    """Bring the vehicles' latest values up to date, one entry a vehicle; an older value never replaces a newer one."""
    if latest:
        conn.execute(_NOTE_LATEST, {name: [one[name] for one in latest] for name in _LATEST_TYPES})


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that could not be stored whole, and why.

    `is_dated_by_arrival`: it tells no time, so the same words at another moment are another message.
    """

    topic: str
    payload: bytes
    reason: str
    detail: str
    received_at: datetime
    fleet_id: int | None = None
    source: str | None = None
    device_key: str | None = None
    is_dated_by_arrival: bool = False

    def digest(self) -> bytes:
        """Return what knows the message again."""
        moment = self.received_at.isoformat().encode() if self.is_dated_by_arrival else b""
        return sha256(self.topic.encode("utf-8", "surrogatepass") + b"\0" + self.payload + moment).digest()


_BURY: Final = """
INSERT INTO dead_letter AS dead
    (message_sha256, fleet_id, source, device_key, topic, payload, reason, detail, first_received_at, last_received_at)
VALUES (%(digest)s, %(fleet_id)s, %(source)s, %(device_key)s, %(topic)s, %(payload)s, %(reason)s, %(detail)s,
        %(at)s, %(at)s)
ON CONFLICT (message_sha256) DO UPDATE SET
    received_count = dead.received_count + 1,
    last_received_at = greatest(dead.last_received_at, excluded.last_received_at),
    reason = excluded.reason, detail = excluded.detail, fleet_id = excluded.fleet_id,
    source = excluded.source, device_key = excluded.device_key
"""


def storable(text: str) -> str:
    """Return a text as the database can hold it: without NUL and halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def bury(conn: Connection[Any], letters: Sequence[DeadLetter]) -> None:
    """Keep messages that could not be stored; one that is kept already is counted once more."""
    with conn.cursor() as cursor:
        cursor.executemany(
            _BURY,
            [
                {
                    "digest": one.digest(),
                    "fleet_id": one.fleet_id,
                    "source": one.source,
                    "device_key": one.device_key,
                    "topic": storable(one.topic),
                    "payload": one.payload,
                    "reason": one.reason,
                    "detail": storable(one.detail)[:1000],
                    "at": one.received_at,
                }
                for one in letters
            ],
        )


@dataclass(frozen=True, slots=True)
class Buried:
    """A dead letter as it is listed or replayed."""

    dead_letter_id: int
    topic: str
    payload: bytes
    reason: str
    detail: str
    received_count: int
    first_received_at: datetime
    last_received_at: datetime


_LIST_BURIED: Final = """
SELECT dead_letter_id, topic, payload, reason, detail, received_count, first_received_at, last_received_at
FROM dead_letter
WHERE (%(reason)s::text IS NULL OR reason = %(reason)s)
  AND (%(device_key)s::text IS NULL OR (source, device_key) = (%(source)s, %(device_key)s))
  AND (%(number)s::bigint IS NULL OR dead_letter_id = %(number)s)
  AND (first_received_at, dead_letter_id) > (%(after_at)s, %(after_id)s) AND dead_letter_id <= %(until)s
ORDER BY first_received_at, dead_letter_id LIMIT %(limit)s
"""


def list_buried(
    conn: Connection[Any],
    *,
    reason: str | None = None,
    source: str | None = None,
    device_key: str | None = None,
    number: int | None = None,
    after: Buried | None = None,
    until: int = 2**63 - 1,
    limit: int = 100,
) -> list[Buried]:
    """Return the dead letters after another one, numbered up to `until`: all, of a reason, of a device, a single one.

    They come in the order of their first arrival.
    """
    values = {
        "reason": reason,
        "source": source,
        "device_key": device_key,
        "number": number,
        "after_at": after.first_received_at if after else "-infinity",
        "after_id": after.dead_letter_id if after else 0,
        "until": until,
        "limit": limit,
    }
    with conn.cursor(row_factory=class_row(Buried)) as cursor:
        return cursor.execute(_LIST_BURIED, values).fetchall()


_EXPIRE: Final = "DELETE FROM dead_letter WHERE last_received_at < now() - make_interval(days => %(days)s)"


def expire_buried(conn: Connection[Any], *, days: int) -> int:
    """Forget dead letters that have not come again for so many days, and return how many."""
    return conn.execute(_EXPIRE, {"days": days}).rowcount


def newest_buried(conn: Connection[Any]) -> int:
    """Return the highest number of a dead letter, 0 if there is none."""
    row = conn.execute("SELECT coalesce(max(dead_letter_id), 0) FROM dead_letter").fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Stranger:
    """A device that sent when it was not registered, or on no truck; what it sent is kept.

    `is_registered`: it is by now.
    """

    source: str
    device_key: str
    is_registered: bool
    message_count: int
    first_received_at: datetime
    last_received_at: datetime


_LIST_STRANGERS: Final = """
SELECT source, device_key, bool_or(d.device_id IS NOT NULL) AS is_registered, count(*) AS message_count,
       min(first_received_at) AS first_received_at, max(last_received_at) AS last_received_at
FROM dead_letter LEFT JOIN device AS d USING (source, device_key)
WHERE reason IN ('unknown_device', 'unassigned_device') GROUP BY source, device_key ORDER BY source, device_key
"""


def list_strangers(conn: Connection[Any]) -> list[Stranger]:
    """Return the devices whose messages wait, because nobody knew whose they were, or on which truck."""
    with conn.cursor(row_factory=class_row(Stranger)) as cursor:
        return cursor.execute(_LIST_STRANGERS).fetchall()


_SETTLE: Final = """
WITH tried AS (SELECT * FROM unnest(%(ids)s::bigint[], %(counts)s::integer[]) AS one (id, before)),
stored AS (DELETE FROM dead_letter USING tried WHERE dead_letter_id = id AND received_count = before)
UPDATE dead_letter SET received_count = received_count - 1
FROM tried WHERE dead_letter_id = id AND received_count > before
"""


def settle_buried(conn: Connection[Any], letters: Sequence[Buried]) -> None:
    """Forget dead letters that have been replayed and were not counted again meanwhile.

    One that was counted again could still not be stored; that it came again is taken back, for it was replayed.
    """
    values = {"ids": [one.dead_letter_id for one in letters], "counts": [one.received_count for one in letters]}
    conn.execute(_SETTLE, values)

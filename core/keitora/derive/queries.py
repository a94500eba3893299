"""SQL of the derived rows: what is to be done, where the fold stands, and the rows it makes."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import class_row

from keitora.books.rows import DayRow, StopRow, TripRow
from keitora.books.rules import Rules
from keitora.books.state import State, state_from_json, state_to_json
from keitora.books.truck import Truck
from keitora.clock import instant
from keitora.derive.fold import Checkpoint, Facts

_ADMIT: Final = """
INSERT INTO derive_state (vehicle_id, fleet_id)
SELECT vehicle_id, fleet_id FROM vehicle
WHERE vehicle_id IN (SELECT vehicle_id FROM derive_touch) ON CONFLICT DO NOTHING
"""
_CLAIM: Final = """
SELECT vehicle_id, fleet_id, rules_version, state::text AS state_json FROM derive_state
WHERE vehicle_id IN (SELECT vehicle_id FROM derive_touch)
ORDER BY derived_at NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_TAKE_TOUCHES: Final = """
WITH taken AS (DELETE FROM derive_touch WHERE vehicle_id = %(vehicle_id)s RETURNING touched_from, touched_to)
SELECT min(touched_from), max(touched_to) FROM taken
"""
_TOUCH_ALL: Final = """
INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)
SELECT vehicle_id, min(sampled_at), max(sampled_at) FROM sample
WHERE %(vehicle_id)s::int IS NULL OR vehicle_id = %(vehicle_id)s
GROUP BY vehicle_id
"""
_FIND_RULES: Final = """
SELECT f.time_zone, v.energy, v.displacement_cc, v.volumetric_efficiency, v.fuel_density_gpl
FROM vehicle AS v JOIN fleet AS f USING (fleet_id) WHERE v.vehicle_id = %(vehicle_id)s
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A vehicle this worker may derive until its transaction ends; `state_json` is None before the first time."""

    vehicle_id: int
    fleet_id: int
    rules_version: str
    state_json: str | None


def admit_touched(conn: Connection[Any]) -> None:
    """Give vehicles whose first samples have come a row of state, so that they can be claimed."""
    conn.execute(_ADMIT)


def claim(conn: Connection[Any]) -> Claim | None:
    """Lock and return the vehicle that waits longest, passing over those other workers hold; None if none waits."""
    with conn.cursor(row_factory=class_row(Claim)) as cursor:
        return cursor.execute(_CLAIM).fetchone()


def postpone(conn: Connection[Any], vehicle_id: int) -> None:
    """Put a vehicle at the end of the line."""
    conn.execute("UPDATE derive_state SET derived_at = now() WHERE vehicle_id = %(id)s", {"id": vehicle_id})


def take_touches(conn: Connection[Any], vehicle_id: int) -> tuple[datetime, datetime] | None:
    """Remove the vehicle's touches and return the earliest and latest time among them."""
    row = conn.execute(_TAKE_TOUCHES, {"vehicle_id": vehicle_id}).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1])


def touch_all(conn: Connection[Any], vehicle_id: int | None) -> int:
    """Ask for a vehicle (None: every one) to be derived anew, and return how many were asked for."""
    return conn.execute(_TOUCH_ALL, {"vehicle_id": vehicle_id}).rowcount


def find_rules(conn: Connection[Any], vehicle_id: int) -> Rules:
    """Return the rules a vehicle's samples are folded by."""
    row = conn.execute(_FIND_RULES, {"vehicle_id": vehicle_id}).fetchone()
    if row is None:
        raise LookupError(vehicle_id)
    truck = Truck(energy=row[1], displacement_cc=row[2], volumetric_efficiency=row[3], fuel_density_gpl=row[4])
    return Rules(time_zone=row[0], truck=truck)


_FIND_CHECKPOINT: Final = """
SELECT state::text FROM derive_checkpoint WHERE vehicle_id = %(vehicle_id)s AND last_sample_at < %(before)s
ORDER BY last_sample_at DESC LIMIT 1
"""


def find_checkpoint(conn: Connection[Any], *, vehicle_id: int, before: datetime) -> State | None:
    """Return the newest settled state that only knows samples before a moment, or None."""
    row = conn.execute(_FIND_CHECKPOINT, {"vehicle_id": vehicle_id, "before": before}).fetchone()
    return None if row is None else state_from_json(row[0])


_SAVE_CHECKPOINT: Final = """
INSERT INTO derive_checkpoint (vehicle_id, last_sample_at, state) VALUES (%(vehicle_id)s, %(at)s, %(state)s)
ON CONFLICT (vehicle_id, last_sample_at) DO UPDATE SET state = excluded.state
"""
_SAVE_STATE: Final = """
UPDATE derive_state SET state = %(state)s, last_sample_at = %(at)s, rules_version = %(version)s, derived_at = now()
WHERE vehicle_id = %(vehicle_id)s
"""


def save_state(
    conn: Connection[Any], *, vehicle_id: int, state: State, checkpoints: Sequence[Checkpoint], version: str
) -> None:
    """Remember where the fold stands, and the settled states on its way."""
    at = None if state.last_ms is None else instant(state.last_ms)
    parameters = {"vehicle_id": vehicle_id, "state": state_to_json(state).decode(), "at": at, "version": version}
    with conn.cursor() as cursor:
        cursor.execute(_SAVE_STATE, parameters)
        cursor.executemany(
            _SAVE_CHECKPOINT,
            [
                {"vehicle_id": vehicle_id, "at": instant(one.last_ms), "state": state_to_json(one.state).decode()}
                for one in checkpoints
            ],
        )


_FORGET: Final = (
    "DELETE FROM trip WHERE vehicle_id = %(vehicle_id)s AND started_at >= %(from_at)s",
    "DELETE FROM stop WHERE vehicle_id = %(vehicle_id)s AND started_at >= %(from_at)s",
    "DELETE FROM vehicle_day WHERE vehicle_id = %(vehicle_id)s AND local_date >= %(from_day)s",
    "DELETE FROM derive_checkpoint WHERE vehicle_id = %(vehicle_id)s AND last_sample_at >= %(after)s",
)


def forget_from(conn: Connection[Any], *, vehicle_id: int, state: State) -> None:
    """Remove the rows and checkpoints that folding on from a state will make again (all, for a fresh state)."""
    parameters: dict[str, object] = {"vehicle_id": vehicle_id, "from_at": "-infinity", "after": "-infinity"}
    parameters["from_day"] = min(state.days, default="-infinity")
    begun = [at for at in (state.stood_since_ms, state.leg.started_ms if state.leg else None) if at is not None]
    if state.last_ms is not None and begun:
        parameters["from_at"] = instant(min(begun))
        parameters["after"] = instant(state.last_ms + 1)
    for statement in _FORGET:
        conn.execute(statement, parameters)


def _upsert(table: str, row_class: type, keys: tuple[str, ...]) -> sql.Composed:
    names = ["vehicle_id", "fleet_id", *(item.name for item in fields(row_class)), "rules_version"]
    kept = [name for name in names if name not in keys]
    return sql.SQL(
        "INSERT INTO {table} ({names}) VALUES ({values}) ON CONFLICT ({keys}) DO UPDATE SET {updates}"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join(map(sql.Placeholder, names)),
        keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
        updates=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in kept),
    )


_SAVE_TRIP: Final = _upsert("trip", TripRow, ("vehicle_id", "started_at"))
_SAVE_STOP: Final = _upsert("stop", StopRow, ("vehicle_id", "started_at"))
_SAVE_DAY: Final = _upsert("vehicle_day", DayRow, ("vehicle_id", "local_date"))


_RETRACT_STOPS: Final = (
    "DELETE FROM stop WHERE vehicle_id = %(vehicle_id)s AND started_at = ANY(%(started_at)s::timestamptz[])"
)


def save_facts(conn: Connection[Any], *, vehicle_id: int, fleet_id: int, facts: Facts, version: str) -> None:
    """Store the rows of a fold; rows that were still open are replaced."""
    common = {"vehicle_id": vehicle_id, "fleet_id": fleet_id, "rules_version": version}
    with conn.cursor() as cursor:
        cursor.execute(_RETRACT_STOPS, {"vehicle_id": vehicle_id, "started_at": facts.retracted_stops})
        for statement, rows in ((_SAVE_TRIP, facts.trips), (_SAVE_STOP, facts.stops), (_SAVE_DAY, facts.days)):
            cursor.executemany(
                statement, [common | {item.name: getattr(row, item.name) for item in fields(row)} for row in rows]
            )

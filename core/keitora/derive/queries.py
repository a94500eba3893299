"""SQL of deriving: what is to be done, by which rules, and where the fold stands. The rows it makes: `rows.py`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row

from keitora.books.rules import Rules
from keitora.books.state import State, state_from_json, state_to_json
from keitora.books.truck import Truck
from keitora.clock import instant
from keitora.derive.facts import Checkpoint
from keitora.derive.touches import Touch, joined
from keitora.episodes.setting_queries import read_rule_settings

_ADMIT: Final = """
INSERT INTO derive_state (vehicle_id, fleet_id)
SELECT vehicle_id, fleet_id FROM vehicle
WHERE vehicle_id IN (SELECT vehicle_id FROM derive_touch) ON CONFLICT DO NOTHING
"""
_CLAIM: Final = """
SELECT vehicle_id, fleet_id, rules_version, state::text AS state_json FROM derive_state
WHERE vehicle_id IN (SELECT vehicle_id FROM derive_touch)
  AND (%(vehicle_id)s::int IS NULL OR vehicle_id = %(vehicle_id)s)
ORDER BY derived_at NULLS FIRST LIMIT 1 FOR UPDATE
"""
_CLAIM_FREE: Final = _CLAIM + " SKIP LOCKED"
_TAKE_TOUCHES: Final = """
DELETE FROM derive_touch WHERE vehicle_id = %(vehicle_id)s RETURNING touched_from, touched_to
"""
_TOUCH_ALL: Final = """
INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)
SELECT vehicle_id, min(sampled_at), max(sampled_at) FROM sample
WHERE (%(vehicle_id)s::int IS NULL OR vehicle_id = %(vehicle_id)s)
  AND (%(since)s::timestamptz IS NULL OR sampled_at >= %(since)s)
GROUP BY vehicle_id
"""
_FIND_RULES: Final = """
SELECT f.time_zone, f.trip_end_s, f.idling_s, v.energy, v.displacement_cc, v.volumetric_efficiency, v.fuel_density_gpl,
       v.induction, v.has_fuel_cut, v.kerb_kg
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
        return cursor.execute(_CLAIM_FREE, {"vehicle_id": None}).fetchone()


def claim_vehicle(conn: Connection[Any], vehicle_id: int) -> Claim | None:
    """Lock and return one vehicle, after the worker that holds it; None if nothing of it waits to be derived."""
    with conn.cursor(row_factory=class_row(Claim)) as cursor:
        return cursor.execute(_CLAIM, {"vehicle_id": vehicle_id}).fetchone()


def postpone(conn: Connection[Any], vehicle_id: int) -> None:
    """Put a vehicle at the end of the line."""
    conn.execute("UPDATE derive_state SET derived_at = now() WHERE vehicle_id = %(id)s", {"id": vehicle_id})


def take_touches(conn: Connection[Any], vehicle_id: int) -> list[Touch]:
    """Remove the vehicle's touches and return the stretches of time they spoke of, joined and in order."""
    rows: Iterable[tuple[datetime, datetime]] = conn.execute(_TAKE_TOUCHES, {"vehicle_id": vehicle_id})
    return joined(Touch(*row) for row in rows)


def touch_all(conn: Connection[Any], vehicle_id: int | None, since: datetime | None = None) -> int:
    """Ask for a vehicle (None: every one) to be derived anew from a moment on, and return how many were asked for."""
    return conn.execute(_TOUCH_ALL, {"vehicle_id": vehicle_id, "since": since}).rowcount


def find_rules(conn: Connection[Any], vehicle_id: int) -> Rules:
    """Return the rules a vehicle's samples are folded by."""
    row = conn.execute(_FIND_RULES, {"vehicle_id": vehicle_id}).fetchone()
    if row is None:
        raise LookupError(vehicle_id)
    truck = Truck(
        energy=row[3],
        displacement_cc=row[4],
        volumetric_efficiency=row[5],
        fuel_density_gpl=row[6],
        induction=row[7],
        has_fuel_cut=row[8],
        kerb_kg=row[9],
    )
    return Rules(
        time_zone=row[0],
        trip_end_s=row[1],
        idling_s=row[2],
        truck=truck,
        episodes=read_rule_settings(conn, vehicle_id=vehicle_id),
    )


_FIND_CHECKPOINT: Final = """
SELECT state::text FROM derive_checkpoint WHERE vehicle_id = %(vehicle_id)s AND last_sample_at < %(before)s
ORDER BY last_sample_at DESC LIMIT 1
"""
_FIND_FIRST: Final = """
SELECT c.state::text FROM closed_books AS b
JOIN derive_checkpoint AS c ON c.vehicle_id = b.vehicle_id AND c.last_sample_at = b.closed_at
WHERE b.vehicle_id = %(vehicle_id)s
"""
_READ_CHECKPOINT: Final = """
SELECT state::text FROM derive_checkpoint WHERE vehicle_id = %(vehicle_id)s AND last_sample_at = %(at)s
"""


def find_checkpoint(conn: Connection[Any], *, vehicle_id: int, before: datetime) -> State | None:
    """Return the newest settled state that only knows samples before a moment, or None."""
    row = conn.execute(_FIND_CHECKPOINT, {"vehicle_id": vehicle_id, "before": before}).fetchone()
    return None if row is None else state_from_json(row[0])


def find_first(conn: Connection[Any], *, vehicle_id: int) -> State | None:
    """Return the state at which the vehicle's books were closed, where every fold begins; None: they are open."""
    row = conn.execute(_FIND_FIRST, {"vehicle_id": vehicle_id}).fetchone()
    return None if row is None else state_from_json(row[0])


def is_known(conn: Connection[Any], *, vehicle_id: int, checkpoint: Checkpoint) -> bool:
    """Tell whether an earlier fold was in the very same state at the same moment."""
    row = conn.execute(_READ_CHECKPOINT, {"vehicle_id": vehicle_id, "at": instant(checkpoint.last_ms)}).fetchone()
    return row is not None and state_from_json(row[0]) == checkpoint.state


_SAVE_CHECKPOINT: Final = """
INSERT INTO derive_checkpoint (vehicle_id, last_sample_at, state) VALUES (%(vehicle_id)s, %(at)s, %(state)s)
ON CONFLICT (vehicle_id, last_sample_at) DO UPDATE SET state = excluded.state
"""
_SAVE_STATE: Final = """
UPDATE derive_state SET state = %(state)s, last_sample_at = %(at)s, rules_version = %(version)s, derived_at = now()
WHERE vehicle_id = %(vehicle_id)s
"""
_FORGET_CHECKPOINTS: Final = """
DELETE FROM derive_checkpoint
WHERE vehicle_id = %(vehicle_id)s AND last_sample_at > %(after)s
  AND (%(to)s::timestamptz IS NULL OR last_sample_at < %(to)s)
"""


def save_state(conn: Connection[Any], *, vehicle_id: int, state: State, version: str) -> None:
    """Remember where the fold stands."""
    at = None if state.last_ms is None else instant(state.last_ms)
    conn.execute(
        _SAVE_STATE,
        {"vehicle_id": vehicle_id, "state": state_to_json(state).decode(), "at": at, "version": version},
    )


def save_checkpoint(conn: Connection[Any], *, vehicle_id: int, checkpoint: Checkpoint) -> None:
    """Remember a settled state."""
    state = state_to_json(checkpoint.state).decode()
    conn.execute(_SAVE_CHECKPOINT, {"vehicle_id": vehicle_id, "at": instant(checkpoint.last_ms), "state": state})


def forget_checkpoints(conn: Connection[Any], *, vehicle_id: int, after_ms: int | None, to_ms: int | None) -> None:
    """Remove the checkpoints between two moments (None: from the first, to the last)."""
    conn.execute(
        _FORGET_CHECKPOINTS,
        {
            "vehicle_id": vehicle_id,
            "after": "-infinity" if after_ms is None else instant(after_ms),
            "to": None if to_ms is None else instant(to_ms),
        },
    )


@dataclass(frozen=True, slots=True)
class Sampled:
    """A truck that has samples, how many, and the time zone of its days."""

    vehicle_id: int
    vehicle_name: str
    time_zone: str
    sample_count: int


_LIST_SAMPLED: Final = """
SELECT v.vehicle_id, v.name AS vehicle_name, f.time_zone, s.sample_count
FROM vehicle AS v JOIN fleet AS f USING (fleet_id),
LATERAL (SELECT count(*) AS sample_count FROM sample WHERE sample.vehicle_id = v.vehicle_id) AS s
WHERE (%(vehicle_name)s::text IS NULL OR v.name = %(vehicle_name)s)
  AND (%(fleet_name)s::text IS NULL OR f.name = %(fleet_name)s)
  AND s.sample_count > 0
ORDER BY f.name, v.name
"""


def list_sampled(conn: Connection[Any], *, vehicle_name: str | None, fleet_name: str | None) -> list[Sampled]:
    """Return the trucks that have samples, of one name or fleet where that is asked for."""
    with conn.cursor(row_factory=class_row(Sampled)) as cursor:
        return cursor.execute(_LIST_SAMPLED, {"vehicle_name": vehicle_name, "fleet_name": fleet_name}).fetchall()

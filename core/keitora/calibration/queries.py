"""All SQL of learning factors. The caller commits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import class_row

from keitora.calibration.learn import learn
from keitora.calibration.lessons import (
    Pupil,
    learn_battery,
    learn_episodes,
    learn_presence,
    learn_rates,
    learn_tank,
)
from keitora.calibration.model import Learnt, Tank
from keitora.db.ranges import replace_ranges
from keitora.db.sql import load
from keitora.fillups.balance import full_to_full, without
from keitora.fillups.checks import questions
from keitora.fillups.model import TankInterval
from keitora.fillups.queries import read_fill_ups_of
from keitora.fuel.methods import FuelMethod

_READ_USED: Final = load("keitora.calibration", "read_used")
READ_EXPLAINED: Final = load("keitora.calibration", "read_explained")
READ_TOLD: Final = """
SELECT v.name AS vehicle_name, t.started_at, t.ended_at, t.distance_m, t.engine_known_s, t.engine_on_s, t.fuel_known_s,
       t.fuel_l AS estimated_l, told.fuel_l, told.plus_minus_l,
       energy.energy_kwh, energy.plus_minus_kwh, t.energy_method, t.soc_from_pct, t.soc_to_pct,
       p.kwh_a_pct_at_half, p.slope_ratio_a_pct, p.swing_count,
       money.cost, money.currency, money.co2_kg, r.price_per_l, r.price_per_kwh, r.source AS price_source
FROM trip AS t JOIN vehicle AS v USING (vehicle_id) JOIN fleet AS f ON f.fleet_id = t.fleet_id
CROSS JOIN LATERAL told_fuel(
    t.vehicle_id, t.started_at, t.fuel_l, t.fuel_plus_minus_l,
    t.measured_l, t.maf_l, t.speed_density_l, t.absolute_load_l, t.road_load_l
) AS told
CROSS JOIN LATERAL told_energy(t.vehicle_id, t.started_at, t.energy_kwh, t.soc_used_pct, t.soc_moment_pct2) AS energy
CROSS JOIN LATERAL (SELECT (t.started_at AT TIME ZONE f.time_zone)::date AS local_date) AS day
CROSS JOIN LATERAL told_cost(
    t.vehicle_id, day.local_date, told.fuel_l, told.plus_minus_l, 0, energy.energy_kwh
) AS money
LEFT JOIN pack AS p ON p.vehicle_id = t.vehicle_id AND t.started_at >= p.valid_from AND t.started_at < p.valid_to
LEFT JOIN running_rate AS r
    ON r.vehicle_id = t.vehicle_id AND day.local_date >= r.valid_from AND day.local_date < r.valid_to
WHERE t.vehicle_id = %(vehicle_id)s AND t.started_at >= %(from_at)s AND t.started_at < %(to_at)s
"""
_CLAIM: Final = """
SELECT v.vehicle_id, v.fleet_id, v.tank_l, v.energy, v.battery_kwh, f.currency, f.country, f.time_zone
FROM vehicle AS v JOIN fleet AS f USING (fleet_id) WHERE v.vehicle_id = (
    SELECT vehicle_id FROM fuel_learning
    WHERE due OR (later AND coalesce(learnt_at, '-infinity') < now() - interval '5 minutes')
    ORDER BY due DESC LIMIT 1 FOR UPDATE SKIP LOCKED
)
"""
_DONE: Final = (
    "UPDATE fuel_learning SET due = false, later = false, learnt_at = now() WHERE vehicle_id = %(vehicle_id)s"
)
_MARK: Final = """
UPDATE fuel_learning SET later = later OR %(later)s, due = due OR EXISTS (
    SELECT FROM fill_up WHERE vehicle_id = %(vehicle_id)s AND filled_at > %(since)s
)
WHERE vehicle_id = %(vehicle_id)s AND (NOT due OR (%(later)s AND NOT later)) AND (
    %(later)s OR EXISTS (SELECT FROM fill_up WHERE vehicle_id = %(vehicle_id)s AND filled_at > %(since)s)
)
"""
_MARK_UNPLACED: Final = """
UPDATE fuel_learning SET later = true
WHERE vehicle_id = %(vehicle_id)s AND NOT later AND EXISTS (
    SELECT FROM fill_up WHERE vehicle_id = %(vehicle_id)s AND presence = 'unknown' AND lat IS NOT NULL
      AND filled_at > %(since)s::timestamptz - interval '1 day'
)
"""
_FORGET_JUMPS: Final = "DELETE FROM fuel_jump WHERE vehicle_id = %(vehicle_id)s"
_SAVE_JUMP: Final = """
INSERT INTO fuel_jump (vehicle_id, fleet_id, method, from_at, to_at, direction, expected_l, filled_l)
VALUES (%(vehicle_id)s, %(fleet_id)s, %(method)s, %(from_at)s, %(to_at)s, %(direction)s, %(expected_l)s, %(filled_l)s)
"""


@dataclass(frozen=True, slots=True)
class Used:
    """Litres estimated in a time, by method, and for how much of the engine's running (s) they are known."""

    measured_l: float
    maf_l: float
    speed_density_l: float
    absolute_load_l: float
    road_load_l: float
    engine_on_s: float
    fuel_known_s: float


def mark_due(conn: Connection[Any], *, vehicle_id: int, since: datetime, teaches: bool = False) -> None:
    """Have a truck learnt from anew if what was driven before one of its fill-ups may have changed.

    `teaches`: it was charged or driven on current, or its tank's level was told: learnt from within five minutes.
    """
    conn.execute(_MARK, {"vehicle_id": vehicle_id, "since": since, "later": teaches})
    conn.execute(_MARK_UNPLACED, {"vehicle_id": vehicle_id, "since": since})


def learn_next(conn: Connection[Any]) -> int | None:
    """Learn from the fill-ups, charges and levels of one truck that is due, in one transaction, and return which."""
    with conn.transaction():
        with conn.cursor(row_factory=class_row(Pupil)) as cursor:
            due = cursor.execute(_CLAIM).fetchone()
        if due is None:
            return None
        learnt = learn(read_tanks(conn, fleet_id=due.fleet_id, vehicle_id=due.vehicle_id, tank_l=due.tank_l))
        _save(conn, due, learnt)

        def used(from_at: datetime, to_at: datetime) -> tuple[Mapping[FuelMethod, float], float]:
            return _by_method(read_used(conn, vehicle_id=due.vehicle_id, from_at=from_at, to_at=to_at))

        learn_rates(conn, due, learn_battery(conn, due))
        learn_presence(conn, due)
        learn_episodes(conn, due, learnt, learn_tank(conn, due, learnt, used))
        conn.execute(_DONE, {"vehicle_id": due.vehicle_id})
        return due.vehicle_id


def read_tanks(conn: Connection[Any], *, fleet_id: int, vehicle_id: int, tank_l: float | None) -> list[Tank]:
    """Return a truck's full-to-full intervals with the litres estimated in them; those in doubt are left out."""
    fills = read_fill_ups_of(conn, fleet_id=fleet_id, vehicle_id=vehicle_id)
    doubted = {question.fill_up_id for question in questions(fills, tank_l=tank_l)}
    return [_tank(conn, vehicle_id, interval) for interval in without(full_to_full(fills), doubted)]


def read_used(conn: Connection[Any], *, vehicle_id: int, from_at: datetime, to_at: datetime) -> Used:
    """Return the litres estimated between two moments, uncalibrated."""
    with conn.cursor(row_factory=class_row(Used)) as cursor:
        row = cursor.execute(_READ_USED, {"vehicle_id": vehicle_id, "from_at": from_at, "to_at": to_at}).fetchone()
    return row or Used(0, 0, 0, 0, 0, 0, 0)


def _tank(conn: Connection[Any], vehicle_id: int, interval: TankInterval) -> Tank:
    used = read_used(conn, vehicle_id=vehicle_id, from_at=interval.from_at, to_at=interval.to_at)
    litres, known_ratio = _by_method(used)
    return Tank(
        from_at=interval.from_at,
        to_at=interval.to_at,
        filled_l=interval.filled_l,
        estimated_l=litres,
        known_ratio=known_ratio,
    )


def _by_method(used: Used) -> tuple[dict[FuelMethod, float], float]:
    litres = {method: getattr(used, f"{method}_l") for method in FuelMethod}
    known_ratio = min(1.0, used.fuel_known_s / used.engine_on_s) if used.engine_on_s > 0 else 0.0
    return {method: one for method, one in litres.items() if one > 0}, known_ratio


def _save(conn: Connection[Any], due: Pupil, learnt: Learnt) -> None:
    common = {"vehicle_id": due.vehicle_id, "fleet_id": due.fleet_id}
    rows = [
        common
        | {
            "method": factor.method,
            "valid_from": factor.from_at,
            "valid_to": factor.to_at,
            "factor": factor.factor,
            "uncertainty_ratio": factor.uncertainty_ratio,
            "tank_count": factor.tank_count,
        }
        for factor in learnt.factors
    ]
    replace_ranges(conn, "fuel_factor", vehicle_id=due.vehicle_id, key=["method", "valid_from"], rows=rows)
    conn.execute(_FORGET_JUMPS, common)
    for jump in learnt.jumps:
        conn.execute(_SAVE_JUMP, common | {name: getattr(jump, name) for name in jump.__slots__})

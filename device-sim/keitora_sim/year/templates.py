"""Days computed once: the rows and the truth of a kind of day in a season, to be dated anew. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from keitora_sim.days.calendar import weather_on
from keitora_sim.days.kinds import KINDS
from keitora_sim.days.run import Living, first_state
from keitora_sim.recording import Row
from keitora_sim.scenario.model import TruckPart
from keitora_sim.scenario.sampling import Sampling, sampled
from keitora_sim.truck.model import Logger
from keitora_sim.truck.sensors import Sensors
from keitora_sim.truth.model import EventTruth, Line, StopTruth, TripTruth, VisitTruth

EACH_SEASON: Final = 2
SEASONS: Final = (date(2026, 1, 20), date(2026, 4, 20), date(2026, 7, 20), date(2026, 10, 20))
THINNED: Final = {
    Logger.PHONE: Sampling(30, 120, 1800),
    Logger.TRACKER: Sampling(10, 120, 1800, on_turns=True),
    Logger.KLINE: Sampling(10, 60, 1800),
    Logger.OBD_MAP: Sampling(10, 60, 1800),
    Logger.OBD_MAF: Sampling(10, 60, 1800),
    Logger.EV: Sampling(15, 60, 1800),
}
"""Rows of a year: enough for trips and litres, a tenth of what loggers send live."""


@dataclass(frozen=True, slots=True)
class Template:
    """A day that began at `midnight` with a full tank and at kilometre 0."""

    midnight: datetime
    rows: tuple[Row, ...]
    truth: tuple[Line, ...]
    distance_km: float
    fuel_l: float
    energy_kwh: float


def templates(part: TruckPart, zone: ZoneInfo, seed: int) -> list[list[Template]]:
    """Return the days of a truck, season by season."""
    return [[_template(part, day, zone, f"{seed}:{turn}") for turn in range(EACH_SEASON)] for day in SEASONS]


def season_of(day: date) -> int:
    """Return which of the seasons a day is in."""
    return (day.month % 12) // 3


def _template(part: TruckPart, day: date, zone: ZoneInfo, seed: str) -> Template:
    spec = part.spec()
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    rng = Random(f"{seed}:{part.day}")  # noqa: S311 -- reproducible, not secret
    state = first_state(spec, part.day, midnight - timedelta(minutes=5), rng, is_fresh=True)
    life = Living(part.name, spec, part.day, state, seed=seed, driver=part.driven_as)
    lived = life.live(KINDS[part.day], midnight, weather_on(day, seed))
    sensors = Sensors(spec, life.network, rng)
    rows = tuple(sensors.row(moment) for moment in sampled(lived.moments, THINNED[part.tier]))
    truth = (*lived.truth, *life.observer.done())
    return Template(
        midnight,
        rows,
        tuple(line for line in truth if isinstance(line, TripTruth | StopTruth | VisitTruth | EventTruth)),
        life.state.odometer_km,
        life.observer.fuel_l,
        life.observer.energy_kwh,
    )


def dated(template: Template, shift: timedelta, *, odometer_km: float, used_pct: float) -> list[Row]:
    """Return the rows of a day at another date, for a truck with that odometer and that much of its tank used."""
    rows = []
    for row in template.rows:
        values = dict(row.values)
        if "odometer_km" in values:
            values["odometer_km"] = round(values["odometer_km"] + odometer_km, 1)
        if "fuel_level_pct" in values:
            values["fuel_level_pct"] = round(max(0.0, values["fuel_level_pct"] - used_pct), 1)
        rows.append(Row(row.sampled_at + shift, values))
    return rows


def retold(lines: Sequence[Line], shift: timedelta, truck: str) -> list[Line]:
    """Return the truth of a day at another date, for another truck."""
    told: list[Line] = []
    for line in lines:
        if isinstance(line, TripTruth | StopTruth | VisitTruth | EventTruth):
            moved = {"started_at": line.started_at + shift, "ended_at": line.ended_at + shift, "truck": truck}
            told.append(line.model_copy(update=moved))
    return told

"""Days computed once: the rows and the truth of a kind of day in a season, to be dated anew. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from keitora_sim.days.calendar import broken, weather_on
from keitora_sim.days.kinds import KINDS
from keitora_sim.days.run import Living, first_state
from keitora_sim.days.upkeep import Service
from keitora_sim.recording import Row
from keitora_sim.scenario.model import TruckPart
from keitora_sim.scenario.sampling import Sampling, gathered
from keitora_sim.truck.model import FUEL_GPL, Logger, Moment
from keitora_sim.truck.sensors import Sensors
from keitora_sim.truth.model import ChargeTruth, EventTruth, Line, ServiceTruth, StopTruth, TripTruth, VisitTruth

EACH_SEASON: Final = 2
SEASONS: Final = (date(2026, 1, 20), date(2026, 4, 20), date(2026, 7, 20), date(2026, 10, 20))
THINNED: Final = {
    Logger.PHONE: Sampling(30, 120, 1800),
    Logger.TRACKER: Sampling(10, 120, 1800, on_turns=True),
    Logger.KLINE: Sampling(10, 10, 1800),
    Logger.OBD_MAP: Sampling(10, 10, 1800),
    Logger.OBD_MAF: Sampling(10, 10, 1800),
    Logger.EV: Sampling(5, 10, 1800),
}
"""Rows of a year: a tenth of what loggers send live."""
_RETOLD: Final = (TripTruth, StopTruth, VisitTruth, EventTruth, ChargeTruth, ServiceTruth)


@dataclass(frozen=True, slots=True)
class Template:
    """A day that began at `midnight` with a full tank and at kilometre 0.

    `pumped_at` is when the truck stood at the pump; until then it had burnt `burnt_l` and gone `pumped_km`.
    """

    midnight: datetime
    rows: tuple[Row, ...]
    truth: tuple[Line, ...]
    distance_km: float
    fuel_l: float
    energy_kwh: float
    pumped_at: datetime | None = None
    burnt_l: float = 0.0
    pumped_km: float = 0.0


@dataclass(frozen=True, slots=True)
class Errand:
    """What makes a day differ from others of its season: a failure, jobs of the garage, the pump."""

    failure: str | None = None
    jobs: tuple[Service, ...] = ()
    is_low: bool = False


class Templates:
    """The days of a kind of truck, each computed when it is first asked for."""

    def __init__(self, part: TruckPart, zone: ZoneInfo, seed: int) -> None:
        self._part = part
        self._zone = zone
        self._seed = seed
        self._computed: dict[tuple[int, int, Errand], Template] = {}

    def of(self, season: int, turn: int, errand: Errand) -> Template:
        """Return a day of a season, one of `EACH_SEASON`."""
        key = (season, turn, errand)
        if key not in self._computed:
            self._computed[key] = _template(self._part, SEASONS[season], self._zone, f"{self._seed}:{turn}", errand)
        return self._computed[key]


def season_of(day: date) -> int:
    """Return which of the seasons a day is in."""
    return (day.month % 12) // 3


def _template(part: TruckPart, day: date, zone: ZoneInfo, seed: str, errand: Errand) -> Template:
    spec = part.spec()
    if errand.failure:
        spec = replace(spec, condition=broken(errand.failure, spec.condition))
    midnight = datetime.combine(day, time(), zone).astimezone(UTC)
    rng = Random(f"{seed}:{part.day}")  # noqa: S311 -- reproducible, not secret
    state = first_state(spec, part.day, midnight - timedelta(minutes=5), rng, is_fresh=True)
    life = Living(part.name, spec, part.day, state, seed=seed, driver=part.driven_as)
    life.refuel_below_share = 2.0 if errand.is_low else 0.0
    lived = life.live(KINDS[part.day], midnight, weather_on(day, seed), garage=errand.jobs or None)
    sensors = Sensors(spec, life.network, rng)
    rows = tuple(gathered(lived.moments, THINNED[part.tier], sensors.row))
    truth = (*lived.truth, *life.observer.done())
    return Template(
        midnight,
        rows,
        tuple(line for line in truth if isinstance(line, _RETOLD)),
        life.state.odometer_km,
        life.observer.fuel_l,
        life.observer.energy_kwh,
        life.pumped_at,
        burnt_until(lived.moments, life.pumped_at),
        next((one.odometer_km for one in lived.moments if life.pumped_at and one.at >= life.pumped_at), 0.0),
    )


def burnt_until(moments: Sequence[Moment], at: datetime | None) -> float:
    """Return the litres burnt until a time."""
    if at is None:
        return 0.0
    return sum(one.combustion.fuel_gs for one in moments if one.combustion and one.at <= at) / FUEL_GPL


def dated(template: Template, shift: timedelta, *, odometer_km: float, used_l: float, tank_l: float) -> list[Row]:
    """Return the rows of a day at another date, for a truck with that odometer that had used so much of its tank.

    After the pump the tank is full again.
    """
    rows = []
    for row in template.rows:
        values = dict(row.values)
        if "odometer_km" in values:
            values["odometer_km"] = round(values["odometer_km"] + odometer_km, 1)
        if "fuel_level_pct" in values:
            is_full = template.pumped_at is not None and row.sampled_at > template.pumped_at
            missing_l = -template.burnt_l if is_full else used_l
            level_pct = values["fuel_level_pct"] - 100 * missing_l / tank_l
            values["fuel_level_pct"] = round(min(100.0, max(0.0, level_pct)), 1)
        rows.append(Row(row.sampled_at + shift, values))
    return rows


def retold(lines: Sequence[Line], shift: timedelta, truck: str, odometer_km: float) -> list[Line]:
    """Return the truth of a day at another date, for another truck."""
    told: list[Line] = []
    for line in lines:
        if isinstance(line, _RETOLD):
            moved: dict[str, object] = {
                "started_at": line.started_at + shift,
                "ended_at": line.ended_at + shift,
                "truck": truck,
            }
            if isinstance(line, ServiceTruth):
                moved["odometer_km"] = round(line.odometer_km + odometer_km, 1)
            told.append(line.model_copy(update=moved))
    return told

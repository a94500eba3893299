"""The year itself: for each truck and working day one of its computed days, with fill-ups between them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from keitora.wire.slug import slug
from keitora_sim.days import upkeep
from keitora_sim.days.calendar import Failure, failure_on, failures, is_worked
from keitora_sim.days.kinds import KINDS
from keitora_sim.loggers.model import Encoder
from keitora_sim.loggers.native import NativeLogger
from keitora_sim.loggers.table import device_key, encoder
from keitora_sim.registration import Truck
from keitora_sim.scenario.make import Made, first_boot, listed, told_failures
from keitora_sim.scenario.model import LoggerPart, Scenario, Temper, TruckPart
from keitora_sim.truth.model import FillTruth, Run, ServiceTruth, TruckTruth
from keitora_sim.year.templates import EACH_SEASON, THINNED, Errand, Templates, dated, retold, season_of

_ROWS_A_MESSAGE: Final = 60
_REFUEL_AT_PCT: Final = 72.0
_KINDS: Final[tuple[tuple[str, str, Temper, LoggerPart], ...]] = (
    ("carry-da16t", "market", "ordinary", LoggerPart()),
    ("hijet-s500p", "valley", "hurried", LoggerPart()),
    ("acty-ha8", "orchard", "smooth", LoggerPart(tier="obd-maf")),
    ("sambar-tt2-sc", "pool", "ordinary", LoggerPart()),
    ("carry-dd51t", "orchard", "smooth", LoggerPart(tier="tracker")),
    ("minicab-miev", "lunch-van", "smooth", LoggerPart()),
    ("hijet-s510p-cvt", "delivery", "hurried", LoggerPart()),
    ("sambar-tt1", "valley", "harsh", LoggerPart(tier="k-line")),
    ("acty-ha8-at", "delivery", "ordinary", LoggerPart(tier="tracker")),
    ("n-van-e", "lunch-van", "ordinary", LoggerPart()),
)
"""What the fleet is made of; with more trucks than kinds, they come again."""


@dataclass(slots=True)
class _Truck:
    part: TruckPart
    days: Templates
    broken: list[Failure]
    encoder: Encoder
    odometer_km: float
    before_km: float
    used_l: float = 0.0
    driven_km: float = 0.0
    fuel_l: float = 0.0
    energy_kwh: float = 0.0
    services: list[ServiceTruth] = field(default_factory=list)


def scenario_of(trucks: int, last_day: date, days: int, seed: int) -> Scenario:
    """Return a year of a co-operative's fleet as a scenario."""
    parts = []
    for number in range(trucks):
        variant, day, driver, logger = _KINDS[number % len(_KINDS)]
        parts.append(TruckPart(name=f"Truck {number + 1:02d}", variant=variant, day=day, driver=driver, logger=logger))
    return Scenario(
        name="year",
        description="A year of a mixed fleet",
        seed=seed,
        fleet="Keitora year",
        first_day=last_day - timedelta(days=days - 1),
        days=days,
        trucks=tuple(parts),
    )


class YearFleet:
    """A fleet that lives a year of days computed beforehand."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._zone = ZoneInfo(scenario.time_zone)
        self._computed: dict[TruckPart, Templates] = {}

    def trucks(self) -> list[Truck]:
        """Return the trucks as their owner enters them."""
        return [listed(part, self._key(part)) for part in self.scenario.trucks]

    def days(self) -> Iterator[Made]:
        """Yield the days one after the other, and at the end the sums."""
        scenario = self.scenario
        fleet = [self._truck(part) for part in scenario.trucks]
        run = Run(scenario=scenario.name, seed=scenario.seed, trucks=len(fleet))
        yield Made(scenario.first_day, truth=[run])
        for offset in range(scenario.days):
            day = scenario.first_day + timedelta(days=offset)
            made = Made(day)
            for truck in fleet:
                if self._works(truck.part, day):
                    self._work(truck, day, made)
            yield made
        ending = Made(scenario.first_day + timedelta(days=scenario.days))
        for truck in fleet:
            ending.truth += told_failures(truck.part.name, truck.broken, truck.services, self._midnight)
            ending.truth.append(_sum(truck))
        yield ending

    def _works(self, part: TruckPart, day: date) -> bool:
        return is_worked(day, part.day, self._seed(part))

    def _seed(self, part: TruckPart) -> str:
        return f"{self.scenario.seed}:{part.name}"

    def _work(self, truck: _Truck, day: date, made: Made) -> None:
        name, tank_l = truck.part.name, truck.part.what.tank_l
        rng = Random(f"{self._seed(truck.part)}:{day.isoformat()}")  # noqa: S311 -- reproducible
        template = truck.days.of(season_of(day), rng.randrange(EACH_SEASON), self._errand(truck, day))
        shift = self._midnight(day) - template.midnight + timedelta(seconds=rng.randint(-1200, 1200))
        rows = dated(template, shift, odometer_km=truck.odometer_km, used_l=truck.used_l, tank_l=tank_l or 1.0)
        key = self._key(truck.part)
        made.messages += [replace(message, device=key) for message in truck.encoder.encode(rows)]
        told = retold(template.truth, shift, name, truck.odometer_km)
        made.truth += told
        if template.pumped_at and tank_l:
            fill = FillTruth(
                truck=name,
                at=template.pumped_at + shift,
                litres=round(truck.used_l + template.burnt_l, 2),
                is_full=True,
                odometer_km=round(truck.odometer_km + template.pumped_km, 1),
            )
            made.truth.append(fill)
            truck.used_l = -template.burnt_l
        truck.services += [line for line in told if isinstance(line, ServiceTruth)]
        truck.before_km, truck.odometer_km = truck.odometer_km, round(truck.odometer_km + template.distance_km, 1)
        truck.driven_km += template.distance_km
        truck.fuel_l += template.fuel_l
        truck.used_l += template.fuel_l
        truck.energy_kwh += template.energy_kwh

    def _errand(self, truck: _Truck, day: date) -> Errand:
        """Return what is special about a truck's day. Oil is seen to a day after its reading was reached."""
        part, seed = truck.part, self._seed(truck.part)
        failure = failure_on(day, truck.broken)
        jobs = [upkeep.repair(one.name) for one in truck.broken if one.ends == day]
        jobs += upkeep.dated(day, KINDS[part.day].network, seed, lambda other: self._works(part, other))
        if part.what.engine and upkeep.is_oil_due(seed, truck.before_km, truck.odometer_km):
            jobs.append(upkeep.OIL)
        tank_l = part.what.tank_l
        is_low = tank_l is not None and 100 * truck.used_l / tank_l > _REFUEL_AT_PCT
        return Errand(failure.name if failure else None, tuple(jobs), is_low)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)

    def _truck(self, part: TruckPart) -> _Truck:
        alike = part.model_copy(update={"name": "Truck"})
        days = self._computed.setdefault(alike, Templates(alike, self._zone, self.scenario.seed))
        key = self._key(part)
        is_native = part.logger.format == "native"
        logger: Encoder = (
            NativeLogger(key, boot=first_boot(self.scenario), batch_rows=_ROWS_A_MESSAGE, batch_span=None)
            if is_native
            else encoder(part.logger.format, key)
        )
        rng = Random(f"{self._seed(part)}:first")  # noqa: S311 -- reproducible, not secret
        first_day, last_day = self.scenario.first_day, self.scenario.first_day + timedelta(days=self.scenario.days - 1)
        broken = failures(
            first_day,
            last_day,
            self._seed(part),
            is_petrol=part.what.engine is not None,
            works=lambda day: self._works(part, day),
        )
        odometer_km = round(rng.uniform(12_000, 120_000), 1)
        return _Truck(part, days, broken, logger, odometer_km=odometer_km, before_km=odometer_km)

    def _key(self, part: TruckPart) -> str:
        return device_key(part.logger.format, slug(f"{self.scenario.name}-{part.name}"))


def _sum(truck: _Truck) -> TruckTruth:
    return TruckTruth(
        truck=truck.part.name,
        energy="electric" if truck.part.what.motor else "petrol",
        logger=truck.part.logger.format,
        tier=truck.part.tier.value,
        row_every_s=THINNED[truck.part.tier].moving_s,
        distance_m=round(truck.driven_km * 1000, 1),
        fuel_l=round(truck.fuel_l, 3),
        energy_kwh=round(truck.energy_kwh, 3),
        odometer_km=round(truck.odometer_km, 1),
    )

"""The year itself: for each truck and working day one of its computed days, with fill-ups between them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from keitora.wire.slug import slug
from keitora_sim.days.calendar import is_worked
from keitora_sim.loggers.model import Encoder
from keitora_sim.loggers.native import NativeLogger
from keitora_sim.loggers.table import device_key, encoder
from keitora_sim.registration import Truck
from keitora_sim.scenario.make import Made, first_boot, listed
from keitora_sim.scenario.model import LoggerPart, Scenario, Temper, TruckPart
from keitora_sim.truth.model import FillTruth, Run, TruckTruth
from keitora_sim.year.templates import Template, dated, retold, season_of, templates

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
    days: list[list[Template]]
    encoder: Encoder
    odometer_km: float
    used_l: float = 0.0
    driven_km: float = 0.0
    fuel_l: float = 0.0
    energy_kwh: float = 0.0


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
        self._computed: dict[TruckPart, list[list[Template]]] = {}

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
                if is_worked(day, truck.part.day, f"{scenario.seed}:{truck.part.name}"):
                    self._work(truck, day, made)
            yield made
        yield Made(scenario.first_day + timedelta(days=scenario.days), truth=[_sum(truck) for truck in fleet])

    def _work(self, truck: _Truck, day: date, made: Made) -> None:
        rng = Random(f"{self.scenario.seed}:{truck.part.name}:{day.isoformat()}")  # noqa: S311 -- reproducible
        template = rng.choice(truck.days[season_of(day)])
        midnight = datetime.combine(day, time(), self._zone).astimezone(UTC)
        shift = midnight - template.midnight + timedelta(seconds=rng.randint(-1200, 1200))
        tank_l = truck.part.what.tank_l
        used_pct = 100 * truck.used_l / tank_l if tank_l else 0.0
        rows = dated(template, shift, odometer_km=truck.odometer_km, used_pct=used_pct)
        key = self._key(truck.part)
        made.messages += [replace(message, device=key) for message in truck.encoder.encode(rows)]
        made.truth += retold(template.truth, shift, truck.part.name)
        truck.odometer_km = round(truck.odometer_km + round(template.distance_km, 1), 1)  # as the rows tell it
        truck.driven_km += template.distance_km
        truck.fuel_l += template.fuel_l
        truck.used_l += template.fuel_l
        truck.energy_kwh += template.energy_kwh
        if tank_l and 100 * truck.used_l / tank_l > _REFUEL_AT_PCT:
            fill = FillTruth(
                truck=truck.part.name,
                at=rows[-1].sampled_at + timedelta(minutes=20),
                litres=round(truck.used_l, 2),
                is_full=True,
                odometer_km=round(truck.odometer_km, 1),
            )
            made.truth.append(fill)
            truck.used_l = 0.0

    def _truck(self, part: TruckPart) -> _Truck:
        alike = part.model_copy(update={"name": "Truck"})
        if alike not in self._computed:
            self._computed[alike] = templates(alike, self._zone, self.scenario.seed)
        key = self._key(part)
        is_native = part.logger.format == "native"
        logger: Encoder = (
            NativeLogger(key, boot=first_boot(self.scenario), batch_rows=_ROWS_A_MESSAGE)
            if is_native
            else encoder(part.logger.format, key)
        )
        rng = Random(f"{self.scenario.seed}:{part.name}:first")  # noqa: S311 -- reproducible, not secret
        return _Truck(part, self._computed[alike], logger, odometer_km=round(rng.uniform(12_000, 120_000), 1))

    def _key(self, part: TruckPart) -> str:
        return device_key(part.logger.format, slug(f"{self.scenario.name}-{part.name}"))


def _sum(truck: _Truck) -> TruckTruth:
    return TruckTruth(
        truck=truck.part.name,
        energy="electric" if truck.part.what.motor else "petrol",
        logger=truck.part.logger.format,
        tier=truck.part.tier.value,
        distance_m=round(truck.driven_km * 1000, 1),
        fuel_l=round(truck.fuel_l, 3),
        energy_kwh=round(truck.energy_kwh, 3),
        odometer_km=round(truck.odometer_km, 1),
    )

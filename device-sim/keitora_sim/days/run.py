"""Live a day: drive its plan, fill up where it is time to, and note the truth. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from random import Random
from typing import Final

from keitora_sim.days.kinds import KINDS, Kind
from keitora_sim.days.networks import NETWORKS
from keitora_sim.days.plan import Action, Charge, Creep, Driver, Go, Load, Plan, Refuel, Serve, Stay
from keitora_sim.days.upkeep import OIL, Service, is_oil_due
from keitora_sim.truck.drive import Simulation, Weather
from keitora_sim.truck.model import Moment, Spec, State
from keitora_sim.truth.model import ChargeTruth, EventTruth, FillTruth, Line, ServiceTruth, VisitTruth
from keitora_sim.truth.observe import Observer

_REFUEL_BELOW_SHARE: Final = 0.28
_PARKED_EVERY_S: Final = 600
_HELP_AFTER_S: Final = 2400
_CHARGE_BELOW_PCT: Final = 60.0
_HOME_KW: Final = 3.0


@dataclass(slots=True)
class Day:
    """A day as it was: its moments, the truth of it, and the truck as it stood in the evening."""

    moments: list[Moment] = field(default_factory=list)
    truth: list[Line] = field(default_factory=list)
    state: State | None = None


class Living:
    """One truck over many days; the same seed gives the same life."""

    def __init__(
        self, name: str, truck: Spec, kind: str, state: State, *, seed: str, driver: Driver | None = None
    ) -> None:
        self.name = name
        self.truck = truck
        self.network = NETWORKS[KINDS[kind].network]
        self.home = KINDS[kind].home
        self.state = state
        self.observer = Observer(name)
        self.refuel_below_share = _REFUEL_BELOW_SHARE
        self.pumped_at: datetime | None = None
        self._seed = seed
        self._driver = driver or Driver("", truck.temper)
        self._visit: tuple[str, datetime] | None = None

    def live(
        self,
        kind: Kind,
        midnight: datetime,
        weather: Weather,
        *,
        garage: Sequence[Service] | None = None,
        chance: str | None = None,
    ) -> Day:
        """Live one working day that begins at local `midnight` (aware UTC), after the night before it.

        `garage` are the jobs the calendar asks for, to which the odometer may add an oil change; None is no upkeep.
        The same `chance` (else midnight's time) gives the same day.
        """
        chance = chance or midnight.isoformat()
        rng = Random(f"{self._seed}:{chance}")  # noqa: S311 -- reproducible, not secret
        begins_at = midnight + timedelta(minutes=(plan := kind.plan(rng)).begins_min)
        day = self.rest_until(begins_at, weather)
        self._run(day, plan, rng, self._simulation(weather, chance), garage)
        return day

    def rest_until(self, until: datetime, weather: Weather, every_s: int = _PARKED_EVERY_S) -> Day:
        """Stand parked until a time."""
        day = Day()
        simulation = self._simulation(weather, "rest")
        self._take(day, simulation.standing(self._seconds_to(until), is_on=False, every_s=every_s))
        self.state = day.state = simulation.state
        return day

    def _run(self, day: Day, plan: Plan, rng: Random, simulation: Simulation, garage: Sequence[Service] | None) -> None:
        simulation.drives_as(self._driver.temper, harsh_per_km=self._driver.harsh_per_km)
        self.observer.driver = self._driver.name or None
        is_on, from_km = False, self.state.odometer_km
        evening = self._errands(simulation, rng, garage, from_km)
        for action in chain(plan.actions, evening):
            wants_on = isinstance(action, Go | Creep) or (isinstance(action, Stay) and action.is_on)
            if wants_on and not is_on:
                self._start(day, simulation)
            if isinstance(action, Go | Creep | Stay | Refuel | Serve | Charge):
                is_on = wants_on
            self._do(day, simulation, action)
        self.state = day.state = simulation.state

    def _errands(
        self, simulation: Simulation, rng: Random, garage: Sequence[Service] | None, from_km: float
    ) -> Iterator[Action]:
        """Yield what the evening asks for: garage, filling station, cable. Looked at when the plan is done."""
        state, engine, motor = simulation.state, self.truck.engine, self.truck.motor
        jobs = list(garage or ())
        if garage is not None and engine and is_oil_due(self._seed, from_km, state.odometer_km):
            jobs.append(OIL)
        is_low = engine is not None and state.tank_l < self.refuel_below_share * engine.tank_l
        if jobs or is_low:
            yield Go("station")
            yield Stay(rng.randint(60, 140))
        for job in jobs:
            yield Serve(job)
        if is_low:
            yield Refuel(share=rng.choice((0.97, 0.97, 0.97, 0.75)))
            yield Stay(rng.randint(60, 200))
        if jobs or is_low:
            yield Go(self.home)
        if motor and state.soc_pct < _CHARGE_BELOW_PCT:
            yield Stay(120)
            yield Charge(_HOME_KW)

    def _start(self, day: Day, simulation: Simulation) -> None:
        moments = list(simulation.starting())
        if not moments:
            failed_at = simulation.state.at
            self._take(day, simulation.standing(_HELP_AFTER_S, is_on=False))
            day.truth.append(
                EventTruth(truck=self.name, event="flat_battery", started_at=failed_at, ended_at=simulation.state.at)
            )
            simulation.jumpstart()
            moments = list(simulation.starting())
        self._take(day, iter(moments))

    def _do(self, day: Day, simulation: Simulation, action: Action) -> None:
        match action:
            case Go(place):
                self._leave(day, simulation)
                self._take(day, simulation.driving_to(place))
                self._visit = (place, simulation.state.at)
            case Stay(seconds, is_on):
                self._take(
                    day, simulation.standing(seconds, is_on=is_on, every_s=60 if seconds < 3600 else _PARKED_EVERY_S)
                )
            case Creep(rows, row_m):
                self._take(day, simulation.creeping(rows=rows, row_m=row_m))
            case Load(load_kg):
                simulation.loads(load_kg)
            case Driver(name, temper, harsh_per_km):
                simulation.drives_as(temper, harsh_per_km=harsh_per_km)
                self.observer.driver = name
            case Refuel(share):
                self._refuel(day, simulation, share)
            case Serve(service):
                self._serve(day, simulation, service)
            case Charge():
                self._charge(day, simulation, action)

    def _leave(self, day: Day, simulation: Simulation) -> None:
        if self._visit is None:
            return
        name, arrived_at = self._visit
        place = self.network.places[name]
        lat, lon = self.network.position(place.east_m, place.north_m)
        day.truth.append(
            VisitTruth(
                truck=self.name,
                place=name,
                lat=round(lat, 6),
                lon=round(lon, 6),
                started_at=arrived_at,
                ended_at=simulation.state.at,
            )
        )

    def _refuel(self, day: Day, simulation: Simulation, share: float) -> None:
        litres = simulation.refuel(share)
        self.pumped_at = simulation.state.at
        if litres > 0.5:
            state = simulation.state
            day.truth.append(
                FillTruth(
                    truck=self.name,
                    at=state.at,
                    litres=round(litres, 2),
                    is_full=share > 0.9,
                    odometer_km=round(state.odometer_km, 1),
                )
            )

    def _serve(self, day: Day, simulation: Simulation, service: Service) -> None:
        started_at = simulation.state.at
        self._take(day, simulation.standing(service.seconds, is_on=False, every_s=_PARKED_EVERY_S))
        state = simulation.state
        day.truth.append(
            ServiceTruth(
                truck=self.name,
                service=service.name,
                started_at=started_at,
                ended_at=state.at,
                odometer_km=round(state.odometer_km, 1),
            )
        )

    def _charge(self, day: Day, simulation: Simulation, how: Charge) -> None:
        motor = self.truck.motor
        if motor is None or simulation.state.soc_pct >= how.until_pct:
            return
        started_at, before_pct = simulation.state.at, simulation.state.soc_pct
        while simulation.state.soc_pct < how.until_pct and (simulation.state.at - started_at).seconds < how.most_s:
            self._take(day, simulation.standing(60, is_on=False, charge_kw=how.power_kw, every_s=60))
        day.truth.append(
            ChargeTruth(
                truck=self.name,
                started_at=started_at,
                ended_at=simulation.state.at,
                energy_kwh=round((simulation.state.soc_pct - before_pct) / 100 * motor.battery_kwh, 3),
                soc_start_pct=round(before_pct, 1),
                soc_end_pct=round(simulation.state.soc_pct, 1),
            )
        )

    def _take(self, day: Day, moments: Iterator[Moment]) -> None:
        for moment in moments:
            day.moments.append(moment)
            day.truth.extend(self.observer.see(moment))

    def _simulation(self, weather: Weather, what: str) -> Simulation:
        return Simulation(self.truck, self.state, self.network, f"{self._seed}:{what}", weather)

    def _seconds_to(self, until: datetime) -> int:
        return max(0, round((until - self.state.at).total_seconds()))


def first_state(truck: Spec, kind: str, at: datetime, rng: Random, *, is_fresh: bool = False) -> State:
    """Return a truck at its place for the night; `is_fresh` one with a full tank at kilometre 0."""
    if is_fresh:
        full_l = truck.engine.tank_l if truck.engine else 0.0
        return State(at=at, place=KINDS[kind].home, odometer_km=0.0, tank_l=full_l, soc_pct=98.0)
    return replace(
        State(at=at, place=KINDS[kind].home, odometer_km=round(rng.uniform(12_000, 160_000), 1)),
        tank_l=truck.engine.tank_l * rng.uniform(0.4, 0.97) if truck.engine else 0.0,
        soc_pct=rng.uniform(75, 98),
        battery_pct=rng.uniform(75, 95),
    )

"""One drive: a way, a driver, an engine or motor, second by second. Pure; the same seed gives the same drive."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from keitora_sim.recording import Row
from keitora_sim.truck import engine as engines
from keitora_sim.truck import motor as motors
from keitora_sim.truck.driver import Temper, resistance_n, stretch
from keitora_sim.truck.model import FUEL_GPL, Combustion, Electric, Moment, Spec, State, Truth
from keitora_sim.truck.road import Network, Path
from keitora_sim.truck.sensors import Sensors
from keitora_sim.truck.valley import VALLEY

AMBIENT_C = 16.0
_SECOND = timedelta(seconds=1)
_PARKED_EVERY_S = 60
_PARKED_V, _RUNNING_V = 12.5, 14.1


@dataclass(frozen=True, slots=True)
class Route:
    """Places in order; the truck stands at the first."""

    places: tuple[str, ...]
    network: Network = VALLEY


@dataclass(frozen=True, slots=True)
class Driven:
    """A drive as its logger saw it, as it really was, and where it left the truck."""

    rows: tuple[Row, ...]
    truth: Truth
    state: State


def drive(truck: Spec, route: Route, start: datetime, seed: int, state: State | None = None) -> Driven:
    """Drive along a route from `start`; `state` gives odometer, tank and temperatures (None: an ordinary morning)."""
    state = state or State(at=start, place=route.places[0], odometer_km=48_200.0)
    simulation = Simulation(truck, replace(state, at=start, place=route.places[0]), route.network, seed)
    moments = list(simulation.standing(20, is_on=True))
    for place in route.places[1:]:
        moments += simulation.driving_to(place)
        moments += simulation.standing(15, is_on=True)
    moments += simulation.standing(1, is_on=False)
    sensors = Sensors(truck, route.network, Random(f"{seed}:sensors"))  # noqa: S311 -- reproducible, not secret
    return Driven(tuple(sensors.row(moment) for moment in moments), truth_of(moments), simulation.state)


def truth_of(moments: Sequence[Moment]) -> Truth:
    """Add up what really happened."""
    moving = [moment for moment in moments if moment.speed_ms > 0]
    burnt_g = sum(moment.combustion.fuel_gs for moment in moments if moment.combustion)
    drawn_ws = sum(
        -moment.electric.voltage_v * moment.electric.current_a
        for moment in moments
        if moment.electric and not moment.electric.is_charging
    )
    return Truth(
        distance_m=(moments[-1].odometer_km - moments[0].odometer_km) * 1000,
        fuel_l=burnt_g / FUEL_GPL,
        energy_kwh=drawn_ws / 3_600_000,
        idle_s=sum(moment.is_on and moment.speed_ms == 0 for moment in moments),
        moving_s=len(moving),
        started_at=moving[0].at if moving else None,
        ended_at=moving[-1].at if moving else None,
        moments=tuple(moments),
    )


class Simulation:
    """A truck that stands and drives; `state` is where it is now, standing at a place."""

    def __init__(self, truck: Spec, state: State, network: Network, seed: int | str) -> None:
        self._truck = truck
        self._network = network
        self._rng = Random(f"{seed}:{truck.key}")  # noqa: S311 -- reproducible, not secret
        self._gear = 0
        self._run_s = 0.0
        self._heading_deg = 0.0
        self.state = state

    def driving_to(self, place: str) -> Iterator[Moment]:
        """Yield the seconds of the way to a place; at some junctions the truck has to wait."""
        path = self._network.way(self.state.place, place)
        temper = Temper.of(self._truck.temper, self._rng)
        waits = [path.distance_m[i] for i in path.junctions if self._rng.random() < 0.35]
        odometer_km, from_m = self.state.odometer_km, 0.0
        for to_m in [*waits, path.length_m]:
            for step in stretch(self._truck, path, temper, self._rng, from_m=from_m, to_m=to_m):
                yield self._moment(path, step.at_m, step.speed_ms, step.accel_ms2, odometer_km)
            from_m = to_m
            if to_m in waits:
                for _ in range(self._rng.randint(3, 22)):
                    yield self._moment(path, to_m, 0.0, 0.0, odometer_km)
        self.state = replace(self.state, place=place, odometer_km=odometer_km + path.length_m / 1000)

    def standing(self, seconds: int, *, is_on: bool, charge_kw: float = 0.0) -> Iterator[Moment]:
        """Yield a standing truck: each second while on, once a minute while off, first and last second always."""
        place = self._network.places[self.state.place]
        if not is_on:
            self._run_s, self._gear = 0.0, 0
        for second in range(seconds):
            self.state = replace(self.state, at=self.state.at + _SECOND)
            combustion = self._idle(place.altitude_m) if is_on else None
            electric = self._electric(0.0, 0.0, is_on=is_on, charge_kw=charge_kw)
            if not is_on:
                cooled_c = engines.cooled(self.state.coolant_c, AMBIENT_C, 1)
                self.state = replace(self.state, coolant_c=cooled_c)
            if is_on or second % _PARKED_EVERY_S == 0 or second == seconds - 1:
                yield Moment(
                    at=self.state.at,
                    east_m=place.east_m,
                    north_m=place.north_m,
                    altitude_m=place.altitude_m,
                    heading_deg=self._heading_deg,
                    speed_ms=0.0,
                    accel_ms2=0.0,
                    odometer_km=self.state.odometer_km,
                    is_on=is_on,
                    battery_v=_RUNNING_V if is_on or charge_kw else _PARKED_V,
                    combustion=combustion,
                    electric=electric,
                )

    def refuel(self, share: float = 0.96) -> None:
        """Fill the tank, standing."""
        if self._truck.engine:
            self.state = replace(self.state, tank_l=share * self._truck.engine.tank_l)

    def _moment(self, path: Path, at_m: float, speed_ms: float, accel_ms2: float, odometer_km: float) -> Moment:
        east_m, north_m, altitude_m, slope, heading_deg = path.at(at_m)
        mean_ms = max(0.0, speed_ms - accel_ms2 / 2)
        force_n = resistance_n(self._truck, mean_ms, slope) + self._truck.inertia_kg * accel_ms2
        if speed_ms == 0:
            force_n = min(force_n, 0.0)
        self.state = replace(self.state, at=self.state.at + _SECOND)
        self._heading_deg = heading_deg
        return Moment(
            at=self.state.at,
            east_m=east_m,
            north_m=north_m,
            altitude_m=altitude_m,
            heading_deg=heading_deg,
            speed_ms=speed_ms,
            accel_ms2=accel_ms2,
            odometer_km=odometer_km + at_m / 1000,
            is_on=True,
            battery_v=_RUNNING_V,
            combustion=self._burn(mean_ms, force_n, altitude_m),
            electric=self._electric(mean_ms, force_n, is_on=True),
        )

    def _idle(self, altitude_m: float) -> Combustion | None:
        return self._burn(0.0, 0.0, altitude_m)

    def _burn(self, speed_ms: float, force_n: float, altitude_m: float) -> Combustion | None:
        engine = self._truck.engine
        if engine is None:
            return None
        before = engines.Before(self._gear, self.state.coolant_c, self._run_s, self.state.tank_l)
        air = engines.Surroundings(AMBIENT_C, engines.baro_kpa(altitude_m))
        now = engines.run(engine, self._truck, before, air, speed_ms=speed_ms, force_n=force_n)
        self._gear, self._run_s = now.gear, now.run_s
        tank_l = max(0.0, self.state.tank_l - now.fuel_gs / FUEL_GPL)
        self.state = replace(self.state, coolant_c=now.coolant_c, tank_l=tank_l)
        return now

    def _electric(self, speed_ms: float, force_n: float, *, is_on: bool, charge_kw: float = 0.0) -> Electric | None:
        motor = self._truck.motor
        if motor is None:
            return None
        soc_pct = self.state.soc_pct
        if charge_kw:
            now = motors.charge(motor, power_kw=charge_kw, soc_pct=soc_pct)
        elif is_on:
            now = motors.run(motor, speed_ms=speed_ms, force_n=force_n, soc_pct=soc_pct)
        else:
            return None
        self.state = replace(self.state, soc_pct=now.soc_pct)
        return now

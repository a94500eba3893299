"""One drive: a way, a driver, an engine or motor, second by second. Pure; the same seed gives the same drive."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from keitora_sim.recording import Row
from keitora_sim.truck import cooling
from keitora_sim.truck import engine as engines
from keitora_sim.truck import motor as motors
from keitora_sim.truck import starter_battery as battery
from keitora_sim.truck.air import baro_kpa
from keitora_sim.truck.driver import Temper, resistance_n, stretch
from keitora_sim.truck.model import FUEL_GPL, Combustion, Electric, Moment, Spec, State, Truth
from keitora_sim.truck.road import Network, Path, field_path
from keitora_sim.truck.sensors import Sensors
from keitora_sim.truck.valley import VALLEY

AMBIENT_C = 16.0
_SECOND = timedelta(seconds=1)
_PARKED_EVERY_S = 60


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


@dataclass(frozen=True, slots=True)
class Weather:
    """What a day is like: outside temperature, and how much of the limit traffic and rain leave."""

    ambient_c: float = AMBIENT_C
    traffic_ratio: float = 1.0


class Simulation:
    """A truck that stands and drives; `state` is where it is now, standing at a place."""

    def __init__(
        self, truck: Spec, state: State, network: Network, seed: int | str, weather: Weather = Weather()
    ) -> None:
        self._truck = truck
        self._network = network
        self._weather = weather
        self._rng = Random(f"{seed}:{truck.key}")  # noqa: S311 -- reproducible, not secret
        self._gear = 0
        self._run_s = 0.0
        self._heading_deg = 0.0
        self._turned_deg = 0.0
        self._map_kpa = 40.0
        self._is_fan_on = False
        self.harsh_per_km = 0.0
        self.state = state

    def drives_as(self, temper: float, *, harsh_per_km: float = 0.0) -> None:
        """Put another driver behind the wheel."""
        self._truck = replace(self._truck, temper=temper)
        self.harsh_per_km = harsh_per_km

    def loads(self, load_kg: float) -> None:
        """Change what lies on the bed."""
        self._truck = replace(self._truck, load_kg=load_kg)

    def starting(self) -> Iterator[Moment]:
        """Yield the second in which the starter turns; nothing where it cannot."""
        if not battery.can_start(self.state.battery_pct, self._truck.condition):
            return
        dip_v = battery.cranking_v(self.state.battery_pct, self._weather.ambient_c, self._truck.condition)
        if self._truck.motor:
            dip_v = battery.resting_v(self.state.battery_pct)  # contactors close; nothing is turned
        yield self._still(is_on=True, battery_v=dip_v)

    def driving_to(self, place: str) -> Iterator[Moment]:
        """Yield the seconds of the way to a place; at some junctions the truck has to wait."""
        path = self._network.way(self.state.place, place)
        yield from self._along(path, waits=[path.distance_m[i] for i in path.junctions if self._rng.random() < 0.35])
        self.state = replace(self.state, place=place)

    def creeping(self, *, rows: int, row_m: float, pause_s: tuple[int, int] = (15, 70)) -> Iterator[Moment]:
        """Yield work between the rows of a field: some metres, a halt with the engine on, some metres, and back."""
        path = field_path(self._network.places[self.state.place], rows=rows, row_m=row_m)
        halts, at_m = [], 0.0
        while (at_m := at_m + self._rng.uniform(12, 40)) < path.length_m - 5:
            halts.append(at_m)
        yield from self._along(path, waits=halts, pause_s=pause_s)

    def _along(self, path: Path, *, waits: Sequence[float], pause_s: tuple[int, int] = (3, 22)) -> Iterator[Moment]:
        temper = Temper.of(
            self._truck.temper,
            self._rng,
            traffic_ratio=self._weather.traffic_ratio,
            harsh_per_km=self.harsh_per_km,
        )
        odometer_km, from_m = self.state.odometer_km, 0.0
        for to_m in [*waits, path.length_m]:
            for step in stretch(self._truck, path, temper, self._rng, from_m=from_m, to_m=to_m):
                yield self._moment(path, step.at_m, step.speed_ms, step.accel_ms2, odometer_km)
            from_m = to_m
            if to_m in waits:
                for _ in range(self._rng.randint(*pause_s)):
                    yield self._moment(path, to_m, 0.0, 0.0, odometer_km)
        self.state = replace(self.state, odometer_km=odometer_km + path.length_m / 1000)

    def standing(
        self, seconds: int, *, is_on: bool, charge_kw: float = 0.0, every_s: int = _PARKED_EVERY_S
    ) -> Iterator[Moment]:
        """Yield a standing truck: each second while on, every `every_s` while off, first and last second always."""
        if is_on:
            for _ in range(seconds):
                yield self._still(is_on=True)
            return
        self._run_s, self._gear, self._is_fan_on = 0.0, 0, False
        ends = [*range(1, seconds, every_s), seconds] if seconds > 0 else []
        for before, end in pairwise([0, *ends]):
            yield self._still(is_on=False, seconds=end - before, charge_kw=charge_kw)

    def refuel(self, share: float = 0.96) -> float:
        """Fill the tank to a share of it and return the litres; an electric truck and a fuller tank take none."""
        if self._truck.engine is None:
            return 0.0
        litres = max(0.0, share * self._truck.engine.tank_l - self.state.tank_l)
        self.state = replace(self.state, tank_l=self.state.tank_l + litres)
        return litres

    def jumpstart(self) -> None:
        """Give the starter battery enough to start."""
        self.state = replace(self.state, battery_pct=max(self.state.battery_pct, 45.0))

    def _still(
        self, *, is_on: bool, seconds: int = 1, charge_kw: float = 0.0, battery_v: float | None = None
    ) -> Moment:
        """Return the end of some seconds of standing."""
        place = self._network.places[self.state.place]
        condition, ambient_c = self._truck.condition, self._weather.ambient_c
        self.state = replace(self.state, at=self.state.at + seconds * _SECOND)
        combustion = self._burn(0.0, 0.0, place.altitude_m) if is_on and battery_v is None else None
        electric = self._electric(0.0, 0.0, is_on=is_on, charge_kw=charge_kw, seconds=seconds)
        if not is_on:
            charge_pct = battery.parked_pct(self.state.battery_pct, seconds, condition)
            if charge_kw:
                charge_pct = battery.charged_pct(self.state.battery_pct, seconds, condition)
            cooled_c = cooling.cooled(self.state.coolant_c, ambient_c, seconds)
            self.state = replace(self.state, coolant_c=cooled_c, battery_pct=charge_pct)
        return Moment(
            at=self.state.at,
            east_m=place.east_m,
            north_m=place.north_m,
            altitude_m=place.altitude_m,
            heading_deg=self._heading_deg,
            speed_ms=0.0,
            accel_ms2=0.0,
            odometer_km=self.state.odometer_km,
            is_on=is_on,
            battery_v=battery_v or self._battery_v(combustion, is_on=is_on or charge_kw > 0),
            ambient_c=ambient_c,
            combustion=combustion,
            electric=electric,
        )

    def _moment(self, path: Path, at_m: float, speed_ms: float, accel_ms2: float, odometer_km: float) -> Moment:
        east_m, north_m, altitude_m, slope, heading_deg = path.at(at_m)
        mean_ms = max(0.0, speed_ms - accel_ms2 / 2)
        force_n = resistance_n(self._truck, mean_ms, slope) + self._truck.inertia_kg * accel_ms2
        if speed_ms == 0:
            force_n = min(force_n, 0.0)
        self.state = replace(self.state, at=self.state.at + _SECOND)
        turned_deg = (heading_deg - self._heading_deg + 180) % 360 - 180
        self._turned_deg = 0.6 * self._turned_deg + 0.4 * turned_deg  # the body follows the drawn line smoothly
        self._heading_deg = heading_deg
        combustion = self._burn(mean_ms, force_n, altitude_m)
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
            battery_v=self._battery_v(combustion, is_on=True),
            ambient_c=self._weather.ambient_c,
            lateral_ms2=-math.radians(self._turned_deg) * mean_ms,
            combustion=combustion,
            electric=self._electric(mean_ms, force_n, is_on=True),
        )

    def _battery_v(self, combustion: Combustion | None, *, is_on: bool) -> float:
        """Return the voltage, and charge the battery by what the alternator gave this second."""
        if not is_on:
            return battery.resting_v(self.state.battery_pct)
        rpm, fan = (combustion.rpm, combustion.is_fan_on) if combustion else (2000.0, False)
        voltage = battery.running_v(self.state.battery_pct, rpm, is_fan_on=fan)
        charge_pct = battery.charged_pct(self.state.battery_pct, 1, self._truck.condition)
        self.state = replace(self.state, battery_pct=charge_pct)
        return voltage

    def _burn(self, speed_ms: float, force_n: float, altitude_m: float) -> Combustion | None:
        engine = self._truck.engine
        if engine is None:
            return None
        before = engines.Before(
            self._gear, self.state.coolant_c, self._run_s, self.state.tank_l, self._map_kpa, self._is_fan_on
        )
        air = engines.Surroundings(self._weather.ambient_c, baro_kpa(altitude_m))
        now = engines.run(engine, self._truck, before, air, speed_ms=speed_ms, force_n=force_n)
        self._gear, self._run_s, self._map_kpa, self._is_fan_on = now.gear, now.run_s, now.map_kpa, now.is_fan_on
        tank_l = max(0.0, self.state.tank_l - now.fuel_gs / FUEL_GPL)
        self.state = replace(self.state, coolant_c=now.coolant_c, tank_l=tank_l)
        return now

    def _electric(
        self, speed_ms: float, force_n: float, *, is_on: bool, charge_kw: float = 0.0, seconds: int = 1
    ) -> Electric | None:
        motor = self._truck.motor
        if motor is None:
            return None
        soc_pct = self.state.soc_pct
        if charge_kw:
            now = motors.charge(motor, power_kw=charge_kw, soc_pct=soc_pct, seconds=seconds)
        elif is_on:
            now = motors.run(
                motor, speed_ms=speed_ms, force_n=force_n, soc_pct=soc_pct, ambient_c=self._weather.ambient_c
            )
        else:
            return None
        self.state = replace(self.state, soc_pct=now.soc_pct)
        return now

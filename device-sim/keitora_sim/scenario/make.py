"""From a scenario to what its loggers send and what is true, day after day. Pure; the same scenario, the same bytes."""

import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from types import MappingProxyType
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from keitora.wire.slug import slug
from keitora_sim.days import calendar, upkeep
from keitora_sim.days.kinds import KINDS
from keitora_sim.days.networks import NO_COVERAGE
from keitora_sim.days.run import Day, Living, first_state
from keitora_sim.days.upkeep import Service
from keitora_sim.faults import rows as row_faults
from keitora_sim.faults import transport
from keitora_sim.loggers.model import CanLoseTime, Encoder, Sent, UnsetClock
from keitora_sim.loggers.native import NativeLogger
from keitora_sim.loggers.table import device_key, encoder, source_of
from keitora_sim.recording import Row
from keitora_sim.registration import Truck
from keitora_sim.scenario.model import Scenario, TruckPart
from keitora_sim.scenario.sampling import USUAL, sampled
from keitora_sim.truck.model import Moment, State
from keitora_sim.truck.road import Network
from keitora_sim.truck.sensors import Sensors
from keitora_sim.truth.model import FailureTruth, FaultTruth, Line, Run, ServiceTruth, TripTruth, TruckTruth

_DEAD_ZONE_M: Final = 1000.0
_BEFORE: Final = timedelta(hours=3)
_NOBODY: Final[Mapping[str, State]] = MappingProxyType({})


@dataclass(slots=True)
class Made:
    """A day of the fleet: its messages in the order in which they go out, and the truth of it."""

    day: date
    messages: list[Sent] = field(default_factory=list)
    truth: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class _Logger:
    """A logger, on whatever truck it is now."""

    part: TruckPart
    key: str
    encoder: Encoder


class Lived(Protocol):
    """A fleet that can be registered and sent."""

    scenario: Scenario

    def trucks(self) -> list[Truck]:
        """Return the trucks as their owner enters them."""

    def days(self) -> Iterator[Made]:
        """Yield the days in their order."""


class Fleet:
    """A scenario that is being lived, `later` than its file says.

    `states` are trucks that have lived before; they are taken to their place for the first night.
    """

    def __init__(
        self, scenario: Scenario, *, later: timedelta = timedelta(0), states: Mapping[str, State] = _NOBODY
    ) -> None:
        self.scenario = scenario
        self._later = later
        self._zone = ZoneInfo(scenario.time_zone)
        self._parts = scenario.one_by_one()
        self._loggers = {part.name: _logger(scenario, part, self._later) for part in self._parts}
        begins_at = self._midnight(scenario.first_day) - _BEFORE
        self._lives = {part.name: self._life(part, begins_at, states.get(part.name)) for part in self._parts}
        self._sensors = {
            part.name: Sensors(part.spec(), self._lives[part.name].network, self._random(part, "sensors"))
            for part in self._parts
        }
        self._driven_m = dict.fromkeys(self._lives, 0.0)
        self._broken = {part.name: self._failures(part) for part in self._parts}
        self._services: dict[str, list[ServiceTruth]] = {part.name: [] for part in self._parts}

    def trucks(self) -> list[Truck]:
        """Return the trucks as their owner enters them."""
        return [listed(part, self._loggers[part.name].key) for part in self._parts]

    def states(self) -> dict[str, State]:
        """Return the trucks as they stand now, between two days."""
        return {name: life.state for name, life in self._lives.items()}

    def days(self) -> Iterator[Made]:
        """Yield the days, and at the end one more with what was still open."""
        yield self._opening()
        for offset in range(self.scenario.days):
            day = self.scenario.first_day + timedelta(days=offset)
            made = Made(day)
            if not any(part.swaps_on == day for part in self._parts):
                for part in self._parts:  # one after the other: a day's moments take much room
                    self._send(part, self._live(part, day, made), made, day.isoformat())
            else:
                moments = {part.name: self._live(part, day, made) for part in self._parts}
                midnight = self._midnight(day)
                for part in self._parts:  # a day's moments begin where the last day's work ended
                    before = [moment for moment in moments[part.name] if moment.at < midnight]
                    moments[part.name] = [moment for moment in moments[part.name] if moment.at >= midnight]
                    self._send(part, before, made, f"{day.isoformat()}:before")
                self._swap(day)
                for part in self._parts:
                    self._send(part, moments[part.name], made, day.isoformat())
            made.messages.sort(key=lambda message: message.at)
            yield made
        yield self._closing()

    def _live(self, part: TruckPart, day: date, made: Made) -> Sequence[Moment]:
        scenario, life = self.scenario, self._lives[part.name]
        weather = calendar.weather_on(day, f"{scenario.seed}:{KINDS[part.day].network}")
        midnight = self._midnight(day)
        usual = part.spec().condition
        life.truck = replace(life.truck, condition=calendar.condition_on(day, usual, self._broken[part.name]))
        lived = Day()
        if self._works(part, day):
            garage = self._garage(part, day)
            lived = life.live(KINDS[part.day], midnight, weather, garage=garage, chance=day.isoformat())
        night = life.rest_until(self._midnight(day + timedelta(days=1)), weather)
        lived.moments += night.moments
        lived.truth += night.truth
        made.truth += lived.truth
        self._services[part.name] += [line for line in lived.truth if isinstance(line, ServiceTruth)]
        self._driven_m[part.name] += sum(line.distance_m for line in lived.truth if isinstance(line, TripTruth))
        return lived.moments

    def _works(self, part: TruckPart, day: date) -> bool:
        return not self.scenario.rests or calendar.is_worked(day, part.day, f"{self.scenario.seed}:{part.name}")

    def _failures(self, part: TruckPart) -> list[calendar.Failure]:
        scenario = self.scenario
        if not scenario.breakdowns:
            return []
        return calendar.failures(
            scenario.first_day,
            scenario.first_day + timedelta(days=scenario.days - 1),
            f"{scenario.seed}:{part.name}",
            is_petrol=part.what.engine is not None,
            works=lambda day: self._works(part, day),
        )

    def _garage(self, part: TruckPart, day: date) -> list[Service] | None:
        """Return the jobs of a day; None where the scenario leaves upkeep away."""
        repairs = [upkeep.repair(one.name) for one in self._broken[part.name] if one.ends == day]
        if not self.scenario.services:
            return repairs or None
        network, seed = KINDS[part.day].network, f"{self.scenario.seed}:{part.name}"
        return [*repairs, *upkeep.dated(day, network, seed, lambda other: self._works(part, other))]

    def _send(self, part: TruckPart, moments: Sequence[Moment], made: Made, when: str) -> None:
        messages, struck = self._sent(part, moments, when)
        made.messages += messages
        made.truth += [
            FaultTruth(truck=part.name, fault=one.fault, at=one.at, until=one.until, rows=one.rows) for one in struck
        ]

    def _sent(
        self, part: TruckPart, moments: Sequence[Moment], when: str
    ) -> tuple[list[Sent], list[row_faults.Struck]]:
        logger, sensors = self._loggers[part.name], self._sensors[part.name]
        usual = USUAL[part.tier]
        how = replace(usual, moving_s=part.logger.every_s) if part.logger.every_s else usual
        rows = [sensors.row(moment) for moment in sampled(moments, how)]
        rng = self._random(part, when)
        faults = self.scenario.faults_of(part)
        boots, struck = row_faults.strike(rows, faults, rng)
        if isinstance(logger.encoder, CanLoseTime) and not logger.encoder.unset_clock.is_seen_whole:
            struck = [replace(one, fault=one.fault.replace("wrong_clock", "unseen_by_wrong_clock")) for one in struck]
        messages: list[Sent] = []
        for index, boot in enumerate(boots):
            if index:
                logger.encoder.reboot()
            messages += _encoded(logger.encoder, boot)
        is_covered = _coverage(moments, self._lives[part.name].network, NO_COVERAGE.get(KINDS[part.day].network, ()))
        sent, on_the_way = transport.strike(
            messages, faults, rng, is_covered=is_covered, has_backlog=logger.encoder.has_backlog
        )
        return [replace(message, device=logger.key) for message in sent], struck + on_the_way

    def _swap(self, day: date) -> None:
        for part in self._parts:
            if part.swaps_on == day and part.swaps_logger_with:
                one, other = part.name, part.swaps_logger_with
                self._loggers[one], self._loggers[other] = self._loggers[other], self._loggers[one]

    def _opening(self) -> Made:
        scenario = self.scenario
        run = Run(scenario=scenario.name, seed=scenario.seed, trucks=len(self._parts))
        return Made(scenario.first_day, truth=[run])

    def _closing(self) -> Made:
        made = Made(self.scenario.first_day + timedelta(days=self.scenario.days))
        for part in self._parts:
            life = self._lives[part.name]
            rest = list(life.observer.done())
            made.truth += rest
            made.truth += told_failures(part.name, self._broken[part.name], self._services[part.name], self._midnight)
            driven_m = self._driven_m[part.name] + sum(line.distance_m for line in rest if isinstance(line, TripTruth))
            made.truth.append(
                TruckTruth(
                    truck=part.name,
                    energy="electric" if part.what.motor else "petrol",
                    logger=part.logger.format,
                    tier=part.tier.value,
                    row_every_s=part.logger.every_s or USUAL[part.tier].moving_s,
                    distance_m=round(driven_m, 1),
                    fuel_l=round(life.observer.fuel_l, 4),
                    energy_kwh=round(life.observer.energy_kwh, 4),
                    odometer_km=round(life.state.odometer_km, 1),
                )
            )
        return made

    def _life(self, part: TruckPart, begins_at: datetime, before: State | None) -> Living:
        spec = part.spec()
        state = first_state(spec, part.day, begins_at, self._random(part, "first"))
        if before is not None:
            state = replace(before, at=max(begins_at, min(before.at, self._midnight(self.scenario.first_day))))
        seed = f"{self.scenario.seed}:{part.name}"
        return Living(part.name, spec, part.day, state, seed=seed, driver=part.driven_as)

    def _random(self, part: TruckPart, what: str) -> Random:
        return Random(f"{self.scenario.seed}:{part.name}:{what}")  # noqa: S311 -- reproducible, not secret

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC) + self._later


def _logger(scenario: Scenario, part: TruckPart, later: timedelta) -> _Logger:
    key = device_key(part.logger.format, slug(f"{scenario.name}-{part.name}"))
    if part.logger.format == "native":
        return _Logger(part, key, NativeLogger(key, boot=first_boot(scenario, later)))
    return _Logger(part, key, encoder(part.logger.format, key))


def first_boot(scenario: Scenario, later: timedelta = timedelta(0)) -> int:
    """Return the number of a logger's first boot: another one for other days, whose rows count from 0 as well."""
    told = f"{scenario.seed}:{scenario.first_day}:{scenario.days}:{later.total_seconds()}"
    return zlib.crc32(told.encode()) & 0x7FFF0000 | 1


def _encoded(logger: Encoder, boot: row_faults.Boot) -> list[Sent]:
    """Return a boot's messages.

    Natively, what was sampled before the clock was set waits for the first message that knows the time.
    """
    rows: Sequence[Row] = boot.rows
    if not boot.unclocked or not isinstance(logger, CanLoseTime):
        return logger.encode(rows)
    early = logger.encode_unclocked(rows[: boot.unclocked])
    if logger.unset_clock is not UnsetClock.TOLD_LATER:
        return [*early, *logger.encode(rows[boot.unclocked :])]
    first, *later = logger.encode(rows[boot.unclocked :])
    return [first, *(replace(message, at=first.at) for message in early), *later]


def _coverage(moments: Sequence[Moment], network: Network, dead: Sequence[str]) -> Callable[[datetime], bool]:
    """Return a function that tells whether the truck had a network at a time."""
    spots = [(network.places[name].east_m, network.places[name].north_m) for name in dead]
    cut: list[tuple[datetime, datetime]] = []
    for moment in moments if spots else ():
        if any(math.dist((moment.east_m, moment.north_m), spot) < _DEAD_ZONE_M for spot in spots):
            if cut and moment.at - cut[-1][1] <= timedelta(minutes=15):
                cut[-1] = (cut[-1][0], moment.at)
            else:
                cut.append((moment.at, moment.at))
    return lambda at: not any(begins <= at <= ends for begins, ends in cut)


def told_failures(
    truck: str,
    broken: Sequence[calendar.Failure],
    services: Sequence[ServiceTruth],
    midnight: Callable[[date], datetime],
) -> list[Line]:
    """Return what was broken on a truck, until when a service of it says that it was mended."""
    told: list[Line] = []
    for one in broken:
        begins_at = midnight(one.begins)
        mended = [job.ended_at for job in services if job.service == upkeep.repair(one.name).name]
        ended_at = next((at for at in mended if at > begins_at), None)
        told.append(FailureTruth(truck=truck, failure=one.name, started_at=begins_at, ended_at=ended_at))
    return told


def listed(part: TruckPart, key: str) -> Truck:
    """Return a truck as its owner enters it."""
    what = part.what
    return Truck(
        name=part.name,
        source=source_of(part.logger.format),
        device_key=key,
        energy="electric" if what.motor else "petrol",
        displacement_cc=what.displacement_cc,
        plate=part.plate,
        maker=what.maker,
        model=what.model,
        chassis_code=what.chassis_code,
        tank_l=what.tank_l,
        battery_kwh=what.battery_kwh,
        kerb_kg=what.kerb_kg,
    )

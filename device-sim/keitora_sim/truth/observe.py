"""From the seconds of a truck to its trips, stops and events: the truth's own, plain reading of them. Pure.

It knows speed and acceleration as they were. Nothing here is shared with the rules of the product that it judges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from keitora_sim.truck.model import FUEL_GPL, Moment
from keitora_sim.truth.model import EventTruth, Line, StopTruth, TripTruth

TRIP_GAP: Final = timedelta(seconds=300)
STOP_FROM: Final = timedelta(seconds=120)
_MOVING_MS: Final = 0.3
_HARSH_BRAKING_MS2: Final = 4.41  # 0.45 g: loads slide; ordinary drives stay below (KIT recordings peak at 0.41)
_HARSH_START_MS2: Final = 3.14  # 0.32 g
_OVERHEATED_C: Final = 110.0
_SAME_EVENT: Final = timedelta(seconds=6)


@dataclass(slots=True)
class _Trip:
    started_at: datetime
    ended_at: datetime
    driver: str | None
    start_m: float
    end_m: float
    fuel_l: float = 0.0
    energy_kwh: float = 0.0
    idle_s: int = 0
    top_ms: float = 0.0
    # since the last movement: counted only if it moves again in time
    open_fuel_l: float = 0.0
    open_energy_kwh: float = 0.0
    open_idle_s: int = 0


@dataclass(slots=True)
class _Event:
    event: str
    started_at: datetime
    ended_at: datetime
    peak: float


class Observer:
    """Watches one truck, moment after moment; `done` gives what is still open at the end."""

    def __init__(self, truck: str, driver: str | None = None) -> None:
        self.driver = driver
        self.fuel_l = 0.0
        self.energy_kwh = 0.0
        self._truck = truck
        self._trip: _Trip | None = None
        self._stood_at: datetime | None = None
        self._stood_idle_s = 0
        self._before_at: datetime | None = None
        self._before_m = 0.0
        self._events: dict[str, _Event] = {}

    def see(self, moment: Moment) -> Iterator[Line]:
        """Take a moment, and yield what ended with it."""
        is_moving = moment.speed_ms > _MOVING_MS
        fuel_l = moment.combustion.fuel_gs / FUEL_GPL if moment.combustion else 0.0
        electric = moment.electric
        energy_kwh = 0.0
        if electric and not electric.is_charging:
            energy_kwh = -electric.voltage_v * electric.current_a / 3_600_000
        self.fuel_l += fuel_l
        self.energy_kwh += energy_kwh
        yield from self._track(moment, fuel_l, energy_kwh, is_moving=is_moving)
        yield from self._rest(moment, is_moving=is_moving)
        yield from self._watch(moment)
        self._before_at, self._before_m = moment.at, moment.odometer_km * 1000

    def done(self) -> Iterator[Line]:
        """Yield what was still open."""
        if self._trip is not None:
            yield self._ended_trip(self._trip)
            self._trip = None
        if self._stood_at is not None and self._before_at is not None and self._before_at - self._stood_at >= STOP_FROM:
            yield self._ended_stop(self._stood_at, self._before_at)
        for event in self._events.values():
            yield self._ended_event(event)
        self._events.clear()

    def _track(self, moment: Moment, fuel_l: float, energy_kwh: float, *, is_moving: bool) -> Iterator[Line]:
        trip = self._trip
        if trip is not None and moment.at - trip.ended_at > TRIP_GAP:
            yield self._ended_trip(trip)
            trip = self._trip = None
        if trip is None:
            if not is_moving:
                return
            at = self._before_at or moment.at
            trip = self._trip = _Trip(at, moment.at, self.driver, self._before_m, moment.odometer_km * 1000)
            if self._before_m == 0:
                trip.start_m = trip.end_m
        trip.open_fuel_l += fuel_l
        trip.open_energy_kwh += energy_kwh
        trip.open_idle_s += moment.is_on and not is_moving
        if is_moving:
            trip.top_ms = max(trip.top_ms, moment.speed_ms)
            trip.ended_at, trip.end_m = moment.at, moment.odometer_km * 1000
            trip.fuel_l += trip.open_fuel_l
            trip.energy_kwh += trip.open_energy_kwh
            trip.idle_s += trip.open_idle_s
            trip.open_fuel_l = trip.open_energy_kwh = 0.0
            trip.open_idle_s = 0

    def _rest(self, moment: Moment, *, is_moving: bool) -> Iterator[Line]:
        if is_moving:
            if self._stood_at is not None and self._before_at is not None:
                if self._before_at - self._stood_at >= STOP_FROM:
                    yield self._ended_stop(self._stood_at, self._before_at)
                self._stood_at = None
            return
        if self._stood_at is None:
            self._stood_at, self._stood_idle_s = moment.at, 0
        self._stood_idle_s += moment.is_on

    def _watch(self, moment: Moment) -> Iterator[Line]:
        seen = {
            "harsh_braking": (-moment.accel_ms2, _HARSH_BRAKING_MS2),
            "harsh_acceleration": (moment.accel_ms2, _HARSH_START_MS2),
            "harsh_cornering": (abs(moment.lateral_ms2), _HARSH_BRAKING_MS2),
            "overheating": (moment.combustion.coolant_c if moment.combustion else 0.0, _OVERHEATED_C),
        }
        for name, (value, limit) in seen.items():
            event = self._events.get(name)
            if value >= limit:
                if event is None:
                    self._events[name] = _Event(name, moment.at, moment.at, value)
                else:
                    event.ended_at, event.peak = moment.at, max(event.peak, value)
            elif event is not None and moment.at - event.ended_at > _SAME_EVENT:
                del self._events[name]
                yield self._ended_event(event)

    def _ended_trip(self, trip: _Trip) -> TripTruth:
        return TripTruth(
            truck=self._truck,
            driver=trip.driver,
            started_at=trip.started_at,
            ended_at=trip.ended_at,
            distance_m=round(trip.end_m - trip.start_m, 1),
            fuel_l=round(trip.fuel_l, 4),
            energy_kwh=round(trip.energy_kwh, 4),
            idle_s=trip.idle_s,
            top_speed_kmh=round(trip.top_ms * 3.6, 1),
        )

    def _ended_stop(self, started_at: datetime, ended_at: datetime) -> StopTruth:
        return StopTruth(truck=self._truck, started_at=started_at, ended_at=ended_at, idle_s=self._stood_idle_s)

    def _ended_event(self, event: _Event) -> EventTruth:
        return EventTruth(
            truck=self._truck,
            event=event.event,
            started_at=event.started_at,
            ended_at=event.ended_at,
            peak=round(event.peak, 2),
        )

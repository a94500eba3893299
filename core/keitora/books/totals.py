"""Sums over a stretch of time."""

from dataclasses import dataclass

from keitora.books.battery import BatterySums


@dataclass(slots=True)
class Totals:
    """Sums over an interval. `_m` metres, `_s` seconds, `_l` litres, `_kwh` kilowatt-hours.

    `way_m` is counted piece by piece, by the wheels where they are heard, else by the satellites; a trip's distance
    chooses one source for the whole. `unsure_s` is time in which no speed was heard: whether the truck moved shows only
    when it has got somewhere. `presumed_…` is what is booked of an engine only because the truck seemed to move, in the
    other sums too. `idle_l` are the litres used while it stood. `located_count` counts samples that
    could tell a distance.
    """

    wheel_m: float = 0.0
    wheel_s: float = 0.0
    gnss_m: float = 0.0
    way_m: float = 0.0
    odometer_m: float = 0.0
    odometer_fine_count: int = 0
    moving_s: float = 0.0
    idle_s: float = 0.0
    gap_s: float = 0.0
    unsure_s: float = 0.0
    engine_known_s: float = 0.0
    engine_on_s: float = 0.0
    fuel_known_s: float = 0.0
    fuel_plus_minus_l: float = 0.0
    measured_l: float = 0.0
    maf_l: float = 0.0
    speed_density_l: float = 0.0
    absolute_load_l: float = 0.0
    road_load_l: float = 0.0
    presumed_s: float = 0.0
    presumed_l: float = 0.0
    presumed_plus_minus_l: float = 0.0
    energy_known_s: float = 0.0
    energy_kwh: float = 0.0
    idle_l: float = 0.0
    battery: BatterySums | None = None
    climb_m: float = 0.0
    altitude_count: int = 0
    located_count: int = 0
    max_speed_kmh: float = 0.0
    sample_count: int = 0

    def add(self, other: "Totals") -> None:
        """Add another interval's sums; the highest speed is the higher of the two.

        Spelt out, and without what is mostly 0, for it is done once a sample.
        """
        self.sample_count += other.sample_count
        self.located_count += other.located_count
        self.altitude_count += other.altitude_count
        self.wheel_m += other.wheel_m
        self.wheel_s += other.wheel_s
        self.gnss_m += other.gnss_m
        self.way_m += other.way_m
        self.moving_s += other.moving_s
        self.idle_s += other.idle_s
        self.unsure_s += other.unsure_s
        self.climb_m += other.climb_m
        self.engine_known_s += other.engine_known_s
        self.engine_on_s += other.engine_on_s
        if other.fuel_known_s:
            self._add_fuel(other)
        if other.odometer_m:
            self.odometer_m += other.odometer_m
            self.odometer_fine_count += other.odometer_fine_count
        if other.gap_s:
            self.gap_s += other.gap_s
        if other.energy_known_s:
            self.energy_known_s += other.energy_known_s
            self.energy_kwh += other.energy_kwh
        if other.battery is not None:
            self.battery = self.battery or BatterySums()
            self.battery.add(other.battery)
        self.max_speed_kmh = max(self.max_speed_kmh, other.max_speed_kmh)

    def _add_fuel(self, other: "Totals") -> None:
        self.fuel_known_s += other.fuel_known_s
        self.fuel_plus_minus_l += other.fuel_plus_minus_l
        self.measured_l += other.measured_l
        self.maf_l += other.maf_l
        self.speed_density_l += other.speed_density_l
        self.absolute_load_l += other.absolute_load_l
        self.road_load_l += other.road_load_l
        if other.presumed_s:
            self.presumed_s += other.presumed_s
            self.presumed_l += other.presumed_l
            self.presumed_plus_minus_l += other.presumed_plus_minus_l
        if other.idle_l:
            self.idle_l += other.idle_l

    def stand_still(self) -> None:
        """Take out what is no movement after all: drift about a parked truck is no distance and no driving."""
        self.moving_s = self.unsure_s = self.max_speed_kmh = self.climb_m = self.gap_s = 0.0
        if self.presumed_s:
            self.engine_known_s = max(0.0, self.engine_known_s - self.presumed_s)
            self.engine_on_s = max(0.0, self.engine_on_s - self.presumed_s)
            self.fuel_known_s = max(0.0, self.fuel_known_s - self.presumed_s)
            self.road_load_l = max(0.0, self.road_load_l - self.presumed_l)
            self.fuel_plus_minus_l = max(0.0, self.fuel_plus_minus_l - self.presumed_plus_minus_l)
            self.presumed_s = self.presumed_l = self.presumed_plus_minus_l = 0.0
        self.idle_l = self.fuel_l if self.fuel_known_s else 0.0
        self.battery = None

    @property
    def fuel_l(self) -> float:
        """Return the litres of all methods."""
        return self.measured_l + self.maf_l + self.speed_density_l + self.absolute_load_l + self.road_load_l


ByDay = dict[str, Totals]
"""Sums by the local date (ISO) they belong to. An interval across midnight belongs to the day it ends in."""


def add_by_day(target: ByDay, source: ByDay) -> None:
    """Add each day of `source` to the same day of `target`."""
    for day, totals in source.items():
        target.setdefault(day, Totals()).add(totals)


def sum_of(by_day: ByDay) -> Totals:
    """Return the sums over all days."""
    whole = Totals()
    for totals in by_day.values():
        whole.add(totals)
    return whole

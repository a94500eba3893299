"""What statistics are asked for and read back as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from keitora.fuel.model import NO_CHANGES, DayColumns
from keitora.overlays.model import Purpose

Bucket = Literal["day", "week", "month", "year", "total"]
GroupBy = Literal["none", "vehicle", "driver", "purpose", "place"]
Basis = Literal["days", "trips", "visits"]


@dataclass(frozen=True, slots=True)
class Span:
    """One bucket: the local days [from_date, to_date). `begins` is where the whole bucket does."""

    begins: date
    from_date: date
    to_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatFilter:
    """Which part of a fleet's driving counts; None leaves a side open. `driver_ids` may hold 0: nobody named."""

    vehicle_ids: tuple[int, ...] | None = None
    driver_ids: tuple[int, ...] | None = None
    purposes: tuple[Purpose, ...] | None = None
    place_ids: tuple[int, ...] | None = None

    @property
    def is_of_trips(self) -> bool:
        """Tell whether only what people said of trips can answer it."""
        return self.driver_ids is not None or self.purposes is not None


@dataclass(frozen=True, slots=True)
class StatRow:
    """What was driven and used in one span by one group.

    `number` is the span's place in the list that was asked for. `key` names the group: the number of a truck, driver or
    place, a purpose, or None for everything, or for trips nobody has said it of. Sums leave out what is not known.
    `economy_m` and `economy_l` are distance and fuel of those days, or trips' days, whose fuel is known for 95 % or
    more of the time the engine ran. Cost is in the fleet's currency; `cost_m` is the distance whose cost is known.
    `used_day_count`: days with a trip, each truck's counted; `usable_day_count`: of so many, from the first day
    anything is known of a truck; None but for trucks' days. By driver, `compared_m` and `compared_l` are the part of
    `economy_m` and `economy_l` on trucks that others drove as well, and `everybodys_l` what these trucks took over that
    distance with everybody.
    """

    number: int
    key: str | None
    name: str | None
    trip_count: int | None
    visit_count: int | None
    inside_s: float | None
    distance_m: float | None
    moving_s: float
    idle_s: float | None
    gap_s: float
    engine_known_s: float
    engine_on_s: float
    max_speed_kmh: float | None
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    measured_l: float
    maf_l: float
    speed_density_l: float
    absolute_load_l: float
    road_load_l: float
    fuel_known_s: float
    economy_m: float | None
    economy_l: float | None
    energy_kwh: float | None
    cost: float | None
    cost_plus_minus: float | None
    idle_cost: float | None
    co2_kg: float | None
    cost_m: float | None
    used_day_count: int | None
    compared_m: float | None
    compared_l: float | None
    everybodys_l: float | None
    usable_day_count: int | None
    episode_counts: Mapping[str, int]

    @property
    def utilisation_ratio(self) -> float | None:
        """Return on which share of the days that trucks could have been used they were; None but for trucks' days."""
        if self.used_day_count is None or not self.usable_day_count:
            return None
        return self.used_day_count / self.usable_day_count

    @property
    def relative_economy_ratio(self) -> float | None:
        """Return the economy by that of the same trucks with everybody; None but by driver, on trucks others drove."""
        return self.everybodys_l / self.compared_l if self.everybodys_l and self.compared_l else None

    @property
    def fuel_plus_minus_ratio(self) -> float | None:
        """Return how far the litres may be off, as a share of them; None if either is not known."""
        return self.fuel_plus_minus_l / self.fuel_l if self.fuel_plus_minus_l is not None and self.fuel_l else None

    @property
    def idle_ratio(self) -> float | None:
        """Return for which share of the engine's running time the truck stood; None if it is not known to have run."""
        return self.idle_s / self.engine_on_s if self.idle_s is not None and self.engine_on_s > 0 else None


@dataclass(frozen=True, slots=True)
class Stat:
    """A row with its span, and, where it was asked for, the span before with the same group's row of that."""

    span: Span
    row: StatRow
    before_span: Span | None = None
    before: StatRow | None = None


@dataclass(frozen=True, slots=True)
class TripShare:
    """A derived trip's share of a local day, with fuel as it is told. Of a piece of a trip: what that has of the day.

    `is_first`: the trip counts here. `from_at` and `to_at` are the piece's.
    """

    vehicle_id: int
    started_at: datetime
    from_at: datetime
    to_at: datetime
    local_date: date
    is_first: bool
    driver_id: int | None
    purpose: str | None
    distance_m: float | None
    moving_s: float
    idle_s: float
    gap_s: float
    engine_known_s: float
    engine_on_s: float
    max_speed_kmh: float | None
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    measured_l: float
    maf_l: float
    speed_density_l: float
    absolute_load_l: float
    road_load_l: float
    fuel_known_s: float
    energy_kwh: float | None
    cost: float | None
    cost_plus_minus: float | None
    idle_cost: float | None
    co2_kg: float | None


TripStarts = Sequence[tuple[int, datetime]]
"""Derived trips, by truck and start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """What people corrected about trips, as statistics count it.

    Of trucks' days: what is added to them. Of trips: those `touched`, whose days (truck and local date) are told
    `apart`, and the `pieces` that take their place.
    """

    changes: DayColumns = NO_CHANGES
    touched: TripStarts = ()
    pieces: Sequence[TripShare] = ()
    apart: frozenset[tuple[int, date]] = frozenset()

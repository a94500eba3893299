"""The rows the fold makes: trips, stops, idling, days, the trace. One dataclass field is one column of its table."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRow:
    """A drive, from the first real movement to the last. None is unknown.

    `fuel_l` is the sum of the litres by method (`measured_l` and so on), uncalibrated; all 0 where it is unknown.
    `energy_kwh` is measured; where `energy_method` is `soc`, the energy follows from `soc_used_pct` and
    `soc_moment_pct2` when it is read, by the battery as it was learnt. Both ends of the state of charge
    are kept to learn from.
    """

    started_at: datetime
    ended_at: datetime
    start_lat: float | None
    start_lon: float | None
    end_lat: float | None
    end_lon: float | None
    distance_m: float | None
    distance_source: str
    distance_second_m: float | None
    moving_s: float
    idle_s: float
    gap_s: float
    max_speed_kmh: float | None
    climb_m: float | None
    engine_known_s: float
    engine_on_s: float
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    fuel_method: str | None
    measured_l: float
    maf_l: float
    speed_density_l: float
    absolute_load_l: float
    road_load_l: float
    fuel_known_s: float
    energy_kwh: float | None
    energy_method: str | None
    soc_from_pct: float | None
    soc_to_pct: float | None
    soc_used_pct: float
    soc_moment_pct2: float
    hv_voltage_v: float | None
    idle_l: float
    sample_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """The truck standing between two trips; `ended_at` is None while it still does."""

    started_at: datetime
    ended_at: datetime | None
    lat: float | None
    lon: float | None
    engine_known_s: float
    engine_on_s: float
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    measured_l: float
    maf_l: float
    speed_density_l: float
    absolute_load_l: float
    road_load_l: float
    fuel_known_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A local day of the truck.

    `distance_m` is None where nothing could tell a distance. `odometer_km` is the car's own, as last told on that day,
    `rest_battery_v` the last voltage of its rested 12 V battery.
    """

    local_date: date
    trip_count: int
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
    soc_used_pct: float
    soc_moment_pct2: float
    idle_l: float
    sample_count: int
    odometer_km: float | None
    odometer_at: datetime | None
    rest_battery_v: float | None
    rest_ambient_temp_c: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TripDayRow:
    """A trip's share of a local day; over its days they add up to the trip."""

    started_at: datetime
    local_date: date
    distance_m: float | None
    moving_s: float
    idle_s: float
    gap_s: float
    engine_known_s: float
    engine_on_s: float
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    measured_l: float
    maf_l: float
    speed_density_l: float
    absolute_load_l: float
    road_load_l: float
    fuel_known_s: float
    energy_kwh: float | None
    soc_used_pct: float
    soc_moment_pct2: float
    idle_l: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IdlingRow:
    """The engine running while the truck stood, longer than the fleet's limit; `ended_at` is None while it lasts."""

    started_at: datetime
    ended_at: datetime | None
    lasted_s: float
    lat: float | None
    lon: float | None
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    fuel_known_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRow:
    """A charge of the traction battery; `ended_at` is None while it lasts, as far as is known.

    `measured_kwh` arrived in the battery; None where power was not sampled for nine tenths of the time.
    """

    started_at: datetime
    ended_at: datetime | None
    heard_at: datetime
    lat: float | None
    lon: float | None
    from_soc_pct: float | None
    to_soc_pct: float | None
    measured_kwh: float | None
    hv_voltage_v: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TankRow:
    """The tank's level over a time in which the truck stood: as it had settled, and at last; medians of readings."""

    started_at: datetime
    ended_at: datetime
    lat: float | None
    lon: float | None
    first_pct: float
    last_pct: float
    reading_count: int


class TracePoint(NamedTuple):
    """A point of the simplified line of a truck; its sums are over the time since the point before.

    Between two points the truck went at an even speed along a straight line, to 8 m at every moment a fix was believed.
    `drive` ends a piece of a trip, `stand` a time in which the truck stood or only shuffled about. Position None: not
    known. `gap_s` is the part of `lasted_s` without data; `fuel_l` and `energy_kwh` are what is known to have been
    used.
    """

    at_ms: int
    lat: float | None
    lon: float | None
    altitude_m: float | None
    speed_kmh: float | None
    kind: Literal["drive", "stand"]
    lasted_s: float
    distance_m: float
    moving_s: float
    engine_on_s: float
    engine_known_s: float
    fuel_l: float
    fuel_known_s: float
    energy_kwh: float
    energy_known_s: float
    gap_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRow:
    """Something that was wrong, from its first sample to the first that was clear again; None while it lasts.

    Values are in `unit`. `noticed_at` is the sample that made it an episode; `bound_value` is the threshold it passed.
    """

    kind: str
    opened_at: datetime
    noticed_at: datetime
    closed_at: datetime | None
    ended_by: str | None
    severity: str
    unit: str
    bound_value: float
    first_value: float
    last_value: float | None
    peak_value: float
    mean_value: float
    sample_count: int
    lat: float | None
    lon: float | None
    rule_version: str

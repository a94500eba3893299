"""What the API answers. Units are in the names, times are UTC, None is: not known. What is new is passed over."""

from collections.abc import Mapping
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Fleet(Answer):
    """The fleet a key opens, and the key's role."""

    id: int
    name: str
    time_zone: str
    currency: str
    locale: str
    role: str


class Named(Answer):
    """Something's number and name."""

    id: int
    name: str


class Driver(Named):
    """A driver."""


class Place(Named):
    """A named place."""


class Vehicle(Named):
    """A truck; `archived_at` None: it is in service."""

    plate: str | None = None
    maker: str | None = None
    model: str | None = None
    chassis_code: str | None = None
    energy: str | None = None
    displacement_cc: float | None = None
    volumetric_efficiency: float | None = None
    induction: str | None = None
    has_fuel_cut: bool | None = None
    tank_l: float | None = None
    battery_kwh: float | None = None
    kerb_kg: float | None = None
    built_on: date | None = None
    archived_at: datetime | None = None


class Position(Answer):
    """A truck's newest values, each with its time."""

    vehicle: Named
    state: str
    sampled_at: datetime
    position_at: datetime | None
    lat: float | None
    lon: float | None
    speed_at: datetime | None
    speed_kmh: float | None
    battery_v: float | None
    fuel_level_pct: float | None
    soc_pct: float | None


class Trip(Answer):
    """A trip, as people see it."""

    id: str
    vehicle: Named
    started_at: datetime
    ended_at: datetime
    in_progress: bool
    distance_km: float | None
    distance_source: str
    moving_s: float
    idle_s: float | None
    gap_s: float
    max_speed_kmh: float | None
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    fuel_method: str | None
    km_per_l: float | None
    energy_kwh: float | None
    start_place: Named | None
    end_place: Named | None
    purpose: str | None
    driver: Named | None
    note: str | None


class TrackPoint(Answer):
    """Where the truck was at one moment."""

    ts: datetime
    lat: float
    lon: float
    speed_kmh: float | None
    altitude_m: float | None


class Track(Answer):
    """The line a trip drew."""

    trip_id: str
    points: list[TrackPoint]


class Stat(Answer):
    """What was driven and used in one bucket by one group."""

    bucket: datetime
    bucket_local_date: date
    from_local_date: date
    to_local_date: date
    vehicle: Named | None
    driver: Named | None
    purpose: str | None
    place: Named | None
    trip_count: int | None
    visit_count: int | None
    inside_s: float | None
    distance_km: float | None
    moving_s: float
    idle_s: float | None
    engine_on_s: float | None
    fuel_l: float | None
    fuel_plus_minus_l: float | None
    fuel_shares: Mapping[str, float]
    km_per_l: float | None
    energy_kwh: float | None
    episode_counts: Mapping[str, int]
    episodes_per_100km: Mapping[str, float]


class Episode(Answer):
    """Something that is or was wrong with a truck. Values are in `unit`."""

    id: str
    vehicle: Named
    kind: str
    severity: str
    opened_at: datetime
    closed_at: datetime | None
    is_open: bool
    unit: str
    peak_value: float
    acknowledged_at: datetime | None


class Upkeep(Answer):
    """Work that comes round, and how far off it is."""

    id: int
    vehicle: Named
    kind: str
    name: str
    state: str
    due_on: date | None
    left_days: int | None
    left_km: float | None
    left_hours_h: float | None


class Day(Answer):
    """A truck's local day."""

    vehicle: Named
    local_date: date
    trip_count: int
    distance_km: float | None
    moving_s: float
    idle_s: float | None
    engine_on_s: float | None
    fuel_l: float | None
    energy_kwh: float | None
    cost: float | None
    rest_battery_v: float | None


class Stop(Answer):
    """Where a truck stood between two trips; `ended_at` None: it lasts."""

    vehicle: Named
    started_at: datetime
    ended_at: datetime | None
    lasted_s: float
    place: Place | None


class Visit(Answer):
    """A truck's visit to a named place; `left_at` None: it is still there."""

    vehicle: Named
    place: Place
    entered_at: datetime
    left_at: datetime | None
    inside_s: float
    distance_km: float
    fuel_l: float | None


class NamedPlace(Named):
    """A place with its border."""

    kind: str
    on_farm: bool
    geometry: Mapping[str, object]
    radius_m: float | None


class Device(Answer):
    """A logger or phone, the truck it is on now, and how it is."""

    id: int
    source: str
    device_key: str
    vehicle: Named | None
    last_received_at: datetime | None
    health: str


class Hit(Answer):
    """Something that was found."""

    kind: str
    id: int
    title: str
    detail: str | None
    vehicle_id: int | None
    trip_id: str | None

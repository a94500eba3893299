"""What a truck is, what it is at one moment, and what it was after a drive."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

GRAVITY_MS2 = 9.81
AIR_KGM3 = 1.15
FUEL_GPL = 745.0
STOICHIOMETRIC = 14.7


class Logger(StrEnum):
    """What is fitted to the truck, which decides what is known of it."""

    OBD_MAP = "obd-map"
    OBD_MAF = "obd-maf"
    KLINE = "k-line"
    TRACKER = "tracker"
    PHONE = "phone"
    EV = "ev"


class Gearbox(StrEnum):
    """What stands between engine and wheels."""

    MANUAL = "manual"
    AUTOMATIC = "automatic"
    CVT = "cvt"


@dataclass(frozen=True, slots=True)
class Engine:
    """A petrol engine and its gearbox.

    `ratios` from first gear up (stepless: lowest, highest); `final_ratio` of the axle. `boost_kpa` is what a blower
    adds at full load. Torque and power are the maker's two figures.
    """

    displacement_cc: float = 658.0
    volumetric_efficiency: float = 0.80
    idle_rpm: float = 880.0
    most_rpm: float = 6800.0
    most_torque_nm: float = 62.8
    most_torque_rpm: float = 3500.0
    most_power_kw: float = 36.8
    most_power_rpm: float = 5700.0
    boost_kpa: float = 0.0
    indicated_efficiency: float = 0.305
    friction_bar: float = 1.9
    friction_bar_per_krpm: float = 0.2
    gearbox: Gearbox = Gearbox.MANUAL
    ratios: tuple[float, ...] = (5.106, 3.017, 1.908, 1.264, 1.0)
    final_ratio: float = 5.857
    tank_l: float = 34.0
    has_fuel_cut: bool = True


@dataclass(frozen=True, slots=True)
class Motor:
    """An electric drive. `battery_kwh` is usable; resistance in ohm of the whole battery."""

    battery_kwh: float = 14.5
    most_kw: float = 30.0
    most_regen_kw: float = 12.0
    efficiency: float = 0.86
    auxiliary_kw: float = 0.35
    empty_v: float = 290.0
    full_v: float = 362.0
    resistance_ohm: float = 0.12
    heater_kw_per_c: float = 0.06


@dataclass(frozen=True, slots=True)
class Condition:
    """What is worn or failing. Ratios are 1 when new; `parked_drain_ma` is what a logger draws from a parked truck."""

    radiator_ratio: float = 1.0
    fan_fails: bool = False
    thermostat_stuck_open: bool = False
    battery_ratio: float = 0.9
    parked_drain_ma: float = 25.0


@dataclass(frozen=True, slots=True)
class Spec:
    """A truck. Exactly one of `engine` and `motor` is there."""

    key: str
    logger: Logger
    kerb_kg: float = 700.0
    load_kg: float = 150.0
    drag_area_m2: float = 1.1
    rolling_ratio: float = 0.013
    wheel_radius_m: float = 0.266
    drive_efficiency: float = 0.88
    engine: Engine | None = None
    motor: Motor | None = None
    temper: float = 1.0
    condition: Condition = Condition()

    @property
    def mass_kg(self) -> float:
        """Mass on the road, driver and load included."""
        return self.kerb_kg + self.load_kg + 65

    @property
    def inertia_kg(self) -> float:
        """Mass that has to be accelerated, wheels and engine included."""
        return self.mass_kg * 1.06


@dataclass(frozen=True, slots=True)
class State:
    """A truck at a place, standing. Kept between drives and across restarts of the simulator."""

    at: datetime
    place: str
    odometer_km: float
    coolant_c: float = 20.0
    tank_l: float = 25.0
    soc_pct: float = 80.0
    battery_pct: float = 90.0


@dataclass(frozen=True, slots=True)
class Combustion:
    """What the engine does at a moment. `lambda_ratio` is 1.99 while fuel is cut; then no fuel flows."""

    rpm: float
    gear: int
    map_kpa: float
    intake_c: float
    air_gs: float
    lambda_ratio: float
    fuel_gs: float
    coolant_c: float
    run_s: float
    tank_l: float
    throttle_pct: float = 11.0
    load_pct: float = 0.0
    is_fan_on: bool = False


@dataclass(frozen=True, slots=True)
class Electric:
    """What the traction battery does at a moment; current and power into the battery are positive."""

    voltage_v: float
    current_a: float
    soc_pct: float
    is_charging: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """The truth of one second: nothing here is measured."""

    at: datetime
    east_m: float
    north_m: float
    altitude_m: float
    heading_deg: float
    speed_ms: float
    accel_ms2: float
    odometer_km: float
    is_on: bool
    battery_v: float
    ambient_c: float = 16.0
    lateral_ms2: float = 0.0
    combustion: Combustion | None = None
    electric: Electric | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened on a drive, for scoring what the product makes of its rows.

    `energy_kwh` left the traction battery (braking gives back); `moments` are its seconds.
    """

    distance_m: float
    fuel_l: float
    energy_kwh: float
    idle_s: int
    moving_s: int
    started_at: datetime | None
    ended_at: datetime | None
    moments: tuple[Moment, ...]

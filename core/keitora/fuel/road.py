"""Fuel from how the truck moves, for a truck whose engine says nothing. Pure.

Force at the wheels (rolling, climb, air, acceleration) times speed is power; a Willans line turns power into fuel: the
engine burns in proportion to what it gives and what it needs to turn itself (Guzzella and Onder, Introduction to
Modeling and Control of Internal Combustion Engine Systems, ch. 2: indicated efficiency and friction mean pressure). One
factor learnt from fill-ups takes up by how much mass, tyres and engine differ from the numbers here.
"""

from dataclasses import dataclass
from typing import Final

from keitora.books.truck import Truck

GRAVITY_MS2: Final = 9.80665
AIR_KGM3: Final = 1.2
ROLLING_RATIO: Final = 0.013
DRAG_AREA_M2: Final = 1.0
"""A kei truck's front, 1.48 m × about 1.6 m above the road, at a drag coefficient of 0.45."""
DRIVE_EFFICIENCY: Final = 0.88
INERTIA_RATIO: Final = 1.06
"""Wheels and engine have to be turned faster too."""
KERB_KG: Final = 720.0
"""A petrol kei truck whose weight is not known: those that are known weigh 580 to 830 kg."""
LADEN_KG: Final = 140.0
"""A driver, tools and a part load: trucks leave full and come home empty."""
DISPLACEMENT_CC: Final = 658.0
INDICATED_EFFICIENCY: Final = 0.31
FRICTION_KPA: Final = 200.0
"""Mean pressure a small engine needs to turn itself (kPa)."""
AUXILIARY_W: Final = 350.0
PETROL_JG: Final = 43_000.0
"""Lower heating value of petrol (J/g): 32 MJ/L at 745 g/L."""
IDLE_RPM: Final = 850.0
_CUT_ABOVE_RPM: Final = 1300.0
_LOW_GEARS_RPM: Final = 2200.0
_RPM_PER_KMH: Final = 60.0
"""In top gear; 3,600 rpm at 60 km/h."""
_CARBURETTOR_OVERRUN: Final = 0.6
"""The idle circuit goes on feeding on the overrun, at a lower manifold pressure than at idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How the truck went over a short time: speeds at both ends (m/s), metres climbed, and how long it took (s)."""

    from_ms: float
    to_ms: float
    climb_m: float
    lasted_s: float


def wheel_power_w(motion: Motion, mass_kg: float) -> float:
    """Return the mean power at the wheels (W); negative where the truck is held back."""
    mean_ms = (motion.from_ms + motion.to_ms) / 2
    resistance_n = mass_kg * GRAVITY_MS2 * ROLLING_RATIO + 0.5 * AIR_KGM3 * DRAG_AREA_M2 * mean_ms**2
    climbing_j = mass_kg * GRAVITY_MS2 * motion.climb_m
    speeding_j = INERTIA_RATIO * mass_kg * (motion.to_ms**2 - motion.from_ms**2) / 2
    return resistance_n * mean_ms + (climbing_j + speeding_j) / motion.lasted_s


def likely_rpm(speed_ms: float) -> float:
    """Return the engine speed at a speed, for a driver who shifts up early."""
    speed_kmh = speed_ms * 3.6
    if speed_kmh < 3:
        return IDLE_RPM
    return max(_LOW_GEARS_RPM * min(1.0, 0.6 + speed_kmh / 50), _RPM_PER_KMH * speed_kmh)


def willans_lph(brake_w: float, engine_rpm: float, truck: Truck) -> float:
    """Return the fuel (L/h) for a power at the clutch and an engine speed: (power + friction) by efficiency."""
    swept_m3s = (truck.displacement_cc or DISPLACEMENT_CC) * 1e-6 * engine_rpm / 120
    burnt_w = (brake_w + FRICTION_KPA * 1000 * swept_m3s) / INDICATED_EFFICIENCY
    return burnt_w / PETROL_JG * 3600 / truck.fuel_density_gpl


def idle_lph(truck: Truck, engine_rpm: float = IDLE_RPM) -> float:
    """Return the fuel of an engine that only turns itself, alternator and pumps (L/h)."""
    return willans_lph(AUXILIARY_W, engine_rpm, truck)


def road_load_lph(motion: Motion, truck: Truck, engine_rpm: float | None = None) -> float | None:
    """Return the mean flow of fuel (L/h); None for what does not run on petrol alone.

    `engine_rpm` is used where a tachometer is all the engine tells.
    """
    if truck.energy != "petrol":
        return None
    mean_ms = (motion.from_ms + motion.to_ms) / 2
    rpm = likely_rpm(mean_ms) if engine_rpm is None else engine_rpm
    wheels_w = wheel_power_w(motion, (truck.kerb_kg or KERB_KG) + LADEN_KG)
    brake_w = wheels_w / DRIVE_EFFICIENCY if wheels_w > 0 else wheels_w * DRIVE_EFFICIENCY
    needed_lph = willans_lph(brake_w + AUXILIARY_W, rpm, truck)
    if brake_w >= 0:
        return needed_lph
    if truck.has_fuel_cut is False:
        return max(needed_lph, _CARBURETTOR_OVERRUN * idle_lph(truck, rpm))
    if needed_lph > 0:
        return needed_lph
    return 0.0 if rpm > _CUT_ABOVE_RPM else idle_lph(truck, rpm)

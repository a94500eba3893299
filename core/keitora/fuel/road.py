"""Fuel from how the truck moves, for a truck whose engine says nothing. Pure.

Force at the wheels (rolling, climb, air, acceleration) times speed is power; a Willans line turns power into fuel: the
engine burns in proportion to what it gives and what it needs to turn itself (Guzzella and Onder, Introduction to
Modeling and Control of Internal Combustion Engine Systems, ch. 2: indicated efficiency and friction mean pressure). One
factor learnt from fill-ups takes up by how much mass, tyres and engine differ from the numbers here.
"""

from typing import Final

from keitora.books.truck import Truck
from keitora.fuel.motion import SEEN_WHOLE_S, Motion, halves, unseen_jkg

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
LADEN_KG: Final = 173.0
"""A driver of 75 kg, and 28 % of the payload of 350 kg: what vans carry on average by the rules of WLTP (EU 2017/1151,
annex XXI). Trucks leave full and come home empty."""
DISPLACEMENT_CC: Final = 658.0
INDICATED_EFFICIENCY: Final = 0.31
FRICTION_KPA: Final = 200.0
"""Mean pressure a small engine needs to turn itself (kPa)."""
AUXILIARY_W: Final = 520.0
"""350 W of electricity from an alternator of 67 % (the European Commission's guidelines for eco-innovations)."""
PETROL_JG: Final = 43_000.0
"""Lower heating value of petrol (J/g): 32 MJ/L at 745 g/L."""
IDLE_RPM: Final = 850.0
_CUT_ABOVE_RPM: Final = 1300.0
_LOW_GEARS_RPM: Final = 2200.0
_RPM_PER_KMH: Final = 60.0
"""In top gear; 3,600 rpm at 60 km/h."""
_CARBURETTOR_OVERRUN: Final = 0.6
"""The idle circuit goes on feeding on the overrun, at a lower manifold pressure than at idle."""
_MAYBE_CARBURETTOR: Final = 0.5
"""Half of the trucks without a plug to ask are old enough for one; nothing says more of a truck not told of."""


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
    return burnt_lph(brake_w + FRICTION_KPA * 1000 * swept_m3s, truck)


def burnt_lph(indicated_w: float, truck: Truck) -> float:
    """Return the fuel (L/h) for a power in the cylinders."""
    return indicated_w / INDICATED_EFFICIENCY / PETROL_JG * 3600 / truck.fuel_density_gpl


def idle_lph(truck: Truck, engine_rpm: float = IDLE_RPM) -> float:
    """Return the fuel of an engine that only turns itself, alternator and pumps (L/h)."""
    return willans_lph(AUXILIARY_W, engine_rpm, truck)


def road_load_lph(motion: Motion, truck: Truck, engine_rpm: float | None = None) -> float | None:
    """Return the mean flow of fuel (L/h); None for what does not run on petrol alone.

    `engine_rpm` is used where a tachometer is all the engine tells.
    """
    if truck.energy != "petrol":
        return None
    mass_kg = (truck.kerb_kg or KERB_KG) + LADEN_KG
    if motion.lasted_s <= SEEN_WHOLE_S:
        return _even_lph(motion, truck, mass_kg, engine_rpm)
    parts = halves(motion)
    even_lph = sum(_even_lph(part, truck, mass_kg, engine_rpm) for part in parts) / len(parts)
    unseen_w = INERTIA_RATIO * mass_kg * unseen_jkg(parts) / motion.lasted_s
    return even_lph + burnt_lph(unseen_w / DRIVE_EFFICIENCY, truck)


def _even_lph(motion: Motion, truck: Truck, mass_kg: float, engine_rpm: float | None) -> float:
    """Return the flow where speed changes evenly from the one end to the other."""
    rpm = likely_rpm((motion.from_ms + motion.to_ms) / 2) if engine_rpm is None else engine_rpm
    wheels_w = wheel_power_w(motion, mass_kg)
    brake_w = wheels_w / DRIVE_EFFICIENCY if wheels_w > 0 else wheels_w * DRIVE_EFFICIENCY
    needed_lph = willans_lph(brake_w + AUXILIARY_W, rpm, truck)
    if brake_w >= 0:
        return needed_lph
    fed_lph = _fed_share(truck, engine_rpm) * _CARBURETTOR_OVERRUN * idle_lph(truck, rpm)
    if needed_lph > 0:
        return max(needed_lph, fed_lph)
    return fed_lph if rpm > _CUT_ABOVE_RPM else max(fed_lph, idle_lph(truck, rpm))


def _fed_share(truck: Truck, engine_rpm: float | None) -> float:
    """Return how likely the engine is fed on the overrun: one that tells its speed is no carburettor's."""
    if truck.has_fuel_cut is None:
        return _MAYBE_CARBURETTOR if engine_rpm is None else 0.0
    return 0.0 if truck.has_fuel_cut else 1.0

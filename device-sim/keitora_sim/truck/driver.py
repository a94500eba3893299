"""How a driver takes a road: as fast as limit, bends and temper allow, in time for the next stop. Pure."""

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from keitora_sim.truck.gearbox import choose_gear, most_force_n
from keitora_sim.truck.model import AIR_KGM3, GRAVITY_MS2, Spec
from keitora_sim.truck.road import Path

_CREEP_MS = 0.6
_STAMP_MS2 = 2.8
_PANIC_MS2 = 5.2  # 0.53 g: all that tyres give on a dry road without locking is about 0.8
_HARDEST_MS2 = 2.2  # what anyone brakes without being surprised


@dataclass(frozen=True, slots=True)
class Step:
    """One second on the road: where it ends (m from the start), and how fast."""

    at_m: float
    speed_ms: float
    accel_ms2: float


@dataclass(frozen=True, slots=True)
class Temper:
    """What a driver does with the pedals (m/s²), and how far from the limit the speed is kept."""

    accel_ms2: float
    brake_ms2: float
    limit_ratio: float
    harsh_per_km: float = 0.0

    @classmethod
    def of(cls, temper: float, rng: Random, *, traffic_ratio: float = 1.0, harsh_per_km: float = 0.0) -> "Temper":
        """Return the temper of a day: 1.0 is calm and ordinary; traffic and rain hold everybody below the limit."""
        return cls(
            accel_ms2=1.05 * temper * rng.uniform(0.92, 1.08),
            brake_ms2=1.05 * temper * rng.uniform(0.92, 1.08),
            limit_ratio=min(1.2, 0.96 * temper * rng.uniform(0.95, 1.05)) * traffic_ratio,
            harsh_per_km=harsh_per_km,
        )


def resistance_n(spec: Spec, speed_ms: float, slope: float) -> float:
    """Return what holds the truck back on a slope (m per m): rolling, climb, air."""
    along = math.atan(slope)
    rolling_n = spec.rolling_ratio * spec.mass_kg * GRAVITY_MS2 * math.cos(along) if speed_ms > 0 else 0.0
    climb_n = spec.mass_kg * GRAVITY_MS2 * math.sin(along)
    return rolling_n + climb_n + 0.5 * AIR_KGM3 * spec.drag_area_m2 * speed_ms**2


def allowed_ms(path: Path, temper: Temper, from_m: float, to_m: float) -> Sequence[float]:
    """Return the speed a driver who stops at `to_m` allows himself at each point of the path."""
    last = bisect_left(path.distance_m, to_m)
    allowed = [limit * temper.limit_ratio for limit in path.limit_ms[: last + 1]]
    allowed[last] = 0.0
    for i in range(last - 1, path.index_at(from_m) - 1, -1):
        span_m = path.distance_m[i + 1] - path.distance_m[i]
        allowed[i] = min(allowed[i], math.sqrt(allowed[i + 1] ** 2 + 2 * temper.brake_ms2 * span_m))
    return allowed


def stretch(spec: Spec, path: Path, temper: Temper, rng: Random, *, from_m: float, to_m: float) -> Iterator[Step]:
    """Yield the seconds from standing at `from_m` to standing at `to_m`."""
    allowed = allowed_ms(path, temper, from_m, to_m)
    at_m, speed_ms, mood = from_m, 0.0, 0.0
    stamps_s = 4 if rng.random() < temper.harsh_per_km else 0  # away from the stop with a full foot
    brakes_s = 0
    while to_m - at_m > 0.5:
        if (
            brakes_s == 0
            and speed_ms > 11
            and temper.harsh_per_km
            and rng.random() < temper.harsh_per_km * speed_ms / 1000
        ):
            brakes_s = 2
        mood = 0.97 * mood + rng.gauss(0, 0.012)  # nobody holds a speed exactly
        ahead_m = min(at_m + max(0.3, speed_ms - temper.brake_ms2 / 2), to_m)
        wanted_ms = max(_CREEP_MS, _allowed_at(path, allowed, ahead_m) * (1 + max(-0.12, min(0.04, mood))))
        willing_ms2 = _STAMP_MS2 if stamps_s else temper.accel_ms2
        gain_ms2 = min(willing_ms2, possible_ms2(spec, speed_ms, path.at(at_m)[3]))
        if brakes_s:
            next_ms = max(0.3, speed_ms - _PANIC_MS2)
        else:
            next_ms = max(0.3, min(wanted_ms, speed_ms + gain_ms2), speed_ms - _HARDEST_MS2)
        stamps_s, brakes_s = max(0, stamps_s - 1), max(0, brakes_s - 1)
        step_m = min((speed_ms + next_ms) / 2, to_m - at_m)
        at_m += step_m
        if to_m - at_m <= 0.5:
            next_ms = 0.0
        yield Step(at_m, next_ms, next_ms - speed_ms)
        speed_ms = next_ms


def _allowed_at(path: Path, allowed: Sequence[float], at_m: float) -> float:
    """Return the allowed speed between points; its square is what changes evenly while braking."""
    i = min(path.index_at(at_m), len(allowed) - 2)
    share = min(1.0, max(0.0, (at_m - path.distance_m[i]) / (path.distance_m[i + 1] - path.distance_m[i])))
    return math.sqrt(allowed[i] ** 2 + share * (allowed[i + 1] ** 2 - allowed[i] ** 2))


def possible_ms2(spec: Spec, speed_ms: float, slope: float) -> float:
    """Return the acceleration the truck can manage."""
    held_n = resistance_n(spec, speed_ms, slope)
    if spec.motor:
        pull_n = min(4000.0, spec.motor.most_kw * 1000 / max(1.0, speed_ms))
    elif spec.engine:
        gear = choose_gear(spec.engine, spec, speed_ms, 1e9, 5)
        pull_n = most_force_n(spec.engine, spec, gear)
    else:
        pull_n = 0.0
    return max(0.15, 0.9 * (pull_n - held_n) / spec.inertia_kg)

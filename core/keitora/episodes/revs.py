"""The engine turned too fast, or hard while it was cold."""

from pydantic import Field

from keitora.books.watch import Heat, Watches
from keitora.episodes.debounce import BETWEEN, CLEAR, HOLDS, judge
from keitora.episodes.model import Ended, Finding, Kind, Limits, Meaning, Moment

COOLANT_HOLD_MS = 60_000
"""Coolant warms slowly, and loggers ask for it rarely."""


class OverRevLimits(Limits):
    """6,500 rpm: published kei truck engines give their rated power at 5,500 to 5,700 rpm; far beyond is only wear.

    Held 3 s, because a missed gear is over in one.
    """

    over_rpm: float = Field(default=6500, ge=1000, le=12_000, description="Opens above (rpm)")
    clear_rpm: float = Field(default=6000, ge=500, le=12_000, description="Closes below (rpm)")
    hold_s: float = Field(default=3, ge=0, le=3600, description="It must hold for so long (s)")
    silence_s: float = Field(default=15, ge=1, le=3600, description="A longer silence is unknown (s)")


class ColdRevLimits(Limits):
    """4,000 rpm below 60 °C: cold oil does not reach the bearings as fast as the pistons move.

    60 °C is well below any thermostat (82 to 88 °C) and is passed after some minutes of gentle driving.
    """

    over_rpm: float = Field(default=4000, ge=1000, le=12_000, description="Opens above (rpm)")
    clear_rpm: float = Field(default=3500, ge=500, le=12_000, description="Closes below (rpm)")
    below_c: float = Field(default=60, ge=0, le=100, description="Coolant colder than (°C)")
    hold_s: float = Field(default=5, ge=0, le=3600, description="It must hold for so long (s)")
    clear_s: float = Field(default=180, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=15, ge=1, le=3600, description="A longer silence is unknown (s)")


OVER_REV = Meaning(
    kind=Kind.OVER_REV,
    severity="warning",
    unit="rpm",
    limits=OverRevLimits,
    name_en="Engine over-revved",
    name_ja="エンジン過回転",
    en="The engine turned faster than it should for several seconds.",
    ja="エンジンが数秒以上、許容回転数を超えて回りました。",
)
COLD_REV = Meaning(
    kind=Kind.COLD_REV,
    severity="note",
    unit="rpm",
    limits=ColdRevLimits,
    name_en="Cold engine revved",
    name_ja="冷間時の高回転",
    en="The engine was driven hard before it was warm, which wears it most.",
    ja="暖機前に高回転で運転しました。エンジンの摩耗が最も進みます。",
)


def step_over_rev(watches: Watches, moment: Moment, engine_rpm: float, limits: OverRevLimits) -> Ended | None:
    """Judge the engine's speed."""
    if engine_rpm > limits.over_rpm:
        verdict = HOLDS
    elif OVER_REV.kind not in watches:
        return None
    else:
        verdict = CLEAR if engine_rpm < limits.clear_rpm else BETWEEN
    return judge(watches, OVER_REV.kind, moment, Finding(engine_rpm, verdict, limits.over_rpm), limits.terms)


def step_cold_rev(
    watches: Watches, heat: Heat, moment: Moment, engine_rpm: float, limits: ColdRevLimits
) -> Ended | None:
    """Judge the engine's speed by the coolant last heard; without a recent one nothing is known."""
    fast = engine_rpm > limits.over_rpm
    if not fast and COLD_REV.kind not in watches:
        return None
    if moment.at_ms - heat.coolant_ms > COOLANT_HOLD_MS:
        return None
    cold = heat.coolant_c < limits.below_c
    eased = engine_rpm < limits.clear_rpm or not cold
    verdict = HOLDS if fast and cold else CLEAR if eased else BETWEEN
    return judge(watches, COLD_REV.kind, moment, Finding(engine_rpm, verdict, limits.over_rpm), limits.terms)

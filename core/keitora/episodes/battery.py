"""The 12 V battery: weak at rest, weak while cranking, and for how many days it will still start the truck."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from statistics import median
from typing import Final

from pydantic import Field

from keitora.books.watch import NEVER_MS, Battery, Watches
from keitora.episodes.debounce import BETWEEN, CLEAR, HOLDS, judge
from keitora.episodes.model import Ended, Finding, Kind, Limits, Meaning, Moment

CHARGING_V: Final = 13.2
"""No 12 V lead battery rests above this: something charges it."""
_SENSED_V: Final = 6.0
"""Below this it is no battery's voltage, but a wire that was cut or a signal that is not there."""
_CRANK_MS: Final = 15_000
_DIP_V: Final = 11.6
"""A reading above this just before the engine ran missed the starter's turn and says nothing."""


class WeakBatteryLimits(Limits):
    """12.0 V after three hours' rest: about a quarter of the charge.

    Rule of thumb for a lead battery at rest and 25 °C: 12.6 V full, 12.4 V three quarters, 12.2 V half, 12.0 V a
    quarter, below 11.8 V empty. Three hours, because right after a drive it reads higher than it is; loggers read up to
    0.2 V low, so half a charge is not yet an alarm.
    """

    outlasts_silence = True
    is_worse_when_lower = True

    below_v: float = Field(default=12.0, ge=10, le=13, description="Opens below (V)")
    clear_v: float = Field(default=12.3, ge=10, le=14, description="Closes from (V)")
    rest_s: float = Field(default=10_800, ge=600, le=172_800, description="Rested for so long (s)")
    hold_s: float = Field(default=600, ge=0, le=86_400, description="It must hold for so long (s)")
    clear_s: float = Field(default=600, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=43_200, ge=1, le=5_184_000, description="A longer silence is unknown (s)")


class WeakCrankingLimits(Limits):
    """9.6 V, the least a battery under load test may fall to, in two starts one after the other.

    A single reading may have caught the first tenth of a second, when every battery dips.
    """

    outlasts_silence = True
    is_worse_when_lower = True

    below_v: float = Field(default=9.6, ge=6, le=12, description="Opens below (V)")
    clear_v: float = Field(default=10.0, ge=6, le=12, description="Closes from (V)")
    hold_s: float = Field(default=0, ge=0, le=86_400, description="It must hold for so long (s)")
    clear_s: float = Field(default=0, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=1_209_600, ge=1, le=5_184_000, description="A longer silence is unknown (s)")


WEAK_BATTERY = Meaning(
    kind=Kind.WEAK_BATTERY,
    severity="warning",
    unit="V",
    limits=WeakBatteryLimits,
    name_en="12 V battery weak",
    name_ja="バッテリー電圧低下",
    en="The rested 12 V battery is nearly empty: charge it, or the truck may not start.",
    ja="駐車中の12Vバッテリーの電圧が低く、充電しないと始動できなくなるおそれがあります。",
)
WEAK_CRANKING = Meaning(
    kind=Kind.WEAK_CRANKING,
    severity="warning",
    unit="V",
    limits=WeakCrankingLimits,
    name_en="12 V battery weak at the start",
    name_ja="始動時の電圧低下",
    en="The starter pulls the 12 V battery down too far: it is worn out, or nearly.",
    ja="始動時に12Vバッテリーの電圧が下がりすぎます。劣化が疑われます。",
)


def rested_v(battery: Battery, moment: Moment, battery_v: float, rest_ms: float) -> float | None:
    """Note whether the battery rests; return its voltage once it has rested for `rest_ms`.

    A logger may sleep while the truck is parked: a silence between two samples at rest counts as rest. Should the
    engine have run unheard, the reading is too high, never too low.
    """
    if moment.engine_on or moment.moving or battery_v >= CHARGING_V:
        battery.resting_since_ms = None
        return None
    if battery.resting_since_ms is None:
        battery.resting_since_ms = moment.at_ms
        return None
    if battery_v < _SENSED_V or moment.at_ms - battery.resting_since_ms < rest_ms:
        return None
    return battery_v


def step_rest(watches: Watches, moment: Moment, rest_v: float, limits: WeakBatteryLimits) -> Ended | None:
    """Judge a rested battery's voltage. While the engine runs nothing is known of it: an open episode stays open."""
    if rest_v < limits.below_v:
        verdict = HOLDS
    elif WEAK_BATTERY.kind not in watches:
        return None
    else:
        verdict = CLEAR if rest_v >= limits.clear_v else BETWEEN
    return judge(watches, WEAK_BATTERY.kind, moment, Finding(rest_v, verdict, limits.below_v), limits.terms)


def crank_v(battery: Battery, moment: Moment, battery_v: float | None) -> float | None:
    """Note the voltage before the engine runs; once it does, return the starter's lowest, if it was seen."""
    at_ms = moment.at_ms
    if moment.engine_on is None:
        return None
    if moment.engine_on:
        turned = battery.is_engine_on is False and at_ms - battery.low_ms <= _CRANK_MS
        low_v = battery.low_v
        battery.is_engine_on, battery.low_v, battery.low_ms = True, None, NEVER_MS
        return low_v if turned else None
    battery.is_engine_on = False
    if battery_v is not None and _SENSED_V <= battery_v < _DIP_V:
        stale = at_ms - battery.low_ms > _CRANK_MS
        if battery.low_v is None or stale or battery_v < battery.low_v:
            battery.low_v, battery.low_ms = battery_v, at_ms
    return None


def step_crank(watches: Watches, moment: Moment, low_v: float, limits: WeakCrankingLimits) -> Ended | None:
    """Judge the lowest voltage of one start."""
    if low_v < limits.below_v:
        verdict = HOLDS
    elif WEAK_CRANKING.kind not in watches:
        return None
    else:
        verdict = CLEAR if low_v >= limits.clear_v else BETWEEN
    return judge(watches, WEAK_CRANKING.kind, moment, Finding(low_v, verdict, limits.below_v), limits.terms)


DEAD_V: Final = 11.8
"""At rest: empty. A starter motor no longer turns the engine over."""
_LEAST_DAYS: Final = 5
_FALLING_SHARE: Final = 2 / 3
_LEAST_FALL_V: Final = 0.004
"""A day: less is the wandering of the sensor and the weather (about 1 mV a degree and battery)."""
_HORIZON_DAYS: Final = 120.0


@dataclass(frozen=True, slots=True)
class RestedDay:
    """The last rested voltage of a local day, and the air's temperature where it was known."""

    local_date: date
    battery_v: float
    ambient_temp_c: float | None = None


@dataclass(frozen=True, slots=True)
class BatteryForecast:
    """What the rested days say. `days_left` is None where the battery is not falling, or too little is known."""

    rest_v: float
    day_count: int
    slope_v_per_day: float | None
    days_left: float | None


def forecast(days: Sequence[RestedDay]) -> BatteryForecast | None:
    """Return for how long the battery will start the truck, from its rested days in order; None without any.

    Theil and Sen's slope (the median over all pairs) is not moved by a single odd night. It counts from five days on,
    and if two pairs of three agree that the voltage falls. The fall steepens with time, so
    a first forecast is rather too late, and the last ones are right.
    """
    if not days:
        return None
    last = days[-1]
    if len(days) < _LEAST_DAYS:
        return BatteryForecast(last.battery_v, len(days), None, 0.0 if last.battery_v <= DEAD_V else None)
    slopes = [
        (later.battery_v - earlier.battery_v) / (later.local_date - earlier.local_date).days
        for earlier, later in combinations(days, 2)
    ]
    slope = median(slopes)
    now_v = median(one.battery_v + slope * (last.local_date - one.local_date).days for one in days[-_LEAST_DAYS:])
    falling = sum(one < 0 for one in slopes) >= _FALLING_SHARE * len(slopes) and slope <= -_LEAST_FALL_V
    days_left = None
    if now_v <= DEAD_V:
        days_left = 0.0
    elif falling and (now_v - DEAD_V) / -slope <= _HORIZON_DAYS:
        days_left = (now_v - DEAD_V) / -slope
    return BatteryForecast(last.battery_v, len(days), slope, days_left)

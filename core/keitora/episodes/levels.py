"""The tank or the traction battery is nearly empty."""

from statistics import median

from pydantic import Field

from keitora.books.watch import Level, Watches
from keitora.episodes.debounce import BETWEEN, CLEAR, HOLDS, judge
from keitora.episodes.model import Ended, Finding, Kind, Limits, Meaning, Moment

_BUCKET_MS = 10_000
_READINGS = 5
_ENOUGH = 3
_STANDING_KMH = 3.0


class LowFuelLimits(Limits):
    """12 %: about four litres of a kei truck's 34 to 40, some 50 km: enough to reach a station that is still open.

    Only readings at standstill count, and of those the median: fuel sloshes, and senders send garbage now and then.
    """

    outlasts_silence = True
    is_worse_when_lower = True

    below_pct: float = Field(default=12, ge=0, le=90, description="Opens below (%)")
    clear_pct: float = Field(default=18, ge=0, le=100, description="Closes from (%)")
    hold_s: float = Field(default=20, ge=0, le=3600, description="It must hold for so long (s)")
    hold_count: int = Field(default=3, ge=1, le=1000, description="… and in so many samples")
    clear_s: float = Field(default=20, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=3600, ge=1, le=864_000, description="A longer silence is unknown (s)")


class LowChargeLimits(Limits):
    """15 %: of a kei EV's 16 to 20 kWh some 15 to 20 km, the way home from most rounds."""

    outlasts_silence = True
    is_worse_when_lower = True

    below_pct: float = Field(default=15, ge=0, le=90, description="Opens below (%)")
    clear_pct: float = Field(default=20, ge=0, le=100, description="Closes from (%)")
    hold_s: float = Field(default=30, ge=0, le=3600, description="It must hold for so long (s)")
    silence_s: float = Field(default=3600, ge=1, le=864_000, description="A longer silence is unknown (s)")


LOW_FUEL = Meaning(
    kind=Kind.LOW_FUEL,
    severity="note",
    unit="%",
    limits=LowFuelLimits,
    name_en="Low fuel",
    name_ja="燃料残量低下",
    en="The tank is nearly empty; it counts only while the truck stands still.",
    ja="燃料が残りわずかです(停車中の値で判定)。",
)
LOW_CHARGE = Meaning(
    kind=Kind.LOW_CHARGE,
    severity="warning",
    unit="%",
    limits=LowChargeLimits,
    name_en="Traction battery nearly empty",
    name_ja="駆動用電池残量低下",
    en="The electric truck's battery is nearly empty: charge it before the next round.",
    ja="電気自動車の駆動用電池が残りわずかです。次の出発前に充電してください。",
)


def step_low_fuel(
    watches: Watches, level: Level, moment: Moment, level_pct: float, limits: LowFuelLimits
) -> Ended | None:
    """Judge the median of the tank's last readings at standstill."""
    if moment.moving or (moment.speed_kmh or 0.0) > _STANDING_KMH:
        return None
    bucket = moment.at_ms // _BUCKET_MS
    readings = level.readings_pct
    if bucket != level.bucket:
        if (bucket - level.bucket) * _BUCKET_MS > limits.terms.silence_ms:
            readings.clear()
        level.bucket = bucket
        readings.append(level_pct)
        del readings[:-_READINGS]
    if len(readings) < _ENOUGH:
        return None
    middle_pct = median(readings)
    return _judge_low(watches, LOW_FUEL.kind, moment, middle_pct, limits)


def step_low_charge(watches: Watches, moment: Moment, soc_pct: float, limits: LowChargeLimits) -> Ended | None:
    """Judge the traction battery's charge."""
    return _judge_low(watches, LOW_CHARGE.kind, moment, soc_pct, limits)


def _judge_low(
    watches: Watches,
    kind: Kind,
    moment: Moment,
    value_pct: float,
    limits: LowFuelLimits | LowChargeLimits,
) -> Ended | None:
    if value_pct < limits.below_pct:
        verdict = HOLDS
    elif kind not in watches:
        return None
    else:
        verdict = CLEAR if value_pct >= limits.clear_pct else BETWEEN
    return judge(watches, kind, moment, Finding(value_pct, verdict, limits.below_pct), limits.terms)

"""The truck moves though it is switched off, or somebody cut its 12 V."""

from pydantic import Field

from keitora.books.watch import Battery, Watches, Watching
from keitora.episodes.debounce import BETWEEN, CLEAR, HOLDS, judge
from keitora.episodes.model import Ended, Finding, Kind, Limits, Meaning, Moment

IGNITION_HOLD_MS = 60_000
"""An ignition that was heard off longer ago may have been switched on since."""


class TowedLimits(Limits):
    """8 km/h for a minute with the ignition off: faster than satellites drift, longer than a push over the yard."""

    over_kmh: float = Field(default=8, ge=2, le=100, description="Opens above (km/h)")
    hold_s: float = Field(default=60, ge=0, le=3600, description="It must hold for so long (s)")
    hold_count: int = Field(default=3, ge=1, le=1000, description="… and in so many samples")
    clear_s: float = Field(default=300, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=180, ge=1, le=3600, description="A longer silence is unknown (s)")


class PowerCutLimits(Limits):
    """3 V: no battery that starts a truck, even while cranking at -20 °C, falls so low; a cut wire reads nearly 0.

    It counts only where a sound voltage was heard before: some loggers send 0 for a signal they do not have.
    """

    is_worse_when_lower = True

    below_v: float = Field(default=3, ge=0, le=9, description="Opens below (V)")
    sound_v: float = Field(default=9, ge=6, le=15, description="Closes from (V), and heard before")
    within_h: float = Field(default=168, ge=1, le=8760, description="Heard before within so many hours")
    hold_s: float = Field(default=60, ge=0, le=3600, description="It must hold for so long (s)")
    silence_s: float = Field(default=3600, ge=1, le=864_000, description="A longer silence is unknown (s)")


TOWED = Meaning(
    kind=Kind.TOWED,
    severity="critical",
    unit="km/h",
    limits=TowedLimits,
    name_en="Moved while switched off",
    name_ja="エンジン停止中の移動",
    en="The truck moves though its ignition is off: it is being towed, carried or pushed away.",
    ja="イグニッションが切れたまま移動しています。けん引・積載・盗難のおそれがあります。",
)
POWER_CUT = Meaning(
    kind=Kind.POWER_CUT,
    severity="critical",
    unit="V",
    limits=PowerCutLimits,
    name_en="12 V cut off",
    name_ja="12V電源断",
    en="The logger lost the truck's 12 V: the battery was taken off, or a wire was cut.",
    ja="車両の12V電源が失われました。バッテリーの取り外しや配線の切断が疑われます。",
)


def step_towed(
    watches: Watches, watching: Watching, moment: Moment, speed_kmh: float, limits: TowedLimits
) -> Ended | None:
    """Judge movement while the ignition, heard lately, is off and nothing says that the engine runs."""
    off = watching.ignition_on is False and moment.at_ms - watching.ignition_ms <= IGNITION_HOLD_MS
    if not off:
        if TOWED.kind not in watches or watching.ignition_on is None:
            return None
        verdict = CLEAR if watching.ignition_on else BETWEEN
    elif moment.engine_on:
        verdict = CLEAR
    elif speed_kmh > limits.over_kmh:
        verdict = HOLDS
    elif TOWED.kind not in watches:
        return None
    else:
        verdict = CLEAR if speed_kmh < 1 else BETWEEN
    return judge(watches, TOWED.kind, moment, Finding(speed_kmh, verdict, limits.over_kmh), limits.terms)


def step_power_cut(
    watches: Watches, battery: Battery, moment: Moment, battery_v: float, limits: PowerCutLimits
) -> Ended | None:
    """Judge the voltage the logger is fed with."""
    if battery_v >= limits.sound_v:
        battery.sound_ms = moment.at_ms
        if POWER_CUT.kind not in watches:
            return None
        verdict = CLEAR
    elif battery_v < limits.below_v:
        if moment.at_ms - battery.sound_ms > limits.within_h * 3_600_000:
            return None
        verdict = HOLDS
    elif POWER_CUT.kind not in watches:
        return None
    else:
        verdict = BETWEEN
    return judge(watches, POWER_CUT.kind, moment, Finding(battery_v, verdict, limits.below_v), limits.terms)

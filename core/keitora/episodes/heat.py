"""The engine runs hot, or is on its way there."""

from pydantic import Field

from keitora.books.watch import Heat, Watches
from keitora.episodes.debounce import BETWEEN, CLEAR, HOLDS, judge
from keitora.episodes.model import Ended, Finding, Kind, Limits, Meaning, Moment

_MINUTE_MS = 60_000


class OverheatingLimits(Limits):
    """112 °C: thermostats open at 82 to 88 °C and fans run at 93 to 105 °C: a healthy engine stays below 108 °C.

    Under a cap of 0.9 bar water boils at about 119 °C: there is time left to stop.
    """

    over_c: float = Field(default=112, ge=80, le=150, description="Opens at (°C)")
    clear_c: float = Field(default=106, ge=60, le=150, description="Closes below (°C)")
    hold_s: float = Field(default=8, ge=0, le=3600, description="It must hold for so long (s)")
    silence_s: float = Field(default=300, ge=1, le=3600, description="A longer silence is unknown (s)")


class HeatingUpLimits(Limits):
    """Above 100 °C and still rising by 3 °C a minute: the fan or the water does not come, minutes before it boils.

    A warm engine in a jam creeps up by less, and the fan stops it before; a cold one rises faster, but below 95 °C.
    """

    over_c: float = Field(default=100, ge=70, le=150, description="Only above (°C)")
    rising_c_per_min: float = Field(default=3, ge=0.5, le=60, description="Opens at a rise of (°C a minute)")
    hold_s: float = Field(default=20, ge=0, le=3600, description="It must hold for so long (s)")
    clear_s: float = Field(default=120, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=120, ge=1, le=3600, description="A longer silence is unknown (s)")


OVERHEATING = Meaning(
    kind=Kind.OVERHEATING,
    severity="critical",
    unit="degC",
    limits=OverheatingLimits,
    name_en="Engine overheating",
    name_ja="オーバーヒート",
    en="The coolant is hotter than a healthy engine gets: stop, let it cool, and look for water.",
    ja="冷却水温が正常な範囲を超えています。停車して冷まし、水漏れを確認してください。",
)
HEATING_UP = Meaning(
    kind=Kind.HEATING_UP,
    severity="warning",
    unit="degC",
    limits=HeatingUpLimits,
    name_en="Engine getting too hot",
    name_ja="水温上昇中",
    en="The coolant is hot and still rising quickly: the fan, the thermostat or the water may be failing.",
    ja="冷却水温が高く、なお急に上がっています。ファン、サーモスタット、水量の異常が疑われます。",
)


def note_coolant(heat: Heat, at_ms: int, coolant_c: float) -> None:
    """Keep the first reading of this minute and of the one before. Minutes are the clock's: the same in every fold."""
    minute = at_ms // _MINUTE_MS
    if minute != heat.minute:
        heat.before_c, heat.before_ms = heat.first_c, heat.first_ms
        heat.minute, heat.first_c, heat.first_ms = minute, coolant_c, at_ms
    heat.coolant_c, heat.coolant_ms = coolant_c, at_ms


def step_overheating(watches: Watches, moment: Moment, coolant_c: float, limits: OverheatingLimits) -> Ended | None:
    """Judge the coolant's temperature."""
    if coolant_c >= limits.over_c:
        verdict = HOLDS
    elif OVERHEATING.kind not in watches:
        return None
    else:
        verdict = CLEAR if coolant_c < limits.clear_c else BETWEEN
    return judge(watches, OVERHEATING.kind, moment, Finding(coolant_c, verdict, limits.over_c), limits.terms)


def step_heating_up(
    watches: Watches, heat: Heat, moment: Moment, coolant_c: float, limits: HeatingUpLimits
) -> Ended | None:
    """Judge the rise of a hot engine's coolant over the last one to two minutes."""
    if coolant_c < limits.over_c and HEATING_UP.kind not in watches:
        return None
    lasted_ms = moment.at_ms - heat.before_ms
    if lasted_ms > 2 * _MINUTE_MS:
        return None  # no reading a minute or two ago to compare with
    rises = (coolant_c - heat.before_c) * _MINUTE_MS >= limits.rising_c_per_min * lasted_ms
    if coolant_c >= limits.over_c and rises:
        verdict = HOLDS
    else:
        verdict = CLEAR if coolant_c < limits.over_c or coolant_c <= heat.before_c else BETWEEN
    return judge(watches, HEATING_UP.kind, moment, Finding(coolant_c, verdict, limits.over_c), limits.terms)

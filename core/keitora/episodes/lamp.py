"""The engine's own warnings: the lamp, and the count of stored trouble codes."""

from pydantic import Field

from keitora.books.watch import Watches
from keitora.episodes.debounce import CLEAR, HOLDS, judge
from keitora.episodes.model import Ended, Finding, Kind, Limits, Meaning, Moment


class LampLimits(Limits):
    """The engine's computer has judged already (SAE J1979 PID 01): two samples only guard against a torn message."""

    outlasts_silence = True

    hold_s: float = Field(default=1, ge=0, le=3600, description="It must hold for so long (s)")
    clear_s: float = Field(default=1, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=7200, ge=1, le=864_000, description="A longer silence is unknown (s)")


WARNING_LAMP = Meaning(
    kind=Kind.WARNING_LAMP,
    severity="warning",
    unit="1",
    limits=LampLimits,
    name_en="Engine warning lamp on",
    name_ja="エンジン警告灯点灯",
    en="The engine's warning lamp is on.",
    ja="エンジン警告灯が点灯しています。",
)
TROUBLE_CODE = Meaning(
    kind=Kind.TROUBLE_CODE,
    severity="warning",
    unit="1",
    limits=LampLimits,
    name_en="Trouble code stored",
    name_ja="故障コード記録",
    en="The engine stored a trouble code, or one more; it closes when the codes are cleared.",
    ja="エンジンが故障コードを記録しました(追加を含む)。消去されると終了します。",
)


def step_lamp(watches: Watches, moment: Moment, mil_on: bool, limits: LampLimits) -> Ended | None:  # noqa: FBT001 -- a signal
    """Judge the lamp."""
    if not mil_on and WARNING_LAMP.kind not in watches:
        return None
    return judge(
        watches, WARNING_LAMP.kind, moment, Finding(float(mil_on), HOLDS if mil_on else CLEAR, 1.0), limits.terms
    )


def step_codes(watches: Watches, moment: Moment, dtc_count: int, limits: LampLimits) -> Ended | None:
    """Judge the count of codes; one more ends the episode and begins the next, for it is news."""
    watch = watches.get(TROUBLE_CODE.kind)
    if watch is None and dtc_count == 0:
        return None
    ended = None
    if watch is not None and watch.noticed_ms is not None and dtc_count > watch.bound_value:
        del watches[TROUBLE_CODE.kind]
        ended = Ended(TROUBLE_CODE.kind, watch, moment.at_ms, "more")
    bound_value = float(dtc_count)
    verdict = HOLDS if dtc_count else CLEAR
    return judge(watches, TROUBLE_CODE.kind, moment, Finding(bound_value, verdict, bound_value), limits.terms) or ended

"""The truck was faster than the law, or its owner, allows."""

from pydantic import Field

from keitora.books.watch import Watches
from keitora.episodes.debounce import BETWEEN, CLEAR, HOLDS, judge
from keitora.episodes.model import Ended, Finding, Kind, Limits, Meaning, Moment


class OverSpeedLimits(Limits):
    """100 km/h: the most a kei vehicle may drive anywhere in Japan (expressways, since 2000-10-01; 60 km/h elsewhere).

    The road is not known, so the default is the limit that holds on every road. Set 60 for a truck that never sees an
    expressway, 40 or 56 (25 or 35 mph) or 88 (55 mph) where a state of the USA confines it to such roads. The margin
    covers a speedometer's and a receiver's error; 20 s cover overtaking and wild fixes.
    """

    limit_kmh: float = Field(default=100, ge=5, le=200, description="The truck's limit (km/h)")
    margin_kmh: float = Field(default=8, ge=0, le=50, description="Opens above the limit by (km/h)")
    hold_s: float = Field(default=20, ge=0, le=3600, description="It must hold for so long (s)")
    clear_s: float = Field(default=60, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=60, ge=1, le=3600, description="A longer silence is unknown (s)")


OVER_SPEED = Meaning(
    kind=Kind.OVER_SPEED,
    severity="note",
    unit="km/h",
    limits=OverSpeedLimits,
    name_en="Too fast",
    name_ja="速度超過",
    en="The truck was faster than its legal or set speed for longer than an overtaking.",
    ja="追い越しより長い時間、法定速度または設定速度を超えて走りました。",
)


def step(watches: Watches, moment: Moment, speed_kmh: float, limits: OverSpeedLimits) -> Ended | None:
    """Judge the truck's speed."""
    if speed_kmh > limits.limit_kmh + limits.margin_kmh:
        verdict = HOLDS
    elif OVER_SPEED.kind not in watches:
        return None
    else:
        verdict = CLEAR if speed_kmh <= limits.limit_kmh else BETWEEN
    return judge(watches, OVER_SPEED.kind, moment, Finding(speed_kmh, verdict, limits.limit_kmh), limits.terms)

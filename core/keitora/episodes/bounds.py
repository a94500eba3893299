"""The truck is where, or on its way when, its owner does not expect it. Off until an owner says what is expected."""

from datetime import UTC, date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from keitora.books.watch import Watches
from keitora.episodes.debounce import BETWEEN, CLEAR, HOLDS, judge
from keitora.episodes.model import Ended, Finding, Kind, Limits, Meaning, Moment
from keitora.geo import distance_m

Weekday = Annotated[int, Field(ge=1, le=7)]


class OutOfAreaLimits(Limits):
    """A circle drawn by the owner; 500 m beyond its edge, so that a road along it does not flap."""

    outlasts_silence = True

    lat: float = Field(default=0, ge=-90, le=90, description="Centre, latitude (degrees)")
    lon: float = Field(default=0, ge=-180, le=180, description="Centre, longitude (degrees)")
    radius_km: float = Field(default=20_100, gt=0, le=20_100, description="Radius (km)")
    margin_km: float = Field(default=0.5, ge=0, le=100, description="Opens beyond the radius by (km)")
    hold_s: float = Field(default=120, ge=0, le=3600, description="It must hold for so long (s)")
    silence_s: float = Field(default=1800, ge=1, le=864_000, description="A longer silence is unknown (s)")


class Shift(BaseModel):
    """Hours in which the truck may be on its way: days 1 (Monday) to 7, local times; `to` 00:00 is midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[Weekday, ...] = (1, 2, 3, 4, 5)
    since: time = time(6)
    until: time = time(19)

    @model_validator(mode="after")
    def _in_order(self) -> "Shift":
        if self.until != time(0) and self.since >= self.until:
            raise ValueError("`since` must be before `until`; a night is two shifts, up to 00:00 and from 00:00")
        return self

    def holds(self, at: datetime) -> bool:
        """Tell whether a local time lies within."""
        return (
            at.isoweekday() in self.days
            and self.since <= at.time()
            and (at.time() < self.until or self.until == time(0))
        )


class OutOfHoursLimits(Limits):
    """Five minutes on the way outside the shifts, so that parking in the evening a little late is none."""

    shifts: tuple[Shift, ...] = Field(default=(), description="Hours the truck may be on its way; none: always")
    holidays: tuple[date, ...] = Field(default=(), description="Local dates without a shift")
    hold_s: float = Field(default=300, ge=0, le=86_400, description="It must hold for so long (s)")
    clear_s: float = Field(default=900, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=600, ge=1, le=864_000, description="A longer silence is unknown (s)")

    def allows(self, at_ms: int, zone: ZoneInfo) -> bool:
        """Tell whether the truck may be on its way at a moment."""
        at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
        if not self.shifts:
            return True
        return at.date() not in self.holidays and any(shift.holds(at.replace(tzinfo=None)) for shift in self.shifts)


OUT_OF_AREA = Meaning(
    kind=Kind.OUT_OF_AREA,
    severity="warning",
    unit="km",
    limits=OutOfAreaLimits,
    name_en="Outside its area",
    name_ja="エリア外走行",
    en="The truck is outside the circle its owner drew for it.",
    ja="設定したエリアの外にいます。",
    is_on=False,
)
OUT_OF_HOURS = Meaning(
    kind=Kind.OUT_OF_HOURS,
    severity="warning",
    unit="km/h",
    limits=OutOfHoursLimits,
    name_en="On its way outside its hours",
    name_ja="時間外走行",
    en="The truck was driven outside the hours its owner set.",
    ja="設定した時間帯の外に走行しました。",
    is_on=False,
)


def step_area(watches: Watches, moment: Moment, limits: OutOfAreaLimits) -> Ended | None:
    """Judge a believed fix; its value is the distance from the centre (km)."""
    if moment.lat is None or moment.lon is None:
        return None
    away_km = distance_m(limits.lat, limits.lon, moment.lat, moment.lon) / 1000
    if away_km > limits.radius_km + limits.margin_km:
        verdict = HOLDS
    elif OUT_OF_AREA.kind not in watches:
        return None
    else:
        verdict = CLEAR if away_km <= limits.radius_km else BETWEEN
    return judge(watches, OUT_OF_AREA.kind, moment, Finding(away_km, verdict, limits.radius_km), limits.terms)


def step_hours(watches: Watches, moment: Moment, limits: OutOfHoursLimits, *, allowed: bool) -> Ended | None:
    """Judge whether the truck may be on its way now. A short halt outside its hours neither ends nor clears it."""
    watch = watches.get(OUT_OF_HOURS.kind)
    if moment.moving and not allowed:
        verdict = HOLDS
    elif watch is None:
        return None
    else:
        # Standing at a red light is no reason to forget what is only suspected.
        verdict = CLEAR if allowed or watch.noticed_ms is not None else HOLDS
    return judge(watches, OUT_OF_HOURS.kind, moment, Finding(moment.speed_kmh or 0.0, verdict, 0.0), limits.terms)

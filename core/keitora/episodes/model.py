"""What an episode is, and what every rule is given."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from keitora.books.sample import Sample
from keitora.books.watch import Watch


class Kind(StrEnum):
    """What an episode is about."""

    OVER_REV = "over_rev"
    COLD_REV = "cold_rev"
    OVERHEATING = "overheating"
    HEATING_UP = "heating_up"
    WEAK_BATTERY = "weak_battery"
    WEAK_CRANKING = "weak_cranking"
    POWER_CUT = "power_cut"
    OVER_SPEED = "over_speed"
    HARSH_ACCELERATION = "harsh_acceleration"
    HARSH_BRAKING = "harsh_braking"
    HARSH_CORNERING = "harsh_cornering"
    LOW_FUEL = "low_fuel"
    LOW_CHARGE = "low_charge"
    WARNING_LAMP = "warning_lamp"
    TROUBLE_CODE = "trouble_code"
    TOWED = "towed"
    OUT_OF_AREA = "out_of_area"
    OUT_OF_HOURS = "out_of_hours"
    SILENT = "silent"
    DRIVERLESS = "driverless"
    FUEL_LOSS = "fuel_loss"
    TANK_MISMATCH = "tank_mismatch"


OF_THE_TRUCK: Final = frozenset(
    {
        *(Kind.OVERHEATING, Kind.HEATING_UP, Kind.WEAK_BATTERY, Kind.WEAK_CRANKING, Kind.POWER_CUT, Kind.LOW_FUEL),
        *(Kind.LOW_CHARGE, Kind.WARNING_LAMP, Kind.TROUBLE_CODE, Kind.SILENT),
    }
)
"""What is the matter with a truck, whoever drives it: the rest tells where somebody was, or how he drove."""

LATE_S: Final = 900
"""An episode whose sample came later than this (s) is told as late: nobody could have acted at once."""

NEWS_S: Final = 7 * 86_400
"""What arrives later than this (s) is history, such as a recording played again: no alarm is raised for it.

A week, because a parked truck may be out of coverage for so long before it counts as silent: until then what is heard
of it, a theft above all, is news to its owner.
"""

Severity = Literal["note", "warning", "critical"]
"""`note`: counted, nobody is called. `warning`: soon. `critical`: now."""

EndedBy = Literal["clear", "silence", "more"]
"""Why it closed: the condition was clear; nothing more was heard; it grew worse, and a new one began."""


class Verdict(StrEnum):
    """What one sample says of a condition: it holds, it is clear, or it lies between the two thresholds."""

    HOLDS = "holds"
    BETWEEN = "between"
    CLEAR = "clear"


class Moment(NamedTuple):
    """One sample, and what is known of the truck at its time. None is unknown.

    `speed_kmh` is the wheels', else the satellites'; `moving` is what the trips go by; `lat` and `lon` are of the last
    fix believed.
    """

    at_ms: int
    sample: Sample
    speed_kmh: float | None
    moving: bool
    engine_on: bool | None
    lat: float | None
    lon: float | None


class Finding(NamedTuple):
    """What a rule found in one sample: a value, what it means, and the threshold it was held against."""

    value: float
    verdict: Verdict
    bound_value: float


class Terms(NamedTuple):
    """How long a condition must hold, and be clear, to count.

    A silence longer than `silence_ms` is neither: what was only suspected is forgotten, and what was open closes with
    the last sample heard, unless it `outlasts_silence` (a tank does not fill up because nobody looks).
    """

    hold_ms: int
    hold_count: int
    clear_ms: int
    silence_ms: int
    outlasts_silence: bool = False
    is_worse_when_lower: bool = False


class Limits(BaseModel):
    """Thresholds of one rule. Each rule's class gives its own defaults and says where they come from."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    outlasts_silence: ClassVar[bool] = False
    is_worse_when_lower: ClassVar[bool] = False

    hold_s: float = Field(default=10, ge=0, le=86_400, description="It must hold for so long (s)")
    hold_count: int = Field(default=2, ge=1, le=1000, description="… and in so many samples")
    clear_s: float = Field(default=60, ge=0, le=86_400, description="It must be clear for so long (s)")
    silence_s: float = Field(default=120, ge=1, le=5_184_000, description="A longer silence is unknown (s)")

    @cached_property
    def terms(self) -> Terms:
        """Return the times as the debounce takes them."""
        return Terms(
            hold_ms=round(self.hold_s * 1000),
            hold_count=self.hold_count,
            clear_ms=round(self.clear_s * 1000),
            silence_ms=round(self.silence_s * 1000),
            outlasts_silence=self.outlasts_silence,
            is_worse_when_lower=self.is_worse_when_lower,
        )


@dataclass(frozen=True, slots=True)
class Ended:
    """An episode that closed: what was watched, when it was over (Unix ms), and why."""

    kind: Kind
    watch: Watch
    closed_ms: int
    ended_by: EndedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a kind of episode is called and what it tells an owner, in English and Japanese; `unit` is of its values.

    Not `is_folded`: it is looked up when somebody asks, never stored; but one that `is_learnt` is
    stored when fill-ups and levels are learnt from. `version` is raised by whoever changes
    what the rule makes of the same samples.
    """

    kind: Kind
    severity: Severity
    unit: str
    limits: type[Limits]
    name_en: str
    name_ja: str
    en: str
    ja: str
    is_on: bool = True
    is_folded: bool = True
    is_learnt: bool = False
    version: int = 1

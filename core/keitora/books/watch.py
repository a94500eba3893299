"""What the rules of episodes remember between two samples.

Everything here is forgotten within minutes of driving or at the next start or stop, but for what is open: two folds
that began at different samples soon remember the same. Averages that fade without end and times counted from an
arbitrary first sample would not allow that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

NEVER_MS: Final = -(10**15)
_HEAT_HOLD_MS: Final = 180_000


@dataclass(slots=True)
class Watch:
    """A condition that is being watched: only suspected until `noticed_ms`, an episode from then on.

    Values are in the unit of the rule. `peak_value` is the worst; sum and count are over the samples that held.
    """

    began_ms: int
    heard_ms: int
    bound_value: float
    first_value: float
    peak_value: float
    sum_value: float
    count: int = 1
    noticed_ms: int | None = None
    clear_since_ms: int | None = None
    clear_value: float | None = None
    lat: float | None = None
    lon: float | None = None


Watches = dict[str, Watch]
"""The conditions being watched, by kind. Empty while all is well, which is what makes watching cheap."""


@dataclass(slots=True)
class Pace:
    """One source's speed about a second ago, the gain (g) that led to it, and how many steps in a row were regular."""

    device_id: int | None = None
    at_ms: int = NEVER_MS
    speed_kmh: float = 0.0
    gain_g: float = 0.0
    step_count: int = 0


@dataclass(slots=True)
class Course:
    """One source's course about a second ago, and the sideways acceleration (g) that led to it."""

    device_id: int | None = None
    at_ms: int = NEVER_MS
    heading_deg: float = 0.0
    side_g: float | None = None


@dataclass(slots=True)
class Jolt:
    """The accelerations of the second that runs: their sums and how many they are."""

    second: int = NEVER_MS
    device_id: int | None = None
    forward_ms2: float = 0.0
    left_ms2: float = 0.0
    count: int = 0


@dataclass(slots=True)
class Heat:
    """The coolant at the first reading of this minute and of the one before."""

    minute: int = NEVER_MS
    first_c: float = 0.0
    first_ms: int = NEVER_MS
    before_c: float = 0.0
    before_ms: int = NEVER_MS
    coolant_c: float = 0.0
    coolant_ms: int = NEVER_MS


@dataclass(slots=True)
class Level:
    """The last few readings of the tank at standstill (%), one for each ten seconds."""

    bucket: int = NEVER_MS
    readings_pct: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Battery:
    """Since when the 12 V battery rests, and the lowest voltage since the starter may have turned."""

    resting_since_ms: int | None = None
    is_engine_on: bool | None = None
    low_v: float | None = None
    low_ms: int = NEVER_MS
    sound_ms: int = NEVER_MS


@dataclass(slots=True)
class Watching:
    """All that the rules remember. `was_driving`: the last sample showed the truck on its way."""

    watches: Watches = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    course: Course = field(default_factory=Course)
    jolt: Jolt = field(default_factory=Jolt)
    heat: Heat = field(default_factory=Heat)
    level: Level = field(default_factory=Level)
    battery: Battery = field(default_factory=Battery)
    ignition_on: bool | None = None
    ignition_ms: int = NEVER_MS
    was_driving: bool = False

    def began(self) -> Iterator[tuple[str, int]]:
        """Yield the kind and the beginning (Unix ms) of each condition that is being watched."""
        return ((kind, watch.began_ms) for kind, watch in self.watches.items())

    def forget(self, lasted_ms: int) -> None:
        """Forget what a silence of so long (ms) has made worthless."""
        self.pace, self.course, self.jolt = Pace(), Course(), Jolt()
        if lasted_ms > _HEAT_HOLD_MS:
            self.heat = Heat()

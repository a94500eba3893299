"""What the fold remembers between two samples.

The state is working memory: `fold` copies it on entry and hands a new one back, nothing else changes it. It is stored
as JSON; numbers survive that exactly (shortest round-trip decimals), so folding on equals folding in one go.
"""

from dataclasses import dataclass, field, fields
from typing import Final

from pydantic import TypeAdapter


@dataclass(slots=True)
class Totals:
    """Sums over an interval. `_m` metres, `_s` seconds, `_l` litres, `_kwh` kilowatt-hours.

    `unsure_s` is time in which no speed was heard: whether the truck moved shows only when it has got somewhere.
    """

    wheel_m: float = 0.0
    wheel_s: float = 0.0
    gnss_m: float = 0.0
    odometer_m: float = 0.0
    moving_s: float = 0.0
    idle_s: float = 0.0
    gap_s: float = 0.0
    unsure_s: float = 0.0
    engine_known_s: float = 0.0
    engine_on_s: float = 0.0
    fuel_known_s: float = 0.0
    fuel_plus_minus_l: float = 0.0
    measured_l: float = 0.0
    maf_l: float = 0.0
    speed_density_l: float = 0.0
    energy_known_s: float = 0.0
    energy_kwh: float = 0.0
    climb_m: float = 0.0
    altitude_count: int = 0
    max_speed_kmh: float = 0.0
    sample_count: int = 0

    def add(self, other: "Totals") -> None:
        """Add another interval's sums; the highest speed is the higher of the two."""
        highest = max(self.max_speed_kmh, other.max_speed_kmh)
        for name in _TOTAL_NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.max_speed_kmh = highest

    @property
    def fuel_l(self) -> float:
        """Return the litres of all methods."""
        return self.measured_l + self.maf_l + self.speed_density_l


_TOTAL_NAMES: Final = tuple(item.name for item in fields(Totals))

ByDay = dict[str, Totals]
"""Sums by the local date (ISO) they belong to. An interval across midnight belongs to the day it ends in."""


def add_by_day(target: ByDay, source: ByDay) -> None:
    """Add each day of `source` to the same day of `target`."""
    for day, totals in source.items():
        target.setdefault(day, Totals()).add(totals)


def sum_of(by_day: ByDay) -> Totals:
    """Return the sums over all days."""
    whole = Totals()
    for totals in by_day.values():
        whole.add(totals)
    return whole


@dataclass(slots=True)
class Held:
    """A signal's last value and when it was sampled (Unix ms)."""

    value: float = 0.0
    at_ms: int = -(10**15)

    def within(self, at_ms: int, age_ms: int) -> float | None:
        """Return the value if it is not older than `age_ms`, else None."""
        return self.value if at_ms - self.at_ms <= age_ms else None


@dataclass(frozen=True, slots=True)
class Fix:
    """A position and when it was taken (Unix ms). Frozen: several parts of the state may hold the same one."""

    lat: float
    lon: float
    at_ms: int
    accuracy_m: float = 0.0


@dataclass(slots=True)
class Positions:
    """The satellite receiver's track: the last fix believed, and a distant one that waits for confirmation."""

    device_id: int | None = None
    last: Fix | None = None
    suspect: Fix | None = None
    suspect_count: int = 0
    path_end: Fix | None = None
    altitude_m: float | None = None


@dataclass(slots=True)
class Engine:
    """The engine's and the traction battery's last values."""

    rpm: Held = field(default_factory=Held)
    fuel_rate: Held = field(default_factory=Held)
    maf: Held = field(default_factory=Held)
    pressure: Held = field(default_factory=Held)
    intake: Held = field(default_factory=Held)
    ratio: Held = field(default_factory=Held)
    lambda_answers: bool = False
    flow_lph: float | None = None
    flow_at_ms: int = 0
    power_kw: float | None = None
    power_at_ms: int = 0
    voltage: Held = field(default_factory=Held)
    current: Held = field(default_factory=Held)


@dataclass(slots=True)
class Leg:
    """A trip, or what may become one: `settled` up to its last movement, `pending` since."""

    started_ms: int
    moved_ms: int
    start_day: str
    start: Fix | None
    end: Fix | None
    confirmed: bool = False
    settled: ByDay = field(default_factory=dict)
    pending: ByDay = field(default_factory=dict)


@dataclass(slots=True)
class State:
    """Everything the fold remembers of a truck. A fresh one knows nothing."""

    last_ms: int | None = None
    day: str = ""
    day_end_ms: int = -(10**15)
    wheel: Held = field(default_factory=Held)
    wheel_fix: Fix | None = None
    odometer: Held = field(default_factory=Held)
    positions: Positions = field(default_factory=Positions)
    engine: Engine = field(default_factory=Engine)
    rest: Fix | None = None
    leg: Leg | None = None
    stood_since_ms: int | None = None
    standing: Totals = field(default_factory=Totals)
    days: dict[str, "Day"] = field(default_factory=dict)
    checkpoint_ms: int = -(10**15)
    checkpoint_due: bool = False


@dataclass(slots=True)
class Day:
    """A local day so far: finished trips' shares, and what was used standing."""

    trip_count: int = 0
    distance_m: float = 0.0
    totals: Totals = field(default_factory=Totals)


_ADAPTER: Final = TypeAdapter(State)


def state_to_json(state: State) -> bytes:
    """Return the state as JSON."""
    return _ADAPTER.dump_json(state)


def state_from_json(text: bytes | str) -> State:
    """Return the state that `state_to_json` wrote."""
    return _ADAPTER.validate_json(text)

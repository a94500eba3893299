"""What the fold remembers between two samples.

The state is working memory: `fold` copies it on entry and hands a new one back, nothing else changes it. It is stored
as JSON; numbers survive that exactly (shortest round-trip decimals), so folding on equals folding in one go.

Nothing in it may add up over the truck's life: two folds that once differed must come to equal states after some hours
of equal samples, so that a sample that is a year late costs hours of folding and not a year's.
"""

from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter

from keitora.books.battery import Battery, Tank
from keitora.books.fix import Fix
from keitora.books.line import Line
from keitora.books.totals import ByDay, Totals
from keitora.books.watch import Watching

LONG_AGO_MS: Final = -(10**15)


@dataclass(slots=True)
class Held:
    """A signal's last value and when it was sampled (Unix ms)."""

    value: float = 0.0
    at_ms: int = LONG_AGO_MS

    def within(self, at_ms: int, age_ms: int) -> float | None:
        """Return the value if it is not older than `age_ms`, else None."""
        return self.value if at_ms - self.at_ms <= age_ms else None

    def forget(self, at_ms: int, age_ms: int) -> None:
        """Forget a value older than `age_ms`."""
        if at_ms - self.at_ms > age_ms:
            self.value, self.at_ms = 0.0, LONG_AGO_MS


@dataclass(slots=True)
class Positions:
    """The satellite receiver's track: the last fix believed, and a distant one that waits for confirmation.

    `blind_m` is how far the wheels have rolled since the last fix; `is_carried`: the last fix could not be reached by
    driving, and several agreed with it.
    """

    device_id: int | None = None
    last: Fix | None = None
    suspect: Fix | None = None
    suspect_count: int = 0
    path_end: Fix | None = None
    altitude_m: float | None = None
    blind_m: float = 0.0
    is_carried: bool = False


@dataclass(slots=True)
class News:
    """What a device last read from the engine; when it last said something new, and anything (Unix ms).

    `stale`: it has repeated itself for too long since. Never changed once made; not frozen, for one is made a sample.
    """

    values: tuple[float | None, ...]
    at_ms: int
    heard_ms: int
    stale: bool = False


@dataclass(slots=True)
class Engine:
    """The engine's and the traction battery's last values."""

    rpm: Held = field(default_factory=Held)
    fuel_rate: Held = field(default_factory=Held)
    maf: Held = field(default_factory=Held)
    pressure: Held = field(default_factory=Held)
    intake: Held = field(default_factory=Held)
    ratio: Held = field(default_factory=Held)
    load: Held = field(default_factory=Held)
    baro: Held = field(default_factory=Held)
    throttle: Held = field(default_factory=Held)
    idle_throttle: Held = field(default_factory=Held)
    fuel_system: Held = field(default_factory=Held)
    ignition: Held = field(default_factory=Held)
    starter_battery: Held = field(default_factory=Held)
    lambda_answers: bool = False
    flow_lph: float | None = None
    flow_at_ms: int = 0
    power_kw: float | None = None
    power_at_ms: int = 0
    voltage: Held = field(default_factory=Held)
    current: Held = field(default_factory=Held)


@dataclass(slots=True)
class Road:
    """How the truck last moved, for the fuel of an engine that says nothing.

    `altitude_m` is smoothed; `moved_ms`: when it last moved; `fix`: where the satellites last saw it.
    """

    at_ms: int = LONG_AGO_MS
    speed_ms: float = 0.0
    altitude_m: float | None = None
    moved_ms: int = LONG_AGO_MS
    fix: Fix | None = None


@dataclass(slots=True)
class Wheels:
    """The wheels' last speed, and what speaks for or against it.

    `changed_ms`: when a reading of the dongle last changed; one that has hung itself up repeats it for hours.
    `alive_ms`: the same, or when the dongle was heard for the first time in a while.
    `anchor`: where the satellites saw the truck when the wheels came to stand; `far_count`: fixes since that are far.
    `doubted`: the satellites drove on; the wheels' standstill is not believed until it changes.
    """

    speed: Held = field(default_factory=Held)
    fix: Fix | None = None
    alive_ms: int = LONG_AGO_MS
    changed_ms: int = LONG_AGO_MS
    anchor: Fix | None = None
    far_count: int = 0
    doubted: bool = False
    path_waiting_m: float = 0.0
    path_counted_m: float = 0.0


@dataclass(slots=True)
class Leg:
    """A trip, or what may become one: `settled` up to its last movement, `pending` since.

    `claimed_ms`: when the wheels last told a speed that has not changed for long: movement if it changes again.
    `resumed_ms`: when data came back after a silence that began in mid-drive. `wheels_changed`: their dongle has told
    something new since the start, so that it is no mere repetition. `soc_from_pct`: the traction battery's state of
    charge at its start.
    """

    started_ms: int
    moved_ms: int
    start_day: str
    start: Fix | None
    end: Fix | None
    confirmed: bool = False
    claimed_ms: int | None = None
    resumed_ms: int | None = None
    wheels_changed: bool = False
    soc_from_pct: float | None = None
    settled: ByDay = field(default_factory=dict)
    pending: ByDay = field(default_factory=dict)


@dataclass(slots=True)
class Idling:
    """The engine running while the truck stands: since when, until when so far, where, and what it used."""

    started_ms: int
    lasts_ms: int
    place: Fix | None
    fuel_l: float = 0.0
    fuel_plus_minus_l: float = 0.0
    fuel_known_s: float = 0.0


@dataclass(slots=True)
class Day:
    """A local day so far: finished trips' shares, and what was used standing.

    `is_unmeasured`: a trip of that day has no known distance. `odometer_km`: the car's own, as last told on that day.
    """

    trip_count: int = 0
    distance_m: float = 0.0
    is_unmeasured: bool = False
    totals: Totals = field(default_factory=Totals)
    odometer_km: float | None = None
    odometer_ms: int | None = None
    rest_battery_v: float | None = None
    rest_ambient_temp_c: float | None = None


@dataclass(slots=True)
class State:
    """Everything the fold remembers of a truck. A fresh one knows nothing.

    `warmth`: how warm the engine was when it last burnt something, from 0 (as the air) to 1.
    """

    last_ms: int | None = None
    day: str = ""
    day_end_ms: int = LONG_AGO_MS
    wheels: Wheels = field(default_factory=Wheels)
    odometer: Held = field(default_factory=Held)
    positions: Positions = field(default_factory=Positions)
    engine: Engine = field(default_factory=Engine)
    news: dict[int, News] = field(default_factory=dict)
    road: Road = field(default_factory=Road)
    warmth: Held = field(default_factory=Held)
    battery: Battery = field(default_factory=Battery)
    tank: Tank = field(default_factory=Tank)
    rest: Fix | None = None
    leg: Leg | None = None
    idling: Idling | None = None
    stood_since_ms: int | None = None
    standing: Totals = field(default_factory=Totals)
    days: dict[str, Day] = field(default_factory=dict)
    line: Line = field(default_factory=Line)
    slot: int | None = None
    watching: Watching = field(default_factory=Watching)


_ADAPTER: Final = TypeAdapter(State)


def state_to_json(state: State) -> bytes:
    """Return the state as JSON; what a fresh state holds too is left out."""
    return _ADAPTER.dump_json(state, exclude_defaults=True)


def state_from_json(text: bytes | str) -> State:
    """Return the state that `state_to_json` wrote."""
    return _ADAPTER.validate_json(text)

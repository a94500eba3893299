"""What the fold remembers of a traction battery and of a tank, and what it adds up of a battery."""

from dataclasses import dataclass, field

from keitora.books.fix import Fix

NEVER_MS = -(10**15)


@dataclass(slots=True)
class BatterySums:
    """What a stretch of driving drew by the state of charge.

    `soc_used_pct` is the sum of a - b, `soc_moment_pct2` of (a² - b²) / 2 over all steps from a to b: energy by a
    learnt battery is linear in both, so parts of a trip add up to it. `voltage_vs` by `voltage_s` is the mean voltage.
    """

    soc_used_pct: float = 0.0
    soc_moment_pct2: float = 0.0
    soc_count: int = 0
    voltage_vs: float = 0.0
    voltage_s: float = 0.0

    def add(self, other: "BatterySums") -> None:
        """Add another stretch's sums."""
        self.soc_used_pct += other.soc_used_pct
        self.soc_moment_pct2 += other.soc_moment_pct2
        self.soc_count += other.soc_count
        self.voltage_vs += other.voltage_vs
        self.voltage_s += other.voltage_s


@dataclass(slots=True)
class Charge:
    """A charge that goes on: since when, when it was last seen to charge, between which states of charge.

    `measured_kwh` is the integral of the power into the battery over `measured_s`; `power_kw` is its last value.
    """

    started_ms: int
    heard_ms: int
    place: Fix | None
    from_soc_pct: float | None = None
    to_soc_pct: float | None = None
    measured_kwh: float = 0.0
    measured_s: float = 0.0
    voltage_vs: float = 0.0
    voltage_s: float = 0.0
    power_kw: float | None = None
    power_ms: int = NEVER_MS


@dataclass(slots=True)
class Battery:
    """The traction battery: what it last told, and whether it charges.

    `low_pct` is the lowest state of charge since the truck came to stand or the quarter of a day began: what rises
    above it was charged. `closed_ms`: the end of the last charge, until a state of charge is told after it.
    """

    device_id: int | None = None
    soc_pct: float = 0.0
    soc_ms: int = NEVER_MS
    low_pct: float = 0.0
    low_ms: int = NEVER_MS
    said_on: bool | None = None
    said_ms: int = NEVER_MS
    closed_ms: int = NEVER_MS
    charge: Charge | None = None

    def begins_ms(self, last_ms: int | None) -> int | None:
        """Return when the earliest charge may begin that is not told yet; None before the first sample."""
        if self.charge is not None:
            return self.charge.started_ms
        told = [at_ms for at_ms in (self.low_ms, self.soc_ms) if at_ms != NEVER_MS]
        if last_ms is None or not told:
            return last_ms
        return max(self.closed_ms, min(last_ms, *told))


@dataclass(slots=True)
class Tank:
    """The level of the tank while the truck stands: readings ten seconds apart, and those that lie far from them.

    `first_pct` is the level as it was when it had settled. `rolled_ms`: when the truck last rolled: fuel sloshes on.
    """

    rolled_ms: int = NEVER_MS
    bucket: int = NEVER_MS
    started_ms: int | None = None
    ended_ms: int = NEVER_MS
    first_pct: float = 0.0
    count: int = 0
    place: Fix | None = None
    readings_pct: list[float] = field(default_factory=list)
    odd_ms: int = NEVER_MS
    odd_pct: list[float] = field(default_factory=list)

"""What a factor is learnt from, and what is learnt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from keitora.fuel.methods import FuelMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Tank:
    """A full-to-full interval: the litres filled, and the litres estimated in it by method.

    `known_ratio`: for what share of the engine's running time the estimate knows the fuel (0 to 1).
    """

    from_at: datetime
    to_at: datetime
    filled_l: float
    estimated_l: Mapping[FuelMethod, float]
    known_ratio: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What a method's litres are multiplied by, for trips that began in [from_at, to_at); None leaves a side open.

    `uncertainty_ratio`: nine times of ten the true factor lies within so much of this one. `tank_count`: how many tanks
    it was learnt from.
    """

    method: FuelMethod
    from_at: datetime | None
    to_at: datetime | None
    factor: float
    uncertainty_ratio: float
    tank_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """A tank that does not fit its truck: a leak, a theft or a wrong entry (`more`), a missed fill-up (`less`)."""

    from_at: datetime
    to_at: datetime
    method: FuelMethod
    direction: Literal["more", "less"]
    expected_l: float
    filled_l: float


@dataclass(frozen=True, slots=True)
class Learnt:
    """All factors of a truck, by method and time, and the tanks that do not fit them."""

    factors: tuple[Factor, ...]
    jumps: tuple[Jump, ...]

"""A day's plan: what is done, in order."""

from dataclasses import dataclass

from keitora_sim.days.upkeep import Service


@dataclass(frozen=True, slots=True)
class Go:
    """Drive to a place."""

    place: str


@dataclass(frozen=True, slots=True)
class Stay:
    """Stand, with the engine on or off."""

    seconds: int
    is_on: bool = False


@dataclass(frozen=True, slots=True)
class Creep:
    """Work between the rows of the field at this place."""

    rows: int
    row_m: float


@dataclass(frozen=True, slots=True)
class Load:
    """Change what lies on the bed (kg)."""

    load_kg: float


@dataclass(frozen=True, slots=True)
class Driver:
    """Somebody else takes the wheel."""

    name: str
    temper: float
    harsh_per_km: float = 0.0


@dataclass(frozen=True, slots=True)
class Refuel:
    """Fill up at this place."""

    share: float = 0.97


@dataclass(frozen=True, slots=True)
class Serve:
    """The garage does a job on the truck."""

    service: Service


@dataclass(frozen=True, slots=True)
class Charge:
    """Charge here, until full or for so long."""

    power_kw: float
    until_pct: float = 98.0
    most_s: int = 8 * 3600


Action = Go | Stay | Creep | Load | Driver | Refuel | Serve | Charge


@dataclass(frozen=True, slots=True)
class Plan:
    """A day: minutes after local midnight at which it begins, and what is done."""

    begins_min: int
    actions: tuple[Action, ...]

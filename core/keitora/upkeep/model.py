"""Work that comes round, and how far off it is."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, get_args

UpkeepKind = Literal["inspection", "legal_check", "insurance", "oil", "tyres", "battery", "belt", "brakes", "other"]
UPKEEP_KINDS: Final[tuple[UpkeepKind, ...]] = get_args(UpkeepKind)
UpkeepState = Literal["overdue", "soon", "ok", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepDraft:
    """What comes round on a truck, and how often: after months, kilometres or engine hours, whichever is first.

    `due_on` is a date that is given, such as that on an inspection certificate. `counts_from`: from when intervals
    count as long as it was never done.
    """

    vehicle_id: int
    kind: UpkeepKind
    name: str
    every_months: int | None
    every_km: float | None
    every_hours_h: float | None
    due_on: date | None
    counts_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepTask(UpkeepDraft):
    """A task with when it was done last, and what was driven since then (or since `counts_from`).

    `recent_m` and `recent_engine_s` are of the last 90 local days, to foretell when a distance will be reached.
    """

    upkeep_task_id: int
    vehicle_name: str
    done_on: date | None
    next_due_on: date | None
    since_m: float
    since_engine_s: float
    recent_m: float
    recent_engine_s: float


@dataclass(frozen=True, slots=True)
class Due:
    """When a task is due. `due_on`: the first of all reasons; those of distance and hours foretold from recent use.

    None where that reason does not apply, or cannot be foretold.
    """

    state: UpkeepState
    due_on: date | None
    left_days: int | None
    left_km: float | None
    left_hours_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneDraft:
    """That a task was done: when, what it cost, and from when the new certificate holds until when."""

    done_on: date
    next_due_on: date | None
    total_price: Decimal | None
    currency: str
    workshop: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(DoneDraft):
    """The same as it is kept."""

    upkeep_done_id: int
    upkeep_task_id: int
    entered_by: str
    entered_at: datetime

"""The limits of the kei class by year, and the age at which the United States let a truck in. Pure.

Facts with their sources in docs/reference/vehicle-catalogue.md; no legal advice.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Final

IMPORT_AGE_YEARS: Final = 25
"""49 CFR 591.5(i): so many years after the month of manufacture, not the model year."""


@dataclass(frozen=True, slots=True)
class ClassLimit:
    """What a kei vehicle could measure at most from a date on (m, cc). Cargo: 350 kg in the rule of 1998."""

    since: date
    length_m: float
    width_m: float
    height_m: float
    displacement_cc: float


LIMITS: Final = (
    ClassLimit(date(1955, 4, 1), 3.0, 1.3, 2.0, 360),
    ClassLimit(date(1976, 1, 1), 3.2, 1.4, 2.0, 550),
    ClassLimit(date(1990, 1, 1), 3.3, 1.4, 2.0, 660),
    ClassLimit(date(1998, 10, 1), 3.4, 1.48, 2.0, 660),
)


def limit_on(built_on: date) -> ClassLimit | None:
    """Return the limits that held on a date; None before 1955."""
    return next((limit for limit in reversed(LIMITS) if limit.since <= built_on), None)


def is_over_class(displacement_cc: float, built_on: date) -> bool:
    """Tell whether an engine is larger than its class allowed: a typing error, another car, or a rebuilt truck."""
    limit = limit_on(built_on)
    return limit is not None and displacement_cc > limit.displacement_cc


def import_eligible_on(built_year: int, built_month: int) -> date:
    """Return the day from which a truck may be imported into the United States under the 25-year rule.

    Where only the month is known, its last day counts.
    """
    year = built_year + IMPORT_AGE_YEARS
    return date(year, built_month, monthrange(year, built_month)[1])

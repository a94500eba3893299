"""Which of several distances is the best. Pure."""

from enum import StrEnum
from typing import Final

from keitora.books.totals import Totals

ODOMETER_MINIMUM_M: Final = 5_000.0
"""Many odometers count whole kilometres or hundred metres: on short trips the step is a larger error than any other."""
ODOMETER_FINE_MINIMUM_M: Final = 200.0
"""The same for an odometer that counts finer than hundred metres."""
AGREEMENT: Final = 0.10
COVERED: Final = 0.80


class DistanceSource(StrEnum):
    """Where a distance comes from, best first."""

    ODOMETER = "odometer"
    VEHICLE_SPEED = "vehicle_speed"
    GNSS_PATH = "gnss_path"
    UNKNOWN = "unknown"


def choose_source(whole: Totals, duration_s: float, *, repeated: bool = False) -> tuple[DistanceSource, DistanceSource]:
    """Return the best source of a trip's distance and the one for a second opinion (UNKNOWN where there is none).

    The wheels count where their speed is known for four fifths of the trip, else the satellite path. The odometer
    outranks both only on a trip that is long against its steps, and where another source agrees within a tenth; where
    nothing else was heard, it is the distance. Wheels whose dongle only `repeated` itself come after the satellites.
    """
    order: list[DistanceSource] = []
    if whole.wheel_m > 0 and whole.wheel_s >= COVERED * duration_s and not repeated:
        order.append(DistanceSource.VEHICLE_SPEED)
    if whole.gnss_m > 0:
        order.append(DistanceSource.GNSS_PATH)
    if whole.wheel_m > 0 and DistanceSource.VEHICLE_SPEED not in order:
        order.append(DistanceSource.VEHICLE_SPEED)
    least_m = ODOMETER_FINE_MINIMUM_M if whole.odometer_fine_count > 0 else ODOMETER_MINIMUM_M
    if not order and whole.odometer_m > 0:
        order.append(DistanceSource.ODOMETER)
    elif whole.odometer_m >= least_m:
        agrees = not order or abs(metres(whole, order[0]) - whole.odometer_m) <= AGREEMENT * whole.odometer_m
        order.insert(0 if agrees else len(order), DistanceSource.ODOMETER)
    order += [DistanceSource.UNKNOWN, DistanceSource.UNKNOWN]
    return order[0], order[1]


def metres(totals: Totals, source: DistanceSource) -> float:
    """Return the metres one source counted; 0 for UNKNOWN."""
    if source is DistanceSource.ODOMETER:
        return totals.odometer_m
    if source is DistanceSource.VEHICLE_SPEED:
        return totals.wheel_m
    if source is DistanceSource.GNSS_PATH:
        return totals.gnss_m
    return 0.0

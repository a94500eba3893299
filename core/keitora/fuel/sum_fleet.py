"""From trucks to the whole fleet. Pure."""

from collections.abc import Iterable
from itertools import groupby
from math import sqrt

from keitora.fuel.model import FuelBucket


def sum_fleet(rows: Iterable[FuelBucket]) -> list[FuelBucket]:
    """Add up the trucks of each bucket; `rows` must be in the order of time.

    What one truck does not know is left out of the sums. Errors of different trucks have nothing to do with each
    other, so their ± add up by squares.
    """
    return [_sum(list(trucks)) for _, trucks in groupby(rows, key=lambda row: row.bucket_at)]


def _sum(rows: list[FuelBucket]) -> FuelBucket:
    squares = _known(row.fuel_plus_minus_l and row.fuel_plus_minus_l**2 for row in rows)
    return FuelBucket(
        bucket_at=rows[0].bucket_at,
        bucket_local_date=rows[0].bucket_local_date,
        vehicle_id=None,
        vehicle_name=None,
        trip_count=sum(row.trip_count for row in rows),
        distance_m=_known(row.distance_m for row in rows),
        moving_s=sum(row.moving_s for row in rows),
        idle_s=sum(row.idle_s for row in rows),
        gap_s=sum(row.gap_s for row in rows),
        engine_known_s=sum(row.engine_known_s for row in rows),
        engine_on_s=sum(row.engine_on_s for row in rows),
        max_speed_kmh=max((row.max_speed_kmh for row in rows if row.max_speed_kmh is not None), default=None),
        fuel_l=_known(row.fuel_l for row in rows),
        fuel_plus_minus_l=None if squares is None else sqrt(squares),
        measured_l=sum(row.measured_l for row in rows),
        maf_l=sum(row.maf_l for row in rows),
        speed_density_l=sum(row.speed_density_l for row in rows),
        absolute_load_l=sum(row.absolute_load_l for row in rows),
        road_load_l=sum(row.road_load_l for row in rows),
        fuel_known_s=sum(row.fuel_known_s for row in rows),
        economy_m=_known(row.economy_m for row in rows),
        economy_l=_known(row.economy_l for row in rows),
        energy_kwh=_known(row.energy_kwh for row in rows),
    )


def _known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None

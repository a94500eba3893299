from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from keitora.fuel.model import FuelBucket
from keitora.fuel.sum_fleet import sum_fleet

MONDAY = FuelBucket(
    bucket_at=datetime(2026, 11, 15, 15, tzinfo=UTC),
    bucket_local_date=date(2026, 11, 16),
    vehicle_id=1,
    vehicle_name="A",
    trip_count=2,
    distance_m=1000.0,
    moving_s=100.0,
    idle_s=10.0,
    gap_s=1.0,
    engine_known_s=110.0,
    engine_on_s=110.0,
    max_speed_kmh=50.0,
    fuel_l=1.0,
    fuel_plus_minus_l=0.3,
    measured_l=0.0,
    maf_l=1.0,
    speed_density_l=0.0,
    absolute_load_l=0.0,
    road_load_l=0.0,
    fuel_known_s=110.0,
    economy_m=1000.0,
    economy_l=1.0,
    energy_kwh=None,
)
TUESDAY = replace(MONDAY, bucket_at=datetime(2026, 11, 16, 15, tzinfo=UTC), bucket_local_date=date(2026, 11, 17))
UNKNOWN = replace(
    MONDAY,
    vehicle_id=2,
    fuel_l=None,
    fuel_plus_minus_l=None,
    fuel_known_s=0.0,
    economy_m=None,
    economy_l=None,
    max_speed_kmh=None,
)


def test_nothing_sums_to_nothing() -> None:
    assert sum_fleet([]) == []


def test_buckets_stay_apart_and_in_order() -> None:
    assert [row.bucket_local_date.day for row in sum_fleet([MONDAY, UNKNOWN, TUESDAY])] == [16, 17]


def test_what_is_unknown_is_left_out_of_the_sum() -> None:
    (row,) = sum_fleet([MONDAY, UNKNOWN])

    assert (row.vehicle_id, row.vehicle_name) == (None, None)
    assert (row.distance_m, row.trip_count) == (2000.0, 4)
    assert (row.fuel_l, row.economy_m) == (1.0, 1000.0)
    assert row.fuel_plus_minus_l == pytest.approx(0.3)
    assert row.energy_kwh is None
    assert row.max_speed_kmh == 50.0


def test_only_unknown_stays_unknown() -> None:
    (row,) = sum_fleet([UNKNOWN, replace(UNKNOWN, vehicle_id=3)])

    assert (row.fuel_l, row.fuel_plus_minus_l, row.economy_l, row.max_speed_kmh) == (None, None, None, None)


def test_independent_errors_add_up_by_squares() -> None:
    (row,) = sum_fleet([MONDAY, replace(MONDAY, vehicle_id=2, fuel_plus_minus_l=0.4)])

    assert row.fuel_plus_minus_l == pytest.approx(0.5)

"""Days of drivers are the trips people see: pure, whatever was merged, split, corrected and named."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.days.drivers import days_of_drivers
from keitora.days.model import TripDay
from keitora.overlays.apply import apply
from keitora.trips.model import StoredTrip
from tests.core.overlays.test_apply import T0, TRIPS, entry, trip

TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = T0.astimezone(TOKYO).date()
NAMES = {1: "Ken", 2: "Yui"}


def day_of(one: StoredTrip, on: date, share: float = 1.0) -> TripDay:
    return TripDay(
        one.vehicle_id,
        one.started_at,
        on,
        (one.distance_m or 0) * share,
        one.moving_s * share,
        one.idle_s * share,
        one.engine_known_s * share,
        one.engine_on_s * share,
        (one.fuel_l or 0) * share,
        None,
    )


def days_of(trips: list[StoredTrip]) -> dict[Any, list[TripDay]]:
    return {(one.vehicle_id, one.started_at): [day_of(one, TODAY)] for one in trips}


def named(number: int, at_min: float, driver_id: int) -> Any:
    return entry(number, "describe", at_min, driver_id=driver_id, driver_name=NAMES[driver_id])


def test_a_later_note_without_a_driver_leaves_the_driver_named_before() -> None:
    said = [named(1, 5, 1), entry(2, "describe", 5, note="seedlings")]

    ken, nobody = days_of_drivers(apply(TRIPS, said), days_of(TRIPS), TOKYO)

    assert (ken.driver_name, ken.trip_count, nobody.driver_id, nobody.trip_count) == ("Ken", 1, None, 2)


def test_a_merged_trip_is_one_trip_of_its_driver_with_the_sums_of_both() -> None:
    said = [entry(1, "merge", 5, other_min=25), named(2, 5, 1)]

    ken, _ = days_of_drivers(apply(TRIPS, said), days_of(TRIPS), TOKYO)

    assert (ken.trip_count, ken.distance_m) == (1, 12_000)


def test_the_halves_of_a_split_trip_belong_to_who_drove_each() -> None:
    said = [entry(1, "split", 4), named(2, 2, 1), named(3, 7, 2)]

    ken, yui, _ = days_of_drivers(apply(TRIPS, said), days_of(TRIPS), TOKYO)

    assert ken.distance_m == pytest.approx(2400)
    assert yui.distance_m == pytest.approx(3600)


def test_a_split_of_a_drive_over_midnight_gives_each_half_its_part_of_each_day() -> None:
    whole = trip(0, 10)
    days = {(1, whole.started_at): [day_of(whole, TODAY, 0.7), day_of(whole, TODAY + timedelta(days=1), 0.3)]}
    said = [entry(1, "split", 4), named(2, 2, 1), named(3, 7, 2)]

    ken, yui, yui_next = days_of_drivers(apply([whole], said), days, TOKYO)

    assert ken.distance_m == pytest.approx(2400)
    assert yui.distance_m == pytest.approx(1800)
    assert yui_next.distance_m == pytest.approx(1800)
    assert (yui.trip_count, yui_next.trip_count) == (1, 0)


def test_a_corrected_distance_is_the_drivers_too() -> None:
    said = [named(1, 5, 1), entry(2, "correct", 5, corrected_distance_m=9000.0)]

    ken, _ = days_of_drivers(apply(TRIPS, said), days_of(TRIPS), TOKYO)

    assert ken.distance_m == pytest.approx(9000)


minutes = st.floats(0, 60, allow_nan=False)
words = st.one_of(
    st.tuples(st.just("describe"), minutes, st.sampled_from([1, 2])),
    st.tuples(st.just("split"), minutes, st.none()),
    st.tuples(st.just("merge"), minutes, minutes),
    st.tuples(st.just("correct"), minutes, st.floats(0, 90_000)),
)


@given(st.lists(words, max_size=8), st.floats(0, 1))
def test_days_of_drivers_always_add_up_to_the_trips_people_see(said: list[Any], before_midnight: float) -> None:
    entries = []
    for number, (action, at_min, word) in enumerate(said, 1):
        match action:
            case "describe":
                entries.append(named(number, at_min, word))
            case "merge":
                entries.append(entry(number, "merge", at_min, other_min=word))
            case "correct":
                entries.append(entry(number, "correct", at_min, corrected_distance_m=word))
            case _:
                entries.append(entry(number, "split", at_min))
    days = days_of(TRIPS[:2])
    last = TRIPS[2]
    days[last.vehicle_id, last.started_at] = [
        day_of(last, TODAY, before_midnight),
        day_of(last, TODAY + timedelta(days=1), 1 - before_midnight),
    ]
    seen = apply(TRIPS, entries)

    told = days_of_drivers(seen, days, TOKYO)

    for driver_id in (None, 1, 2):
        own = [one.trip for one in seen.trips if one.driver_id == driver_id]
        of_days = [day for day in told if day.driver_id == driver_id]
        assert sum(day.trip_count for day in of_days) == len(own)
        for name in ("distance_m", "moving_s", "idle_s", "engine_on_s", "fuel_l"):
            assert sum(getattr(day, name) or 0 for day in of_days) == pytest.approx(
                sum(getattr(one, name) or 0 for one in own), abs=0.001
            ), name

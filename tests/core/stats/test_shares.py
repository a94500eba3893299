"""Shares of days are the trips people see: pure, whatever was merged, split, corrected and named."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.overlays.apply import apply
from keitora.stats.model import TripShare
from keitora.stats.shares import DaysOfTrips, shares_of_seen
from keitora.trips.model import StoredTrip
from tests.core.overlays.test_apply import T0, TRIPS, entry, trip

TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = T0.astimezone(TOKYO).date()
TOMORROW = TODAY + timedelta(days=1)
KEN, YUI = 1, 2


def day_of(one: StoredTrip, on: date, share: float = 1.0) -> TripShare:
    return TripShare(
        vehicle_id=one.vehicle_id,
        started_at=one.started_at,
        from_at=one.started_at,
        to_at=one.ended_at,
        local_date=on,
        is_first=on == TODAY,
        driver_id=None,
        purpose=None,
        distance_m=(one.distance_m or 0) * share,
        moving_s=one.moving_s * share,
        idle_s=one.idle_s * share,
        gap_s=0.0,
        engine_known_s=one.engine_known_s * share,
        engine_on_s=one.engine_on_s * share,
        max_speed_kmh=None,
        fuel_l=(one.fuel_l or 0) * share,
        fuel_plus_minus_l=None,
        measured_l=0.0,
        maf_l=0.0,
        speed_density_l=(one.fuel_l or 0) * share,
        absolute_load_l=0.0,
        road_load_l=0.0,
        fuel_known_s=one.engine_on_s * share,
        energy_kwh=None,
        cost=None,
        cost_plus_minus=None,
        idle_cost=None,
        co2_kg=None,
    )


def days_of(trips: list[StoredTrip]) -> dict[Any, list[TripShare]]:
    return {(one.vehicle_id, one.started_at): [day_of(one, TODAY)] for one in trips}


def named(number: int, at_min: float, driver_id: int) -> Any:
    return entry(number, "describe", at_min, driver_id=driver_id, driver_name={KEN: "Ken", YUI: "Yui"}[driver_id])


def told(trips: list[StoredTrip], said: list[Any], days: DaysOfTrips) -> Mapping[Any, list[TripShare]]:
    """Return the shares by day and driver."""
    found: dict[Any, list[TripShare]] = defaultdict(list)
    for share in shares_of_seen(apply(trips, said), days, TOKYO):
        found[share.local_date, share.driver_id].append(share)
    return found


def count(shares: Iterable[TripShare]) -> int:
    return sum(share.is_first for share in shares)


def metres(shares: Iterable[TripShare]) -> float:
    return sum(share.distance_m or 0 for share in shares)


def test_a_later_note_without_a_driver_leaves_the_driver_named_before() -> None:
    shares = told(TRIPS, [named(1, 5, KEN), entry(2, "describe", 5, note="seedlings")], days_of(TRIPS))

    assert (count(shares[TODAY, KEN]), count(shares[TODAY, None])) == (1, 2)


def test_a_merged_trip_is_one_trip_of_its_driver_with_the_sums_of_both() -> None:
    shares = told(TRIPS, [entry(1, "merge", 5, other_min=25), named(2, 5, KEN)], days_of(TRIPS))

    assert (count(shares[TODAY, KEN]), metres(shares[TODAY, KEN])) == (1, 12_000)


def test_the_halves_of_a_split_trip_belong_to_who_drove_each() -> None:
    shares = told(TRIPS, [entry(1, "split", 4), named(2, 2, KEN), named(3, 7, YUI)], days_of(TRIPS))

    assert metres(shares[TODAY, KEN]) == pytest.approx(2400)
    assert metres(shares[TODAY, YUI]) == pytest.approx(3600)


def test_a_split_of_a_drive_over_midnight_gives_each_half_its_part_of_each_day() -> None:
    whole = trip(0, 10)
    days = {(1, whole.started_at): [day_of(whole, TODAY, 0.7), day_of(whole, TOMORROW, 0.3)]}

    shares = told([whole], [entry(1, "split", 4), named(2, 2, KEN), named(3, 7, YUI)], days)

    assert metres(shares[TODAY, KEN]) == pytest.approx(2400)
    assert metres(shares[TODAY, YUI]) == pytest.approx(1800)
    assert metres(shares[TOMORROW, YUI]) == pytest.approx(1800)
    assert (count(shares[TODAY, YUI]), count(shares[TOMORROW, YUI])) == (1, 0)


def test_a_corrected_distance_is_the_drivers_too() -> None:
    said = [named(1, 5, KEN), entry(2, "correct", 5, corrected_distance_m=9000.0)]

    assert metres(told(TRIPS, said, days_of(TRIPS))[TODAY, KEN]) == pytest.approx(9000)


minutes = st.floats(0, 60, allow_nan=False)
words = st.one_of(
    st.tuples(st.just("describe"), minutes, st.sampled_from([KEN, YUI])),
    st.tuples(st.just("split"), minutes, st.none()),
    st.tuples(st.just("merge"), minutes, minutes),
    st.tuples(st.just("correct"), minutes, st.floats(0, 90_000)),
)


@given(st.lists(words, max_size=8), st.floats(0, 1))
def test_shares_always_add_up_to_the_trips_people_see(said: list[Any], before_midnight: float) -> None:
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
        day_of(last, TOMORROW, 1 - before_midnight),
    ]
    seen = apply(TRIPS, entries)

    shares = shares_of_seen(seen, days, TOKYO)

    for driver_id in (None, KEN, YUI):
        own = [one.trip for one in seen.trips if one.driver_id == driver_id]
        of_days = [share for share in shares if share.driver_id == driver_id]
        assert count(of_days) == len(own)
        for name in ("distance_m", "moving_s", "idle_s", "engine_on_s", "fuel_l"):
            assert sum(getattr(share, name) or 0 for share in of_days) == pytest.approx(
                sum(getattr(one, name) or 0 for one in own), abs=0.001
            ), name

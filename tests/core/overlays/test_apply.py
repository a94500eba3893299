"""Trips as people see them: what each entry does, which of two wins, and what always holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.overlays.apply import apply
from keitora.overlays.days import day_changes
from keitora.overlays.model import Entry, SeenTrip, Share
from keitora.trips.model import StoredTrip

T0 = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)  # nine in the morning in Tokyo
MINUTE = timedelta(minutes=1)
TOKYO = ZoneInfo("Asia/Tokyo")


def trip(start_min: float, end_min: float, *, vehicle_id: int = 1, **changes: Any) -> StoredTrip:
    lasted_s = (end_min - start_min) * 60
    values: dict[str, Any] = {
        "vehicle_id": vehicle_id,
        "vehicle_name": "Carry",
        "started_at": T0 + start_min * MINUTE,
        "ended_at": T0 + end_min * MINUTE,
        "start_lat": 36.0,
        "start_lon": 138.0,
        "end_lat": 36.1,
        "end_lon": 138.1,
        "distance_m": lasted_s * 10,
        "distance_source": "vehicle_speed",
        "distance_second_m": None,
        "moving_s": lasted_s,
        "idle_s": 0.0,
        "gap_s": 0.0,
        "max_speed_kmh": 50.0,
        "climb_m": None,
        "engine_known_s": lasted_s,
        "engine_on_s": lasted_s,
        "fuel_l": lasted_s / 1000,
        "fuel_plus_minus_l": 0.01,
        "fuel_calibrated_ratio": 0.0,
        "measured_l": 0.0,
        "maf_l": 0.0,
        "speed_density_l": 0.0,
        "absolute_load_l": 0.0,
        "road_load_l": 0.0,
        "fuel_method": "maf",
        "fuel_known_s": lasted_s,
        "energy_kwh": None,
        "energy_plus_minus_kwh": None,
        "energy_method": None,
        "soc_from_pct": None,
        "soc_to_pct": None,
        "idle_l": 0.0,
        "cost": lasted_s / 10,
        "cost_plus_minus": 1.0,
        "idle_cost": 0.0,
        "co2_kg": None,
        "newest_sample_at": None,
        "trip_end_s": 300,
        "is_latest": False,
    }
    return StoredTrip(**(values | changes))


def entry(number: int, action: Any, at_min: float, *, made_min: float | None = None, **changes: Any) -> Entry:
    values: dict[str, Any] = {
        "entry_id": number,
        "vehicle_id": 1,
        "action": action,
        "anchor_at": T0 + at_min * MINUTE,
        "entered_at": T0 + timedelta(days=1) + (number if made_min is None else made_min) * MINUTE,
        "entered_by": "key 1",
        "driver_name": None,
    }
    if "other_min" in changes:
        changes["other_at"] = T0 + changes.pop("other_min") * MINUTE
    return Entry(**(values | changes))


def edges(seen: list[SeenTrip]) -> list[tuple[float, float]]:
    return [((one.trip.started_at - T0) / MINUTE, (one.trip.ended_at - T0) / MINUTE) for one in seen]


TRIPS = [trip(0, 10), trip(20, 30), trip(40, 60)]


def test_without_entries_trips_are_as_derived() -> None:
    seen = apply(TRIPS, [])

    assert [one.trip for one in seen.trips] == TRIPS
    assert seen.orphans == []


def test_the_newest_word_on_each_matter_counts() -> None:
    said = [
        entry(1, "describe", 5, purpose="work", note="seedlings"),
        entry(2, "describe", 6, purpose="private"),
        entry(3, "describe", 25, driver_id=7, driver_name="Ken"),
    ]

    first, second, _ = apply(TRIPS, said).trips

    assert (first.purpose, first.note, first.entry_ids) == ("private", "seedlings", (1, 2))
    assert (second.driver_name, second.purpose) == ("Ken", None)


def test_merged_trips_are_one_with_the_pause_between_and_the_sums_of_both() -> None:
    one, last = apply(TRIPS, [entry(1, "merge", 5, other_min=25)]).trips

    assert edges([one, last]) == [(0, 30), (40, 60)]
    assert one.part_count == 2
    assert one.trip.distance_m == 12_000
    assert one.trip.fuel_l == pytest.approx(1.2)


def test_merges_of_chains_make_one_trip() -> None:
    said = [entry(1, "merge", 25, other_min=50), entry(2, "merge", 5, other_min=25)]

    assert edges(apply(TRIPS, said).trips) == [(0, 60)]


def test_a_split_cuts_a_trip_and_both_halves_keep_what_was_said_before() -> None:
    said = [entry(1, "describe", 5, purpose="work"), entry(2, "split", 4), entry(3, "describe", 5, purpose="private")]

    first, second, *_ = apply(TRIPS, said).trips

    assert edges([first, second]) == [(0, 4), (4, 10)]
    assert (first.purpose, second.purpose) == ("work", "private")
    assert first.trip.distance_m == pytest.approx(2400)
    assert second.trip.distance_m == pytest.approx(3600)


def test_a_split_is_shared_out_by_what_the_course_says() -> None:
    shares = {(1, T0 + 4 * MINUTE): Share(0.4, 0.9, 0.8, 0.4, 0.7, lat=36.05, lon=138.05)}

    first, second, *_ = apply(TRIPS, [entry(1, "split", 4)], shares).trips

    assert first.trip.distance_m == pytest.approx(5400)
    assert second.trip.fuel_l == pytest.approx(0.18)
    assert (first.trip.end_lat, second.trip.start_lon) == (36.05, 138.05)


def test_a_split_in_the_pause_of_merged_trips_parts_them_again() -> None:
    said = [entry(1, "merge", 5, other_min=50), entry(2, "split", 15)]

    assert edges(apply(TRIPS, said).trips) == [(0, 10), (20, 60)]


def test_a_merge_after_a_split_undoes_it() -> None:
    said = [entry(1, "split", 4), entry(2, "merge", 2, other_min=8)]

    first = apply(TRIPS, said).trips[0]

    assert edges([first]) == [(0, 10)]
    assert first.trip.distance_m == pytest.approx(6000)


def test_a_corrected_distance_says_so_and_goes_on_through_merge_and_split() -> None:
    said = [
        entry(1, "correct", 5, corrected_distance_m=9000.0),
        entry(2, "merge", 5, other_min=25),
        entry(3, "split", 15),
    ]

    alone = apply(TRIPS, said[:1]).trips[0]
    merged = apply(TRIPS, said[:2]).trips[0]
    first, second, _ = apply(TRIPS, said).trips

    assert (alone.trip.distance_m, alone.trip.distance_source, alone.derived_distance_m) == (9000, "entered", 6000)
    assert merged.trip.distance_m == 15_000
    assert (first.trip.distance_m, second.trip.distance_m) == (7500, 7500)


def test_corrected_edges_never_reach_into_a_neighbour() -> None:
    said = [
        entry(1, "correct", 25, corrected_start_at=T0 + 5 * MINUTE, corrected_end_at=T0 + 35 * MINUTE),
        entry(2, "correct", 5, corrected_end_at=T0 + 15 * MINUTE),
    ]

    assert edges(apply(TRIPS, said).trips) == [(0, 15), (15, 35), (40, 60)]


def test_an_entry_whose_trip_is_gone_is_kept_and_listed_until_it_is_back() -> None:
    said = [entry(1, "describe", 25, purpose="work"), entry(2, "merge", 5, other_min=25)]

    without = apply([TRIPS[0], TRIPS[2]], said)
    again = apply(TRIPS, said)

    assert without.orphans == said
    assert edges(without.trips) == [(0, 10), (40, 60)]
    assert again.orphans == []
    assert again.trips[0].purpose == "work"


def test_a_merge_of_what_was_derived_anew_as_one_trip_is_fulfilled() -> None:
    seen = apply([trip(0, 30)], [entry(1, "merge", 5, other_min=25)])

    assert edges(seen.trips) == [(0, 30)]
    assert seen.orphans == []


def test_a_withdrawn_entry_says_nothing() -> None:
    said = replace(entry(1, "merge", 5, other_min=25), withdrawn_at=T0, withdrawn_by="key 1")

    assert [one.trip for one in apply(TRIPS, [said]).trips] == TRIPS


def test_entries_about_another_truck_are_its_own() -> None:
    seen = apply([*TRIPS, trip(0, 10, vehicle_id=2)], [entry(1, "describe", 5, vehicle_id=2, purpose="farm")])

    assert [one.purpose for one in seen.trips] == [None, None, None, "farm"]


def test_a_corrected_distance_goes_to_the_day_the_trip_began_and_trips_are_counted_as_seen() -> None:
    midnight_min = 15 * 60
    trips = [trip(midnight_min - 30, midnight_min - 20), trip(midnight_min - 5, midnight_min + 5)]
    said = [
        entry(1, "merge", midnight_min - 25, other_min=midnight_min),
        entry(2, "correct", midnight_min, corrected_distance_m=13_500.0),
    ]
    seen = apply(trips, said).trips

    [change] = day_changes(trips, seen, TOKYO)

    assert (change.local_date, change.trip_count) == (T0.date(), -1)
    assert change.distance_m == 1500


# --- what always holds -------------------------------------------------------------------------------------------

derived = st.lists(st.tuples(st.integers(1, 20), st.integers(6, 30)), min_size=1, max_size=6)


def trips_of(gaps: list[tuple[int, int]]) -> list[StoredTrip]:
    at = 0
    found = []
    for pause, lasted in gaps:
        found.append(trip(at + pause, at + pause + lasted))
        at += pause + lasted
    return found


words = st.lists(
    st.tuples(
        st.sampled_from(["describe", "merge", "split", "correct"]),
        st.integers(0, 150),
        st.integers(0, 150),
        st.sampled_from(["work", "farm", "private", None]),
        st.integers(0, 3),
    ),
    max_size=8,
)


def entries_of(said: list[tuple[str, int, int, str | None, int]]) -> list[Entry]:
    found = []
    for number, (action, at_min, other_min, purpose, made_min) in enumerate(said, start=1):
        changes: dict[str, Any] = {}
        if action == "merge":
            changes["other_min"] = other_min
        if action == "describe":
            changes["purpose"] = purpose
        if action == "correct":
            changes["corrected_distance_m"] = other_min * 100.0
            changes["corrected_start_at"] = T0 + other_min * MINUTE
        found.append(entry(number, action, at_min, made_min=made_min, **changes))
    return found


@given(gaps=derived, said=words, seed=st.integers())
def test_only_the_time_of_entries_matters_not_the_order_they_are_read_in(
    gaps: list[tuple[int, int]], said: list[tuple[str, int, int, str | None, int]], seed: int
) -> None:
    trips, entries = trips_of(gaps), entries_of(said)
    shuffled = entries.copy()
    Random(seed).shuffle(shuffled)

    assert apply(trips, shuffled) == apply(trips, entries)


@given(gaps=derived, said=words, last=words)
def test_undo_restores_what_was_before(
    gaps: list[tuple[int, int]],
    said: list[tuple[str, int, int, str | None, int]],
    last: list[tuple[str, int, int, str | None, int]],
) -> None:
    trips, entries = trips_of(gaps), entries_of(said)
    more = [
        replace(one, entry_id=one.entry_id + 100, withdrawn_at=T0, withdrawn_by="key 1") for one in entries_of(last)
    ]

    assert apply(trips, [*more, *entries]) == apply(trips, entries)


@given(gaps=derived, said=words)
def test_trips_stay_apart_and_no_fuel_or_derived_metre_is_lost_or_made(
    gaps: list[tuple[int, int]], said: list[tuple[str, int, int, str | None, int]]
) -> None:
    trips, entries = trips_of(gaps), entries_of(said)
    seen = apply(trips, entries)

    times = [time for one in seen.trips for time in (one.trip.started_at, one.trip.ended_at)]
    assert times == sorted(times)
    assert sum(one.trip.fuel_l or 0 for one in seen.trips) == pytest.approx(sum(one.fuel_l or 0 for one in trips))
    assert sum(one.derived_distance_m or 0 for one in seen.trips) == pytest.approx(
        sum(one.distance_m or 0 for one in trips)
    )
    in_effect = {number for one in seen.trips for number in one.entry_ids}
    assert in_effect | {one.entry_id for one in seen.orphans} == {one.entry_id for one in entries}


@given(gaps=derived, said=words)
def test_days_and_trips_add_up_to_the_same(
    gaps: list[tuple[int, int]], said: list[tuple[str, int, int, str | None, int]]
) -> None:
    trips = trips_of(gaps)
    seen = apply(trips, entries_of(said)).trips
    changes = day_changes(trips, seen, TOKYO)

    assert len(trips) + sum(change.trip_count for change in changes) == len(seen)
    days_m = sum(one.distance_m or 0 for one in trips) + sum(change.distance_m for change in changes)
    assert days_m == pytest.approx(sum(one.trip.distance_m or 0 for one in seen))


@given(
    gaps=derived,
    moved=st.lists(st.tuples(st.floats(-0.4, 0.4), st.floats(-0.4, 0.4)), min_size=6, max_size=6),
    which=st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["work", "farm"])), max_size=4),
    joined=st.tuples(st.integers(0, 5), st.integers(0, 5)),
)
def test_entries_find_their_trips_again_when_a_rebuild_moves_the_edges(
    gaps: list[tuple[int, int]],
    moved: list[tuple[float, float]],
    which: list[tuple[int, str]],
    joined: tuple[int, int],
) -> None:
    trips = trips_of(gaps)
    rebuilt = [
        replace(one, started_at=one.started_at + begin * MINUTE, ended_at=one.ended_at + end * MINUTE)
        for one, (begin, end) in zip(trips, moved, strict=False)
    ]

    def middle(number: int) -> float:
        one = trips[number % len(trips)]
        return (one.started_at + (one.ended_at - one.started_at) / 2 - T0) / MINUTE

    entries = [entry(number, "describe", middle(at), purpose=said) for number, (at, said) in enumerate(which, start=1)]
    entries.append(entry(50, "merge", middle(joined[0]), other_min=middle(joined[1])))

    before, after = apply(trips, entries), apply(rebuilt, entries)

    assert [(one.purpose, one.part_count, one.entry_ids) for one in before.trips] == [
        (one.purpose, one.part_count, one.entry_ids) for one in after.trips
    ]
    assert after.orphans == []

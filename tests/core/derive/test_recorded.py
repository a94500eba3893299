"""Real recordings through the fold: as many trips as there were, as long as they were."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from keitora.books.rows import TripRow
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.clock import instant
from keitora.derive.facts import Facts
from keitora.derive.fold import fold
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from tests.core.derive import recorded
from tests.core.trips.test_line import Drawn, believed

pytestmark = pytest.mark.recordings

MINUTE = timedelta(seconds=60)


def facts_of(samples: list[Sample], truck: Truck | None = None, zone: str = "Asia/Tokyo") -> Facts:
    return fold(State(), samples, Rules(truck=truck or Truck(), time_zone=zone))[1]


@cache
def kit(recordings: Path) -> dict[str, list[Sample]]:
    paths = sorted((recordings / "kit_seat_leon").glob("*.csv*"))
    return {path.name: recorded.of_drive(load(path, "kit", Options()).drive) for path in paths}


def test_each_recording_of_one_signal_at_a_time_is_one_trip(recordings: Path) -> None:
    for name, samples in kit(recordings).items():
        [trip] = facts_of(samples).trips
        assert trip.distance_m == pytest.approx(recorded.integrated_m(samples), rel=0.02), name


def test_recordings_that_follow_each_other_within_a_minute_are_one_trip(recordings: Path) -> None:
    samples = sorted(sample for one in kit(recordings).values() for sample in one)

    trips = facts_of(samples).trips

    assert len(trips) == len(kit(recordings)) - 1
    assert [trip.gap_s > 100 for trip in trips] == [True, False, True, False]  # the drop-out, and the seam


def test_each_drive_of_a_satellite_logger_is_one_trip(recordings: Path) -> None:
    [path] = (recordings / "ndsbr").glob("*.csv*")
    samples = recorded.of_drive(load(path, "ndsbr", Options()).drive)
    drives = 1 + sum(b.at_ms - a.at_ms > 3_600_000 for a, b in pairwise(samples))

    assert len(facts_of(samples).trips) == drives


def test_an_electric_cars_trips_are_whole(recordings: Path) -> None:
    expected = recorded.overview_km(recordings / "bmw_i3" / "Overview.xlsx")
    for path in sorted((recordings / "bmw_i3").glob("*.csv*")):
        [trip] = facts_of(recorded.of_bmw(path), Truck(energy="electric")).trips
        assert trip.distance_m == pytest.approx(expected[path.name[:7]] * 1000, rel=0.01)
        assert trip.energy_kwh is not None
        assert trip.distance_m is not None
        assert 0.1 < trip.energy_kwh / trip.distance_m * 1000 < 0.3


@pytest.mark.parametrize(
    ("number", "began", "ended", "distance_m"),
    [(0, "18:12:28", "18:15:28", 1205), (1, "19:22:28", "19:34:09", 4963)],
)
def test_drives_told_once_a_minute_are_found_to_the_minute(
    recordings: Path, number: int, began: str, ended: str, distance_m: float
) -> None:
    path = recordings / "teslafi" / "01_complete" / "TeslaFi62016.csv"

    trips = facts_of(list(recorded.of_teslafi(path, "America/Los_Angeles")), Truck(energy="electric")).trips

    assert len(trips) == 2
    trip = trips[number]
    assert abs(trip.started_at - at(began)) <= MINUTE
    assert abs(trip.ended_at - at(ended)) <= MINUTE
    assert trip.distance_source == "odometer"
    assert trip.distance_m == pytest.approx(distance_m, rel=0.03)


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2016-06-26T{time}").replace(tzinfo=UTC)


def test_a_car_that_stood_all_month_has_no_trips(recordings: Path) -> None:
    for name in ("01_complete/TeslaFi72016.csv", "05_dst/TeslaFi102019.csv"):
        facts = facts_of(list(recorded.of_teslafi(recordings / "teslafi" / name, "Europe/Berlin")))
        assert facts.trips == []
        assert {day.distance_m for day in facts.days} == {0}


def test_the_trips_of_a_phones_day_lie_in_the_segments_another_pipeline_found(recordings: Path) -> None:
    folder = recordings / "phone_gps"
    trips = facts_of(recorded.of_phone(folder / "shankari_2015-aug-27.json.gz"), zone="America/Los_Angeles").trips
    segments = recorded.phone_segments(folder / "shankari_2015-aug-27.ground_truth.json.gz")

    # Walking is no drive: a segment may hold several trips, or none.
    for trip in trips:
        inside = sum((overlap(trip, *one) for one in segments), timedelta(0))
        assert inside >= 0.85 * (trip.ended_at - trip.started_at)
    assert sum(any(overlap(trip, *one) for trip in trips) for one in segments) >= len(segments) - 1


def overlap(trip: TripRow, start: datetime, end: datetime) -> timedelta:
    return max(timedelta(0), min(trip.ended_at, end) - max(trip.started_at, start))


def test_a_clock_that_jumps_eleven_hours_in_mid_drive_adds_neither_time_nor_way(recordings: Path) -> None:
    [path] = (recordings / "mercedes_diesel").glob("*.csv*")
    samples = recorded.of_mercedes(path)

    [trip] = facts_of(samples, Truck(energy="diesel")).trips

    assert trip.distance_m == pytest.approx(recorded.integrated_m(samples), rel=0.01)
    assert trip.ended_at - trip.started_at < timedelta(hours=1)


def test_the_trace_of_real_drives_has_a_tenth_of_the_fixes_and_none_of_them_far_off(recordings: Path) -> None:
    fix_count = point_count = 0
    for path in sorted((recordings / "obd_fusion_montreal").glob("petrol*.csv*")):
        samples = recorded.of_drive(load(path, "obd-fusion", Options()).drive)
        facts = facts_of(samples)
        fixes, drawn = believed(samples), Drawn(facts.trace)
        fix_count += len(fixes)
        point_count += len(facts.trace)
        for trip in facts.trips:
            for fix in fixes[::7]:
                if trip.started_at < instant(fix.at_ms) < trip.ended_at and fix.at_ms <= facts.trace[-1].at_ms:
                    assert drawn.off_m(fix) < 8.02, path.name

    assert fix_count >= 10 * point_count

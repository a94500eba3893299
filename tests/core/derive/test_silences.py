"""Loggers that fall silent: in mid-drive, or because the truck was switched off."""

import pytest

from keitora.books.rows import TripRow
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.derive.fold import fold
from tests.core.derive.drives import Stretch, drive

UNEVEN = [Stretch(10, 36), Stretch(10, 38)] * 15
PARKED = Stretch(400)


def trips_of(*stretches: Stretch, wheels: bool = True, gnss: bool = True, trip_end_s: int = 300) -> list[TripRow]:
    samples = list(drive(stretches, wheels=wheels, gnss=gnss))
    return fold(State(), samples, Rules(trip_end_s=trip_end_s))[1].trips


@pytest.mark.parametrize("unload_s", [310, 600, 890])
@pytest.mark.parametrize("heard", [{"wheels": False}, {"gnss": False}, {}])
def test_a_truck_that_is_switched_off_as_soon_as_it_stands_and_drives_off_as_its_logger_wakes_has_made_two_trips(
    unload_s: int, heard: dict[str, bool]
) -> None:
    """A delivery round with the logger on the ignition: it hears two seconds of standing, and wakes up at a roll."""
    trips = trips_of(Stretch(5), *UNEVEN, Stretch(2), Stretch(unload_s, silent=True), *UNEVEN, PARKED, **heard)

    assert len(trips) == 2
    assert sum(trip.gap_s for trip in trips) == 0


@pytest.mark.parametrize("speed_kmh", [8, 36, 80])
def test_a_logger_that_drops_out_while_the_truck_gets_on_leaves_one_trip_with_a_gap(speed_kmh: int) -> None:
    dropped = Stretch(600, speed_kmh, silent=True)

    [trip] = trips_of(Stretch(5), *UNEVEN, dropped, *UNEVEN, PARKED, wheels=False)

    assert trip.gap_s == pytest.approx(601)


def test_creeping_slower_than_a_walk_in_a_silence_is_a_stop_to_the_satellites() -> None:
    crept = Stretch(600, 2, silent=True)

    assert len(trips_of(Stretch(5), *UNEVEN, crept, *UNEVEN, PARKED, wheels=False)) == 2


def test_pieces_of_a_drive_less_than_a_minute_apart_are_one_trip_however_they_begin_and_end() -> None:
    pieces: list[Sample] = []
    for number in range(4):
        start_ms = (pieces[-1].at_ms if pieces else 1_775_005_200_000) + 59_000
        pieces += drive([Stretch(5), *UNEVEN, Stretch(5)], start_ms=start_ms, metres=number * 3083.3)

    [trip] = fold(State(), pieces, Rules())[1].trips

    assert trip.distance_m == pytest.approx(4 * 3083, rel=0.02)


def test_a_fleet_that_ends_trips_after_an_hour_has_one_trip_over_a_stop_of_half_an_hour() -> None:
    course = (Stretch(5), *UNEVEN, Stretch(1800), *UNEVEN, Stretch(4000))

    assert len(trips_of(*course, trip_end_s=3600)) == 1
    assert len(trips_of(*course)) == 2

"""Litres of a phone that tells where it is and no speed, however often it does."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.fold import fold
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from tests.core.derive.drives import Stretch, drive
from tests.core.derive.recorded import of_drive

README_DRIVE = Path(__file__).parents[3] / "docs/tutorial/orchard-round.gpx"
CARRY = Rules(truck=Truck(displacement_cc=658, kerb_kg=700))
PARKED = Stretch(400, 0)
LEGS = st.lists(st.tuples(st.integers(300, 500), st.integers(15, 80), st.integers(0, 25)), min_size=2, max_size=3)
PAUSES = st.lists(st.integers(1, 45), min_size=1, max_size=20)


def test_the_drive_of_the_readme_tells_its_litres_and_how_sure_they_are() -> None:
    samples = of_drive(load(README_DRIVE, "gpx", Options()).drive)
    [trip] = fold(State(), samples, Rules())[1].trips

    assert {sample.gnss_speed_kmh for sample in samples} == {None}
    assert trip.distance_m == pytest.approx(13_600, abs=50)
    assert trip.fuel_l == pytest.approx(0.92, abs=0.1)
    assert trip.fuel_plus_minus_l == pytest.approx(0.35 * 0.92, abs=0.04)
    assert trip.engine_known_s > 0.9 * trip.moving_s


@settings(max_examples=25)
@given(legs=LEGS, pauses=PAUSES)
def test_positions_alone_tell_about_the_litres_that_speeds_told_every_second_do(
    legs: Sequence[tuple[int, int, int]], pauses: Sequence[int]
) -> None:
    """Steps of 60 m are waited for, so the first one takes in a bit of the time before the trip."""
    stretches = [PARKED, *(part for s, kmh, halt_s in legs for part in (Stretch(s, kmh), Stretch(halt_s))), PARKED]
    every_second = list(drive(stretches, wheels=False))
    [told] = fold(State(), every_second, CARRY)[1].trips
    [trip] = fold(State(), _thinned(every_second, pauses), CARRY)[1].trips

    assert told.fuel_l is not None
    assert trip.fuel_l is not None
    assert trip.fuel_l == pytest.approx(told.fuel_l, rel=0.2)
    assert trip.fuel_plus_minus_l == pytest.approx(0.35 * trip.fuel_l)
    assert trip.engine_known_s > 0.8 * trip.moving_s


def _thinned(samples: Sequence[Sample], pauses: Sequence[int]) -> list[Sample]:
    """Return the positions that come after these pauses (s), over and over again, without their speeds."""
    times = accumulate(pauses[number % len(pauses)] for number in range(len(samples)))
    return [samples[at]._replace(gnss_speed_kmh=None) for at in times if at < len(samples)]

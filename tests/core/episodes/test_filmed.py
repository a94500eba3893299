"""Harsh manoeuvres of a filmed drive: most of the aggressive ones are found, and nothing else.

So that the thresholds are not merely those that fit the drive, it is halved: what is tuned on one half must serve on
the other, both ways.
"""

from collections.abc import Iterable
from pathlib import Path
from statistics import median

import pytest

from keitora.books.rules import Rules
from keitora.books.state import State
from keitora.derive.fold import fold
from tests.core.episodes.crafted import second
from tests.core.episodes.filmed import aggressive_manoeuvres, sampled_each_second

pytestmark = pytest.mark.recordings

Event = tuple[float, float]
FOUND_AT_LEAST = 0.6
LABELLED_FROM_S = 30
"""Nobody labelled the swerves that led to the two lane changes before; after that all is labelled."""
GRID_G = [step / 100 for step in range(10, 41)]


class Filmed:
    """The drive, and what the rules find in a half of it: its events and the calm about them."""

    def __init__(self, folder: Path) -> None:
        self.samples = sampled_each_second(folder)
        self.events = [(one.begin_s, one.end_s) for one in aggressive_manoeuvres(folder / "groundTruth.csv")]

        self.found: dict[float | None, list[tuple[float, float | None]]] = {}

    def found_s(self, sensor_g: float | None) -> list[tuple[float, float | None]]:
        if sensor_g not in self.found:
            self.found[sensor_g] = self._find_s(sensor_g)
        return self.found[sensor_g]

    def _find_s(self, sensor_g: float | None) -> list[tuple[float, float | None]]:
        kinds = ("harsh_acceleration", "harsh_braking", "harsh_cornering")
        set_by_fleet = {} if sensor_g is None else {kind: {"sensor_g": sensor_g} for kind in kinds}
        return [second(row) for row in fold(State(), self.samples, Rules(episodes=set_by_fleet))[1].episodes]

    def serves(self, half: Iterable[int], sensor_g: float | None) -> bool:
        """Most of the half's events found, and nothing in the calm nearest to them."""
        mine, found = set(half), self.found_s(sensor_g)
        hits = sum(any(a <= (end or begin) and begin <= b + 3 for begin, end in found) for a, b in self.of(mine))
        astray = [
            begin
            for begin, _ in found
            if begin > LABELLED_FROM_S
            and self.nearest(begin) in mine
            and not any(a - 2 <= begin <= b + 3 for a, b in self.events)
        ]
        return hits >= FOUND_AT_LEAST * len(mine) and not astray

    def of(self, half: set[int]) -> list[Event]:
        return [self.events[number] for number in sorted(half)]

    def nearest(self, at_s: float) -> int:
        return min(range(len(self.events)), key=lambda number: abs(sum(self.events[number]) / 2 - at_s))


@pytest.fixture(scope="module")
def filmed(recordings: Path) -> Filmed:
    return Filmed(recordings / "harsh_events" / "17")


def halves(filmed: Filmed) -> tuple[range, range]:
    """Every other event, so that each half has lane changes, braking and acceleration."""
    return range(0, len(filmed.events), 2), range(1, len(filmed.events), 2)


def test_most_aggressive_manoeuvres_are_found_and_nothing_else(filmed: Filmed) -> None:
    assert len(filmed.events) == 14
    assert filmed.serves(range(len(filmed.events)), None)


def test_they_are_found_in_each_half_alone(filmed: Filmed) -> None:
    assert [filmed.serves(half, None) for half in halves(filmed)] == [True, True]


def test_a_threshold_tuned_on_one_half_serves_on_the_other(filmed: Filmed) -> None:
    one, other = halves(filmed)
    for learnt, shown in ((one, other), (other, one)):
        serving = [sensor_g for sensor_g in GRID_G if filmed.serves(learnt, sensor_g)]
        assert filmed.serves(shown, median(serving)), serving


def test_the_thresholds_shipped_lie_where_both_halves_would_have_them(filmed: Filmed) -> None:
    for half in halves(filmed):
        serving = [sensor_g for sensor_g in GRID_G if filmed.serves(half, sensor_g)]
        assert min(serving) <= 0.20 <= max(serving)

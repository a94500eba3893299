"""Stays at places: where they begin and end, what joins them, what is none."""

from collections.abc import Sequence
from math import hypot

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.books.rows import TracePoint
from keitora.places.index import PlaceIndex
from keitora.places.model import Place, Stay
from keitora.places.visits import follow, legs_of, may_go_on
from tests.core.places.courses import HERE, START_MS, circle, course, place, point, rectangle


def stays(points: Sequence[TracePoint], *places: Place) -> list[Stay]:
    return follow((), legs_of(points), PlaceIndex(places))


def seconds(at_ms: int | None) -> float | None:
    return None if at_ms is None else (at_ms - START_MS) / 1000


FIELD = place(1, circle(100))
DRIVE_UP = [(0, -500, 0), (40, -100, 0), (50, 0, 0)]  # 10 m/s, over the border at 40 s


def test_a_visit_begins_at_the_border_and_ends_at_the_exit_border() -> None:
    (stay,) = stays(course([*DRIVE_UP, (650, 0, 0), (700, 500, 0), (1000, 3500, 0)]), FIELD)

    assert seconds(stay.entered_ms) == 40
    assert seconds(stay.left_ms) == 663  # 130 m from the middle
    assert stay.is_visit
    assert stay.inside_s == pytest.approx(623)
    assert stay.moving_s == pytest.approx(23)
    assert stay.distance_m == pytest.approx(230, abs=0.5)
    assert stay.engine_on_s == pytest.approx(623)
    assert stay.fuel_l == pytest.approx(623 / 3600)


def test_a_truck_that_is_inside_now_has_not_left() -> None:
    (stay,) = stays(course([*DRIVE_UP, (650, 0, 0)]), FIELD)

    assert stay.left_ms is None
    assert stay.is_visit


def test_a_truck_that_was_inside_from_the_first_has_been_there_since_then() -> None:
    (stay,) = stays(course([(0, 0, 0), (300, 0, 0), (350, 500, 0)]), FIELD)

    assert seconds(stay.entered_ms) == 0
    assert seconds(stay.left_ms) == 313


def test_passing_by_is_no_visit() -> None:
    (stay,) = stays(course([(0, -500, 0), (100, 500, 0), (900, 8500, 0)]), FIELD)

    assert not stay.is_visit
    assert stay.inside_s == pytest.approx(23)


def test_a_road_that_never_comes_within_the_border_is_nothing_even_within_the_exit_border() -> None:
    assert stays(course([(0, -500, 110), (100, 500, 110)]), FIELD) == []


def test_drift_about_the_border_does_not_end_the_visit() -> None:
    wander = [(100 + 60 * number, 95 if number % 2 else 125, 0) for number in range(20)]

    (stay,) = stays(course([*DRIVE_UP, *wander, (1400, 0, 0)]), FIELD)

    assert seconds(stay.entered_ms) == 40
    assert stay.left_ms is None
    assert stay.away_s == 0


def test_a_truck_that_turns_on_the_road_while_it_works_a_field_is_on_one_visit() -> None:
    strips = [
        turn for n in range(10) for turn in ((60 + 120 * n, 60, 0), (100 + 120 * n, 200, 0), (120 + 120 * n, 200, 0))
    ]

    (stay,) = stays(course([*DRIVE_UP, *strips, (1300, 0, 0)]), FIELD)

    assert stay.is_visit
    assert stay.away_s > 0
    assert stay.inside_s + stay.away_s == pytest.approx(1300 - 40)
    assert stay.distance_m < 10 * 300


@pytest.mark.parametrize(("away_s", "count"), [(170, 1), (230, 2)])
def test_how_long_a_truck_may_be_away(away_s: int, count: int) -> None:
    """It is over the exit border 3 s after it leaves the middle's 100 m, and back within the border after that."""
    there = [(650, 0, 0), (680, 300, 0), (650 + away_s, 300, 0), (680 + away_s, 0, 0), (2000, 0, 0)]

    found = stays(course([*DRIVE_UP, *there]), FIELD)

    assert len(found) == count
    assert all(stay.is_visit for stay in found)


def test_both_of_two_overlapping_places_are_visited() -> None:
    barn = place(2, rectangle(-20, -20, 20, 20))

    found = stays(course([*DRIVE_UP, (650, 0, 0), (700, 500, 0)]), FIELD, barn)

    assert [(stay.place_id, seconds(stay.entered_ms), seconds(stay.left_ms)) for stay in found] == [
        (1, 40, 663),
        (2, 48, 655),
    ]


def test_nobody_knows_where_a_border_was_crossed_in_a_long_silence() -> None:
    points = course([*DRIVE_UP, (650, 0, 0)])
    points.append(point(4250, 500, 0, 3600, gap_s=3600, distance_m=500))
    points.append(point(8000, 0, 0, 3750, gap_s=3750, distance_m=500))
    points.append(point(8600, 0, 0, 600))

    first, second = stays(points, FIELD)

    assert (seconds(first.entered_ms), seconds(first.left_ms)) == (40, 650)
    assert first.inside_s == pytest.approx(610)
    assert first.gap_s == 0
    assert (seconds(second.entered_ms), seconds(second.left_ms)) == (8000, None)
    assert second.inside_s == 600


def test_a_night_without_data_in_the_yard_is_a_night_in_the_yard_and_says_so() -> None:
    points = course([*DRIVE_UP, (650, 0, 0)])
    points.append(point(40_000, 20, 0, 39_350, gap_s=39_350, engine_on_s=0, fuel_l=0, fuel_known_s=0))

    (stay,) = stays(points, FIELD)

    assert (stay.left_ms, stay.gap_s) == (None, 39_350)
    assert stay.engine_on_s == pytest.approx(610)


def test_a_truck_that_drove_far_in_a_silence_was_not_in_the_yard_all_the_time() -> None:
    points = course([*DRIVE_UP, (650, 0, 0)])
    points.append(point(10_000, 0, 0, 9350, gap_s=9350, distance_m=12_000))
    points.append(point(11_000, 0, 0, 1000))

    first, second = stays(points, FIELD)

    assert (seconds(first.left_ms), seconds(second.entered_ms)) == (650, 10_000)


def test_a_short_silence_is_bridged_by_the_straight_line() -> None:
    points = course([*DRIVE_UP, (650, 0, 0)])
    points.append(point(750, 1000, 0, 100, gap_s=100, distance_m=1000))

    (stay,) = stays(points, FIELD)

    assert seconds(stay.left_ms) == 663
    assert stay.gap_s == pytest.approx(13)


# --- what always holds -------------------------------------------------------------------------------------------

HOME = place(1, circle(80, 20, -10), away_s=60, dwell_s=60)
PADDOCK = place(2, rectangle(-150, -60, 90, 120), exit_margin_m=15.0, away_s=90, dwell_s=60)
ROUGH = place(3, rectangle(-20, -150, 160, 10), exit_margin_m=0.0, away_s=0, dwell_s=60)
PLACES = [HOME, PADDOCK, ROUGH]

steps = st.lists(
    st.tuples(st.sampled_from([5, 30, 61, 400]), st.integers(-30, 30), st.integers(-30, 30), st.booleans()),
    min_size=2,
    max_size=25,
)


def wandering(moves: list[tuple[int, int, int, bool]]) -> list[TracePoint]:
    at_s = 0
    stops: list[tuple[float, float, float]] = []
    for lasted_s, x, y, stands in moves:
        at_s += lasted_s
        stops.append((at_s, stops[-1][1], stops[-1][2]) if stands and stops else (at_s, x * 10.0, y * 10.0))
    return course(stops)


@given(moves=steps, cuts=st.sets(st.integers(1, 24)), silent=st.integers(0, 24))
def test_carrying_on_from_stored_stays_makes_the_same_rows(
    moves: list[tuple[int, int, int, bool]], cuts: set[int], silent: int
) -> None:
    points = wandering(moves)
    if 0 < silent < len(points):
        one = points[silent]
        lasted_s = (one.at_ms - points[silent - 1].at_ms) / 1000
        points[silent] = point(
            seconds(one.at_ms) or 0, (moves[silent][1]) * 10.0, moves[silent][2] * 10.0, lasted_s, gap_s=lasted_s
        )
    index = PlaceIndex(PLACES)
    whole = follow((), legs_of(points), index)
    kept: dict[tuple[int, int], Stay] = {}
    begun = 0
    for cut in [*sorted(cut for cut in cuts if cut < len(points)), len(points)]:
        part = points[max(0, begun - 1) : cut]
        last_ms = part[0].at_ms
        going = [
            stay
            for stay in kept.values()
            if may_go_on(stay, at_ms=last_ms, away_s=index.borders[stay.place_id].place.away_s)
        ]
        for stay in follow(going, legs_of(part), index):
            kept[stay.place_id, stay.entered_ms] = stay
        begun = cut

    assert [kept[key] for key in sorted(kept)] == whole


def sampled_inside_s(points: list[TracePoint], radius_m: float, exit_m: float, x: float, y: float) -> float:
    """Time inside by looking every 50 ms, entering and leaving as the rules say."""
    inside, total = False, 0
    for leg in legs_of(points):
        start, end = leg.start, leg.end
        lasted = (end.at_ms - start.at_ms) // 50
        (ax, ay), (bx, by) = HERE.xy(start.lat, start.lon), HERE.xy(end.lat, end.lon)
        for tick in range(lasted):
            part = tick / lasted
            away = hypot(ax + part * (bx - ax) - x, ay + part * (by - ay) - y)
            inside = away <= (exit_m if inside else radius_m)
            total += inside
    return total * 0.05


@given(
    moves=st.lists(
        st.tuples(st.just(30), st.integers(-30, 30), st.integers(-30, 30), st.booleans()), min_size=2, max_size=8
    )
)
def test_the_time_inside_is_what_looking_all_the_time_would_tell(moves: list[tuple[int, int, int, bool]]) -> None:
    """A path that grazes a border is decided by a hair: the truth lies between slightly smaller and larger borders."""
    points = wandering(moves)
    total_s = sum(stay.inside_s for stay in stays(points, HOME))

    slack_s = 0.1 * len(moves) * 4
    assert sampled_inside_s(points, 79.5, 109.5, 20, -10) - slack_s <= total_s
    assert total_s <= sampled_inside_s(points, 80.5, 110.5, 20, -10) + slack_s


@given(moves=steps)
def test_stays_at_a_place_follow_each_other_and_hold_no_more_than_their_time(
    moves: list[tuple[int, int, int, bool]],
) -> None:
    points = wandering(moves)
    found = stays(points, *PLACES)

    for place_id in {stay.place_id for stay in found}:
        mine = [stay for stay in found if stay.place_id == place_id]
        edges = [edge for stay in mine for edge in (stay.entered_ms, stay.left_ms or points[-1].at_ms)]
        assert edges == sorted(edges)
        for stay in mine:
            lasted_s = ((stay.left_ms or points[-1].at_ms) - stay.entered_ms) / 1000
            assert stay.inside_s + stay.away_s == pytest.approx(lasted_s, abs=1e-6)
            assert stay.engine_on_s == pytest.approx(stay.inside_s, abs=1e-6)

"""Which part of a line lies within a border, compared with what shapely says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

from keitora.clock import instant
from keitora.places.border import border_of, outline_of, plane_of
from keitora.places.index import PlaceIndex
from keitora.places.model import Circle, Polygon
from keitora.places.suggest import Stood, suggest
from tests.core.places.courses import HERE, circle, place

BENT = Polygon(
    (
        tuple(HERE.lon_lat(x, y) for x, y in [(0, 0), (300, 0), (300, 80), (80, 80), (80, 300), (0, 300), (0, 0)]),
        tuple(HERE.lon_lat(x, y) for x, y in [(20, 20), (60, 20), (60, 60), (20, 60), (20, 20)]),
    )
)
ends = st.tuples(st.integers(-250, 250), st.integers(-250, 250))


@given(a=ends, b=ends, shape=st.sampled_from([BENT, circle(120)]))
def test_the_length_inside_is_what_shapely_says(
    a: tuple[int, int], b: tuple[int, int], shape: Polygon | Circle
) -> None:
    border = border_of(place(1, shape))
    line = LineString([a, b])

    told_m = sum(end - begin for begin, end in border.inner.stretches(a, b)) * line.length

    slack_m = 0.1 if isinstance(shape, Circle) else 1e-6  # shapely's circle has 128 corners
    assert told_m == pytest.approx(line.intersection(outline_of(shape, plane_of(shape))).length, abs=slack_m * 8)


@given(a=ends, b=ends, shape=st.sampled_from([BENT, circle(120)]))
def test_what_is_inside_is_inside_the_exit_border_too(
    a: tuple[int, int], b: tuple[int, int], shape: Polygon | Circle
) -> None:
    border = border_of(place(1, shape))
    outer = border.outer.stretches(a, b)

    for begin, end in border.inner.stretches(a, b):
        assert any(first - 1e-9 <= begin and end <= last + 1e-9 for first, last in outer)


def test_an_hour_in_three_stops_without_a_name_is_worth_one() -> None:
    stops = [
        Stood(
            lat=36.65 + number * 1e-4, lon=138.18, stop_count=1, vehicle_ids=[1], stood_s=1300.0, longest_s=1300.0,
            first_at=instant(number * 86_400_000), last_at=instant(number * 86_400_000),
        )
        for number in range(3)
    ]  # fmt: skip

    [one] = suggest(stops, PlaceIndex([]))

    assert (one.stop_count, one.stood_s) == (3, 3900)
    assert suggest(stops[:2], PlaceIndex([])) == []
    assert suggest(stops, PlaceIndex([place(1, circle(100))])) == []

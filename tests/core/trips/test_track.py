from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keitora.trips.model import TrackPoint
from keitora.trips.track import believable, thin

START = datetime(2026, 11, 22, tzinfo=UTC)


def point(
    second: float, *, device_id: int = 1, lat: float | None = None, accuracy_m: float | None = None
) -> TrackPoint:
    """A truck going north at 36 km/h."""
    north = 36.65 + second * 10 / 111_195 if lat is None else lat
    return TrackPoint(device_id, START + timedelta(seconds=second), north, 138.18, accuracy_m, 36.0, None)


def test_a_clean_track_stays_as_it_is() -> None:
    points = [point(second) for second in range(100)]

    assert believable(points) == points


def test_jumps_vague_fixes_and_a_second_receiver_are_left_out() -> None:
    good = [point(second) for second in (0, 1, 3, 5)]
    bad = [point(1.5, lat=35.0), point(2, accuracy_m=500.0), point(4, device_id=2)]

    assert believable(sorted([*good, *bad], key=lambda p: p.sampled_at)) == good


def test_the_second_receiver_takes_over_when_the_first_falls_silent() -> None:
    points = [point(0), point(1, device_id=2), point(40, device_id=2), point(41, device_id=2)]

    assert believable(points) == [points[0], *points[2:]]


@given(count=st.integers(0, 300), most=st.integers(2, 50))
def test_a_thinned_track_is_short_and_keeps_order_and_ends(count: int, most: int) -> None:
    points = [point(second) for second in range(count)]

    thinned = thin(points, most)

    assert len(thinned) <= most
    assert thinned == [one for one in points if one in thinned]
    assert thinned[:1] == points[:1]
    assert thinned[-1:] == points[-1:]
    assert len(thinned) == count or len(thinned) > most // 2

"""When the truck was too fast."""

from tests.core.episodes.crafted import at, episodes, kinds, second


def test_too_fast_for_longer_than_an_overtaking() -> None:
    [row] = episodes(at(60, speed_kmh=95.0), at(40, speed_kmh=112.0), at(120, speed_kmh=90.0))

    assert row.kind == "over_speed"
    assert second(row) == (61, 101)
    assert (row.bound_value, row.peak_value) == (100, 112.125)


def test_overtaking_and_a_speedometers_error_are_none() -> None:
    assert kinds(at(60, speed_kmh=95.0), at(15, speed_kmh=118.0), at(600, speed_kmh=107.0)) == []


def test_a_trucks_own_limit_counts() -> None:
    course = [at(60, gnss_speed_kmh=50.0), at(60, gnss_speed_kmh=72.0), at(120, gnss_speed_kmh=50.0)]

    assert kinds(*course, over_speed={"limit_kmh": 60}) == ["over_speed"]
    assert kinds(*course) == []
    assert kinds(*course, over_speed={"limit_kmh": 60, "on": False}) == []


def test_the_wheels_know_better_than_a_wild_receiver() -> None:
    assert kinds(at(600, speed_kmh=60.0, gnss_speed_kmh=150.0)) == []

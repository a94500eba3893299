"""A truck that fell silent, and one that only sleeps."""

from datetime import timedelta

from tests.core.episodes.crafted import at, episodes, kinds, silence

DRIVING = at(600, speed_kmh=50.0)
PARKED = at(60, speed_kmh=0.0)


def test_falling_silent_in_mid_drive_is_told_when_it_is_heard_again() -> None:
    [row] = episodes(DRIVING, silence(3600), DRIVING)

    assert (row.kind, row.unit) == ("silent", "h")
    assert row.closed_at is not None
    assert row.noticed_at == row.closed_at == row.opened_at + timedelta(seconds=3601)


def test_a_tunnel_a_valley_and_a_weekend_are_none() -> None:
    assert kinds(DRIVING, silence(1700), DRIVING, PARKED, silence(3 * 86_400), DRIVING) == []


def test_a_week_of_silence_at_rest_is_one_where_a_day_is_set_earlier() -> None:
    assert kinds(PARKED, silence(8 * 86_400), PARKED) == ["silent"]
    assert kinds(PARKED, silence(2 * 86_400), PARKED, silent={"at_rest_h": 24}) == ["silent"]
    assert kinds(PARKED, silence(8 * 86_400), PARKED, silent={"on": False}) == []

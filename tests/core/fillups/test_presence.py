"""Whether the truck was at the pump."""

from datetime import timedelta

import pytest

from keitora.fillups.presence import Presence, Seen, presence
from tests.core.fillups.entries import START

PUMP = (35.0, 139.0)


def seen(minutes: float, north_m: float) -> Seen:
    return Seen(START + timedelta(minutes=minutes), PUMP[0] + north_m / 111_195, PUMP[1])


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ([seen(-3, 40)], "there"),
        ([seen(9, 90)], "there"),
        ([seen(-3, 150), seen(5, 5000)], "elsewhere"),
        ([seen(-3, 5000), seen(11, 10)], "elsewhere"),
        ([seen(-120, 30)], "there"),
        ([seen(-120, 3000)], "elsewhere"),
        ([seen(30, 10)], "unknown"),
        ([], "unknown"),
    ],
    ids=["before", "after", "passed by", "came too late", "parked there", "parked elsewhere", "no data", "none"],
)
def test_presence_is_within_ten_minutes_and_a_hundred_metres(points: list[Seen], found: Presence) -> None:
    assert presence(points, filled_at=START, lat=PUMP[0], lon=PUMP[1]) == found


def test_without_a_place_it_is_not_known() -> None:
    assert presence([seen(0, 0)], filled_at=START, lat=None, lon=None) == "unknown"

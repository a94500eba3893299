"""Outside its area or its hours: only where the owner has said which."""

from zoneinfo import ZoneInfo

import pytest

from keitora.books.rules import Rules
from keitora.books.state import State
from keitora.derive.fold import fold
from keitora.episodes.bounds import OutOfHoursLimits
from keitora.episodes.model import Kind
from keitora.episodes.settings import RuleSettingError, check
from tests.core.episodes.crafted import START_MS, at, episodes, kinds, samples

DRIVE = at(1800, speed_kmh=36.0)  # 18 km to the north, from 10:00 to 10:30 in Tokyo on a Wednesday
AREA = {"on": True, "lat": 35.0, "lon": 139.0, "radius_km": 5}
WORK = {"on": True, "shifts": [{"days": [1, 2, 3, 4, 5], "since": "06:00", "until": "10:10"}]}


def test_nothing_is_out_of_bounds_nobody_drew() -> None:
    assert kinds(DRIVE) == []


def test_a_truck_that_leaves_its_circle() -> None:
    [row] = episodes(DRIVE, at(600, speed_kmh=0.0), out_of_area=AREA)

    assert (row.kind, row.unit, row.bound_value, row.closed_at) == ("out_of_area", "km", 5, None)
    assert row.first_value == pytest.approx(5.5, abs=0.05)
    assert row.peak_value == pytest.approx(18, rel=0.01)


def test_a_field_at_the_edge_does_not_flap() -> None:
    to_the_edge = at(510, speed_kmh=36.0)

    assert kinds(to_the_edge, *[at(60, speed_kmh=5.0), at(60, speed_kmh=0.0)] * 2, out_of_area=AREA) == []


def test_a_drive_after_hours() -> None:
    [row] = episodes(DRIVE, at(1200, speed_kmh=0.0), out_of_hours=WORK)

    assert row.kind == "out_of_hours"
    assert row.opened_at.timestamp() == START_MS / 1000 + 600
    assert row.closed_at is not None


def test_red_lights_on_the_way_do_not_hide_it() -> None:
    stop_and_go = [at(90, speed_kmh=30.0), at(40, speed_kmh=0.0)] * 12

    assert kinds(*stop_and_go, out_of_hours=WORK) == ["out_of_hours"]


def test_holidays_have_no_hours() -> None:
    all_day = {"on": True, "shifts": [{"days": [1, 2, 3, 4, 5], "since": "00:00", "until": "00:00"}]}

    assert kinds(DRIVE, out_of_hours=all_day) == []
    assert kinds(DRIVE, out_of_hours=all_day | {"holidays": ["2026-04-01"]}) == ["out_of_hours"]


def test_hours_are_the_fleets_own() -> None:
    def found(zone: str) -> list[str]:
        rules = Rules(time_zone=zone, episodes={"out_of_hours": WORK})
        return [row.kind for row in fold(State(), samples([DRIVE]), rules)[1].episodes]

    assert found("Asia/Tokyo") == ["out_of_hours"]
    assert found("Asia/Shanghai") == []


@pytest.mark.parametrize(
    "shift", [{"since": "19:00", "until": "06:00"}, {"days": [0]}, {"since": "25:00"}, {"nights": True}]
)
def test_hours_that_cannot_be_are_refused_with_a_reason(shift: dict[str, object]) -> None:
    with pytest.raises(RuleSettingError, match="out_of_hours: shifts"):
        check(Kind.OUT_OF_HOURS, {"shifts": [shift]})


def test_without_a_shift_every_hour_is_allowed() -> None:
    assert OutOfHoursLimits().allows(START_MS, ZoneInfo("Asia/Tokyo"))

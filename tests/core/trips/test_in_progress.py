"""Whether a trip goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.core.overlays.test_apply import trip

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("trip_end_s", "heard_s_ago", "moved_s_ago", "expected"),
    [
        (300, 10, 200, True),
        (300, 10, 320, False),
        (300, 310, 320, False),
        (900, 310, 320, True),
        (900, 10, 895, True),
        (900, 910, 920, False),
        (60, 10, 65, True),
        (60, 10, 75, False),
    ],
)
def test_a_trip_goes_on_until_the_time_its_fleet_has_set(
    *, trip_end_s: int, heard_s_ago: int, moved_s_ago: int, expected: bool
) -> None:
    one = trip(
        0,
        10,
        ended_at=NOW - timedelta(seconds=moved_s_ago),
        newest_sample_at=NOW - timedelta(seconds=heard_s_ago),
        is_latest=True,
        trip_end_s=trip_end_s,
    )

    assert one.in_progress(NOW) is expected

"""Local times to UTC, in order."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from keitora_sim.replay.readers.local_time import in_utc, with_midnights

TORONTO = ZoneInfo("America/Toronto")


def to_utc(local: list[datetime], zone: ZoneInfo) -> list[datetime]:
    return [at for at, _ in in_utc([(at, None) for at in local], zone)]


def test_a_run_that_leaves_the_doubled_hour_without_a_step_was_in_the_second() -> None:
    local = [datetime(2021, 11, 7, 1, 59), datetime(2021, 11, 7, 1, 59, 59), datetime(2021, 11, 7, 2, 0, 0)]  # noqa: DTZ001

    assert [at.hour for at in to_utc(local, TORONTO)] == [6, 6, 7]


def test_a_small_step_back_is_not_the_end_of_summer_time() -> None:
    local = [datetime(2021, 11, 7, 1, 20), datetime(2021, 11, 7, 1, 19, 58)]  # noqa: DTZ001

    assert [at.hour for at in to_utc(local, TORONTO)] == [5, 5]


@given(
    start=st.datetimes(datetime(2021, 11, 6, 20), datetime(2021, 11, 7, 4)),  # noqa: DTZ001
    steps_s=st.lists(st.integers(1, 600), min_size=1, max_size=200),
)
def test_a_recording_over_the_clock_change_comes_back(start: datetime, steps_s: list[int]) -> None:
    truth = [start.replace(tzinfo=UTC)]
    for step_s in steps_s:
        truth.append(truth[-1] + timedelta(seconds=step_s))
    wall = [at.astimezone(TORONTO).replace(tzinfo=None) for at in truth]

    found = to_utc(wall, TORONTO)

    lies_in_doubled_hour = all(
        datetime(2021, 11, 7, 5, tzinfo=UTC) <= at < datetime(2021, 11, 7, 7, tzinfo=UTC) for at in truth
    )
    shift = found[0] - truth[0]
    assert shift == timedelta(0) or (lies_in_doubled_hour and shift == timedelta(hours=-1))
    assert all(a - b == shift for a, b in zip(found, truth, strict=True))


def test_times_of_day_pass_midnight() -> None:
    day = datetime(2026, 4, 1)  # noqa: DTZ001
    times = [timedelta(hours=23, minutes=59), timedelta(minutes=1), timedelta(seconds=59), timedelta(minutes=2)]

    assert [at.day for at, _ in with_midnights([(time, None) for time in times], day)] == [1, 2, 2, 2]

"""When the engine turned too fast, and when it only seems so."""

import pytest

from tests.core.episodes.crafted import at, episodes, kinds, second, silence

WARM = {"coolant_temp_c": 85.0, "speed_kmh": 40.0}


def test_over_revving_opens_and_closes_with_its_evidence() -> None:
    [row] = episodes(
        at(60, engine_rpm=3000, **WARM), at(5, engine_rpm=6800, **WARM), at(5, engine_rpm=7200, **WARM),
        at(120, engine_rpm=3000, **WARM),
    )  # fmt: skip

    assert (row.kind, row.severity, row.unit, row.ended_by) == ("over_rev", "warning", "rpm", "clear")
    assert second(row) == (61, 71)
    assert (row.first_value, row.peak_value, row.last_value, row.bound_value) == (6800, 7200, 3000, 6500)
    assert row.mean_value == 7000
    assert row.sample_count == 10
    assert row.lat is not None


def test_a_missed_gear_is_no_episode() -> None:
    assert kinds(at(60, engine_rpm=3000, **WARM), at(2, engine_rpm=7200, **WARM), at(60, engine_rpm=3000, **WARM)) == []


def test_hard_work_below_the_limit_is_none() -> None:
    assert kinds(at(600, engine_rpm=6400, **WARM)) == []


def test_swinging_about_the_limit_is_one_episode_not_a_drizzle() -> None:
    swing = [at(4, engine_rpm=6600, **WARM), at(3, engine_rpm=6300, **WARM), at(4, engine_rpm=5900, **WARM)]

    assert kinds(*swing * 10) == ["over_rev"]


def test_a_silence_ends_it_where_it_was_last_heard() -> None:
    [row] = episodes(at(10, engine_rpm=7000, **WARM), silence(600), at(60, engine_rpm=2000, **WARM))

    assert row.ended_by == "silence"
    assert second(row) == (1, 10)
    assert row.last_value is None


def test_two_readings_on_both_sides_of_a_silence_are_no_episode() -> None:
    assert kinds(at(1, engine_rpm=7000, **WARM), silence(60), at(1, engine_rpm=7000, **WARM)) == []


def test_revving_a_cold_engine() -> None:
    cold = {"coolant_temp_c": 30.0, "speed_kmh": 40.0}

    [row] = episodes(at(10, engine_rpm=4500, **cold), at(300, engine_rpm=2500, **cold))

    assert (row.kind, row.severity) == ("cold_rev", "note")


@pytest.mark.parametrize(
    "spans",
    [
        [at(60, engine_rpm=4500, coolant_temp_c=75.0, speed_kmh=40.0)],
        [at(60, engine_rpm=3800, coolant_temp_c=20.0, speed_kmh=40.0)],
        [at(4, engine_rpm=4500, coolant_temp_c=20.0, speed_kmh=40.0), at(60, engine_rpm=2000, coolant_temp_c=20.0)],
        [at(60, engine_rpm=4500, speed_kmh=40.0)],
        [at(1, engine_rpm=900, coolant_temp_c=20.0), at(200, engine_rpm=900), at(60, engine_rpm=4500)],
    ],
    ids=["warm", "gentle", "a moment", "temperature unknown", "temperature long ago"],
)
def test_what_is_no_cold_revving(spans: list[object]) -> None:
    assert kinds(*spans) == []  # type: ignore[arg-type]

"""When the engine is too hot or on its way there."""

import pytest

from tests.core.episodes.crafted import at, episodes, kinds, second

ON = {"engine_rpm": 2500, "speed_kmh": 30.0}


def test_overheating_is_told_and_ends_when_it_has_cooled() -> None:
    rows = episodes(
        at(300, coolant_temp_c=90.0, **ON), at(60, coolant_temp_c=113.0, **ON), at(60, coolant_temp_c=108.0, **ON),
        at(120, coolant_temp_c=104.0, **ON), overheating={}, heating_up={"on": False},
    )  # fmt: skip

    [row] = rows
    assert (row.kind, row.severity, row.unit) == ("overheating", "critical", "degC")
    assert second(row) == (301, 421)


def test_a_failing_fan_is_told_minutes_before_it_boils() -> None:
    rows = episodes(
        at(300, coolant_temp_c=90.0, **ON), at(600, coolant_temp_c=90.0, to={"coolant_temp_c": 130.0}, **ON)
    )

    early, late = sorted(rows, key=lambda row: row.noticed_at)
    assert (early.kind, late.kind) == ("heating_up", "overheating")
    assert (late.noticed_at - early.noticed_at).total_seconds() > 120


@pytest.mark.parametrize(
    "spans",
    [
        [at(600, coolant_temp_c=15.0, to={"coolant_temp_c": 88.0}, **ON), at(1800, coolant_temp_c=88.0, **ON)],
        [at(120, coolant_temp_c=94.0, to={"coolant_temp_c": 104.0}, **ON), at(120, coolant_temp_c=96.0, **ON)] * 8,
        [at(300, coolant_temp_c=90.0, **ON), at(3, coolant_temp_c=140.0, **ON), at(300, coolant_temp_c=90.0, **ON)],
        [at(3600, coolant_temp_c=105.0, **ON)],
    ],
    ids=["warming up", "a fan that comes and goes", "a torn reading", "hot, but steady"],
)
def test_what_is_no_overheating(spans: list[object]) -> None:
    assert [kind for kind in kinds(*spans) if kind == "overheating"] == []  # type: ignore[arg-type]


@pytest.mark.parametrize("end_c", [98.0, 101.0])
def test_a_warm_engine_in_a_jam_is_not_heating_up(end_c: float) -> None:
    assert (
        kinds(at(300, coolant_temp_c=90.0, to={"coolant_temp_c": end_c}, **ON), at(600, coolant_temp_c=end_c, **ON))
        == []
    )

"""When tank or traction battery are nearly empty."""

from tests.core.episodes.crafted import at, episodes, kinds, silence

STANDING = {"speed_kmh": 0.0}


def test_low_fuel_is_told_once_and_stays_until_it_is_filled_up() -> None:
    rows = episodes(
        at(600, fuel_level_pct=20.0, speed_kmh=40.0), at(60, fuel_level_pct=11.0, **STANDING),
        at(600, fuel_level_pct=14.0, speed_kmh=40.0), at(5, **STANDING), silence(50_000),
        at(60, fuel_level_pct=10.0, **STANDING),
        at(300, fuel_level_pct=90.0, **STANDING),
    )  # fmt: skip

    [row] = rows
    assert (row.kind, row.ended_by, row.peak_value) == ("low_fuel", "clear", 10.0)


def test_sloshing_on_a_slope_and_a_garbage_reading_are_no_low_fuel() -> None:
    slosh = [at(20, fuel_level_pct=5.0, speed_kmh=30.0), at(20, fuel_level_pct=25.0, speed_kmh=30.0)] * 20
    torn = [at(40, fuel_level_pct=30.0, **STANDING), at(1, fuel_level_pct=0.0, **STANDING)] * 5

    assert kinds(*slosh, *torn) == []


def test_it_is_still_open_at_the_end_of_the_data() -> None:
    [row] = episodes(at(120, fuel_level_pct=8.0, **STANDING))

    assert (row.closed_at, row.ended_by) == (None, None)


def test_a_nearly_empty_traction_battery_closes_on_charging() -> None:
    [row] = episodes(
        at(600, soc_pct=18.0, to={"soc_pct": 12.0}, speed_kmh=40.0),
        at(3600, soc_pct=12.0, to={"soc_pct": 60.0}, **STANDING),
    )

    assert (row.kind, row.unit) == ("low_charge", "%")
    assert row.closed_at is not None
    assert row.peak_value == 12.0


def test_a_battery_between_the_thresholds_neither_opens_nor_closes() -> None:
    assert kinds(at(600, soc_pct=17.0, **STANDING)) == []
    [row] = episodes(at(60, soc_pct=14.0, **STANDING), at(600, soc_pct=17.0, **STANDING))
    assert row.closed_at is None

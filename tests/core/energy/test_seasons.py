"""The battery through the years."""

from datetime import UTC, datetime, timedelta

import pytest

from keitora.energy.pack import Swing, fade_pct_a_year
from keitora.energy.seasons import DatedSwing, history, season_at, seasons

START = datetime(2026, 1, 5, tzinfo=UTC)


def swing(day: int, kwh_a_pct: float) -> DatedSwing:
    return DatedSwing(
        START + timedelta(days=day),
        Swing(from_soc_pct=80, to_soc_pct=60, energy_kwh=20 * kwh_a_pct, mean_voltage_v=None),
    )


def test_a_drive_counts_by_the_battery_of_its_time() -> None:
    found = seasons([swing(day, 0.16 if day < 365 else 0.14) for day in range(0, 1095, 5)], nominal_kwh=None)
    early, late = season_at(found, START), season_at(found, START + timedelta(days=1090))

    assert early is not None
    assert late is not None
    assert early.pack.usable_kwh == pytest.approx(16, rel=0.01)
    assert late.pack.usable_kwh == pytest.approx(14, rel=0.01)
    assert found[0].valid_from is None
    assert found[-1].valid_to is None


def test_a_battery_that_fades_is_told_so() -> None:
    found = seasons([swing(day, 0.16 * (1 - 0.03 * day / 365)) for day in range(0, 1095, 5)], nominal_kwh=None)

    assert fade_pct_a_year(history(found)) == pytest.approx(3.0, abs=0.4)


def test_where_nothing_was_learnt_the_nominal_capacity_stands_in_and_says_how_unsure_it_is() -> None:
    [one] = seasons([], nominal_kwh=16.0)

    assert one.pack.usable_kwh == pytest.approx(14.4)
    assert one.pack.swing_count == 0
    assert one.pack.uncertainty_ratio >= 0.1
    assert history([one]) == []
    assert seasons([], nominal_kwh=None) == []

"""Charges, what they cost, and how far they take the truck."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from keitora.energy.outlook import habit_kwh_a_km, km_per_kwh, range_left_km
from keitora.energy.pack import Pack
from keitora.energy.sessions import Reading, sessions
from keitora.energy.tariff import Band, Tariff, charge_cost

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 4, 1, 12, tzinfo=UTC)  # 21:00 in Tokyo, a Wednesday
PACK = Pack(kwh_a_pct_at_half=0.16, slope_ratio_a_pct=0.0, uncertainty_ratio=0.02, swing_count=9)
NIGHT = Tariff((Band(price_a_kwh=Decimal(20), from_minute=23 * 60, to_minute=7 * 60),), Decimal(40))


def reading(minutes: float, soc_pct: float | None = None, **changes: object) -> Reading:
    return Reading(at=START + timedelta(minutes=minutes), soc_pct=soc_pct, **changes)  # type: ignore[arg-type]


def test_a_charge_is_the_integral_of_its_power() -> None:
    night = [reading(m, 40 + m / 6, charging=True, power_kw=3.0, lat=35.0, lon=139.0) for m in range(0, 181, 1)]
    [one] = sessions([reading(-10, 40, charging=False, power_kw=0.0), *night, reading(185, 70, charging=False)], PACK)

    assert one.is_integrated
    assert one.added_kwh == pytest.approx(9.1, abs=0.2)
    assert one.drawn_kwh == pytest.approx((one.added_kwh or 0) / 0.88)
    assert (one.from_soc_pct, one.to_soc_pct, one.lat) == (40, 70, 35.0)


def test_without_volts_and_amperes_the_learnt_battery_tells() -> None:
    [one] = sessions([reading(m, 40 + m / 6, charging=True) for m in range(0, 181, 10)], PACK)

    assert not one.is_integrated
    assert one.added_kwh == pytest.approx(30 * 0.16)


def test_without_a_learnt_battery_it_is_not_known() -> None:
    [one] = sessions([reading(m, 40 + m / 6, charging=True) for m in range(0, 181, 10)])

    assert one.added_kwh is one.drawn_kwh is None


def test_braking_downhill_is_no_charge_and_a_silent_night_at_the_cable_is_one() -> None:
    downhill = [reading(m, 50 + m, power_kw=10.0, moving=True) for m in range(5)]
    evening_and_morning = [reading(60, 50), reading(600, 90)]

    [one] = sessions([*downhill, *evening_and_morning], PACK)
    assert one.to_soc_pct == 90


def test_two_charges_with_a_drive_between_are_two() -> None:
    first = [reading(m, 40 + m / 3, charging=True) for m in range(0, 31, 5)]
    drive = [reading(m, 50 - (m - 31) / 3, charging=False, moving=True) for m in range(31, 61, 5)]
    second = [reading(m, 40 + (m - 61) / 3, charging=True) for m in range(61, 91, 5)]

    assert len(list(sessions([*first, *drive, *second], PACK))) == 2


def test_the_part_of_a_charge_in_the_cheap_hours_is_cheap() -> None:
    """21:00 to 01:00: two hours at 40, two at 20."""
    cost = charge_cost(NIGHT, started_at=START, ended_at=START + timedelta(hours=4), drawn_kwh=12, zone=TOKYO)
    assert cost == Decimal("360.00")


def test_after_midnight_it_is_still_the_night_of_the_day_before() -> None:
    friday_night = Band(price_a_kwh=Decimal(10), weekdays=frozenset({4}), from_minute=23 * 60, to_minute=7 * 60)
    saturday_0100 = datetime(2026, 4, 4, 1, tzinfo=TOKYO)

    assert friday_night.covers(saturday_0100)
    assert not friday_night.covers(saturday_0100 + timedelta(days=1))


def test_a_season_has_its_own_price() -> None:
    summer = Tariff((Band(price_a_kwh=Decimal(50), months=frozenset({7, 8, 9})),), Decimal(30))

    assert summer.price_a_kwh(datetime(2026, 6, 30, 14, 59, tzinfo=UTC), TOKYO) == 30
    assert summer.price_a_kwh(datetime(2026, 6, 30, 15, 0, tzinfo=UTC), TOKYO) == 50  # July in Tokyo


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", 4), ("Asia/Tokyo", 4)])
def test_a_charge_across_a_change_of_clocks_counts_its_real_minutes(zone: str, hours: int) -> None:
    started_at = datetime(2026, 11, 1, 4, tzinfo=UTC)
    flat = Tariff((), Decimal(30))
    cost = charge_cost(
        flat, started_at=started_at, ended_at=started_at + timedelta(hours=hours), drawn_kwh=10, zone=ZoneInfo(zone)
    )
    assert cost == Decimal("300.00")


def test_range_is_by_the_trucks_own_habit() -> None:
    habit = habit_kwh_a_km([(20.0, 2.4)] * 10)

    assert habit == pytest.approx(0.12)
    assert range_left_km(PACK, 58, 0.12) == pytest.approx(50 * 0.16 / 0.12)
    assert range_left_km(PACK, 5, 0.12) == 0
    assert habit_kwh_a_km([(5.0, 0.6)]) is None


def test_a_cold_week_shortens_the_range_and_one_odd_trip_hardly() -> None:
    usual, cold = [(20.0, 2.4)] * 20, [(20.0, 3.6)] * 5

    assert habit_kwh_a_km([*usual, *cold]) == pytest.approx(0.15, abs=0.005)
    assert habit_kwh_a_km([*usual, (1.0, 0.6)]) == pytest.approx(0.12, abs=0.005)


def test_economy_is_unknown_where_energy_is() -> None:
    assert km_per_kwh(10, 1.25) == 8
    assert km_per_kwh(10, None) is None
    assert km_per_kwh(10, -0.5) is None

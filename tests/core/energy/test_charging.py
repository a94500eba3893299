"""Charges, what they cost, and how far they take the truck."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from keitora.books.rows import ChargeRow
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State
from keitora.books.truck import Truck
from keitora.derive.fold import fold
from keitora.energy.charges import ToldCharge, matched, tell
from keitora.energy.model import ChargeEntry, StoredCharge
from keitora.energy.outlook import habit_kwh_per_km, km_per_kwh, range_left_km
from keitora.energy.pack import Pack
from keitora.energy.tariff import Band, Contract, Tariff, charge_cost

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 4, 1, 12, tzinfo=UTC)  # 21:00 in Tokyo, a Wednesday
PACK = Pack(kwh_a_pct_at_half=0.16, slope_ratio_a_pct=0.0, uncertainty_ratio=0.02, swing_count=9)
NIGHT = Tariff((Band(price_per_kwh=Decimal(20), from_minute=23 * 60, to_minute=7 * 60),), Decimal(40))


def reading(minutes: float, soc_pct: float | None = None, **changes: Any) -> Sample:
    at_ms = round((START + timedelta(minutes=minutes)).timestamp() * 1000)
    return Sample(at_ms=at_ms, device_id=1, soc_pct=soc_pct, **changes)


def charges(samples: Iterable[Sample]) -> list[ChargeRow]:
    return fold(State(), samples, Rules(truck=Truck(energy="electric")))[1].charges


def stored(row: ChargeRow) -> StoredCharge:
    return StoredCharge(vehicle_id=1, **asdict(row))


def told_of(
    row: ChargeRow, entry: ChargeEntry | None = None, pack: Pack | None = PACK, *, night: bool = False
) -> ToldCharge:
    contract = Contract(
        tariff_id=1,
        name="night",
        place_id=None,
        valid_from=date(2026, 1, 1),
        currency="JPY",
        tariff=NIGHT,
        co2_kg_per_kwh=None,
    )
    return tell(stored(row), entry=entry, pack=pack, contracts=[contract] if night else [], place_id=None, zone=TOKYO)


def test_a_charge_is_the_integral_of_its_power() -> None:
    standing = {"lat": 35.0, "lon": 139.0, "gnss_speed_kmh": 0.0}
    before = reading(-10, 40, charging_on=False, hv_power_kw=0.0, **standing)
    night = [reading(m, 40 + m / 6, charging_on=True, hv_power_kw=3.0, **standing) for m in range(181)]
    [one] = charges([before, *night, reading(185, 70, charging_on=False)])

    assert one.measured_kwh == pytest.approx(9.0, abs=0.1)
    assert (one.from_soc_pct, one.to_soc_pct, one.lat) == (40, 70, 35.0)
    assert one.ended_at == START + timedelta(minutes=180)


def test_what_is_charged_is_not_what_the_truck_uses() -> None:
    night = [reading(s / 60, 40 + s / 60, hv_power_kw=3.0, speed_kmh=0.0) for s in range(0, 3600, 5)]
    [day] = fold(State(), night, Rules(truck=Truck(energy="electric")))[1].days

    assert not day.energy_kwh


def test_without_volts_and_amperes_the_state_of_charge_is_kept_for_the_learnt_battery() -> None:
    [one] = charges(reading(m, 40 + m / 6, charging_on=True) for m in range(0, 181, 10))
    told = told_of(one)

    assert one.measured_kwh is None
    assert one.ended_at is None  # nothing says that it is over
    assert told.added_kwh == pytest.approx(30 * 0.16)
    assert told.drawn_kwh == pytest.approx(30 * 0.16 / 0.88)
    assert told.energy_source == "soc"


def test_without_a_learnt_battery_it_is_not_known() -> None:
    [one] = charges(reading(m, 40 + m / 6, charging_on=True) for m in range(0, 181, 10))
    told = told_of(one, pack=None, night=True)

    assert told.added_kwh is told.drawn_kwh is None
    assert told.cost is None


def test_braking_downhill_is_no_charge_and_a_silent_night_at_the_cable_is_one() -> None:
    downhill = [reading(m / 10, 50 + m / 10, hv_power_kw=10.0, speed_kmh=40.0 + m % 3) for m in range(50)]
    evening_and_morning = [reading(60, 50, speed_kmh=0.0), reading(600, 90, speed_kmh=0.0)]

    [one] = charges([*downhill, *evening_and_morning])
    assert (one.from_soc_pct, one.to_soc_pct) == (50, 90)
    assert one.started_at == START + timedelta(minutes=60)


def test_two_charges_with_a_drive_between_are_two() -> None:
    first = [reading(m, 40 + m / 3, charging_on=True, speed_kmh=0.0) for m in range(0, 31, 5)]
    drive = [reading(31 + s / 60, 50 - s / 180, charging_on=False, speed_kmh=30.0 + s % 2) for s in range(1700)]
    second = [reading(m, 40 + (m - 61) / 3, charging_on=True, speed_kmh=0.0) for m in range(61, 91, 5)]

    found = charges([*first, *drive, *second])
    assert [round(one.from_soc_pct or 0) for one in found] == [40, 41]


def test_two_gauges_that_differ_are_no_charge() -> None:
    """A dongle tells the battery's own state of charge, a phone what the dashboard shows."""
    mixed = [one for m in range(60) for one in (reading(m, 50.0), reading(m + 0.5, 53.5)._replace(device_id=2))]
    assert charges(mixed) == []


def test_what_was_paid_counts_before_the_tariff() -> None:
    [one] = charges(reading(m, 40 + m / 6, charging_on=True) for m in range(0, 181, 10))
    entry = ChargeEntry(
        fill_up_id=1, vehicle_id=1, filled_at=START, energy_kwh=6.0, total_price=Decimal(300), currency="JPY"
    )
    assert matched([stored(one)], [entry]) == {one.started_at: entry}
    by_entry, by_tariff = told_of(one, entry, night=True), told_of(one, night=True)

    assert (by_entry.cost, by_entry.drawn_kwh, by_entry.cost_source) == (Decimal(300), 6.0, "entered")
    assert by_tariff.cost_source == "tariff"
    assert by_tariff.cost == Decimal("181.82")  # 21:00 to 24:00: two hours at 40, one at 20, of 5.45 kWh


def test_the_part_of_a_charge_in_the_cheap_hours_is_cheap() -> None:
    """21:00 to 01:00: two hours at 40, two at 20."""
    cost = charge_cost(NIGHT, started_at=START, ended_at=START + timedelta(hours=4), drawn_kwh=12, zone=TOKYO)
    assert cost == Decimal("360.00")


def test_after_midnight_it_is_still_the_night_of_the_day_before() -> None:
    friday_night = Band(price_per_kwh=Decimal(10), weekdays=frozenset({4}), from_minute=23 * 60, to_minute=7 * 60)
    saturday_0100 = datetime(2026, 4, 4, 1, tzinfo=TOKYO)

    assert friday_night.covers(saturday_0100)
    assert not friday_night.covers(saturday_0100 + timedelta(days=1))


def test_a_season_has_its_own_price() -> None:
    summer = Tariff((Band(price_per_kwh=Decimal(50), months=frozenset({7, 8, 9})),), Decimal(30))

    assert summer.price_per_kwh(datetime(2026, 6, 30, 14, 59, tzinfo=UTC), TOKYO) == 30
    assert summer.price_per_kwh(datetime(2026, 6, 30, 15, 0, tzinfo=UTC), TOKYO) == 50  # July in Tokyo


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", 4), ("Asia/Tokyo", 4)])
def test_a_charge_across_a_change_of_clocks_counts_its_real_minutes(zone: str, hours: int) -> None:
    started_at = datetime(2026, 11, 1, 4, tzinfo=UTC)
    flat = Tariff((), Decimal(30))
    cost = charge_cost(
        flat, started_at=started_at, ended_at=started_at + timedelta(hours=hours), drawn_kwh=10, zone=ZoneInfo(zone)
    )
    assert cost == Decimal("300.00")


def test_range_is_by_the_trucks_own_habit() -> None:
    habit = habit_kwh_per_km([(20.0, 2.4)] * 10)

    assert habit == pytest.approx(0.12)
    assert range_left_km(PACK, 58, 0.12) == pytest.approx(50 * 0.16 / 0.12)
    assert range_left_km(PACK, 5, 0.12) == 0
    assert habit_kwh_per_km([(5.0, 0.6)]) is None


def test_a_cold_week_shortens_the_range_and_one_odd_trip_hardly() -> None:
    usual, cold = [(20.0, 2.4)] * 20, [(20.0, 3.6)] * 5

    assert habit_kwh_per_km([*usual, *cold]) == pytest.approx(0.15, abs=0.005)
    assert habit_kwh_per_km([*usual, (1.0, 0.6)]) == pytest.approx(0.12, abs=0.005)


def test_economy_is_unknown_where_energy_is() -> None:
    assert km_per_kwh(10, 1.25) == 8
    assert km_per_kwh(10, None) is None
    assert km_per_kwh(10, -0.5) is None

"""What a litre and a kilowatt-hour cost and stand for, day by day."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.energy.tariff import Band, Contract, Tariff
from keitora.prices.money import FuelPrice
from keitora.prices.rates import BEGINNING, END, Known, Paid, Rate, country_of, rates

TOKYO = ZoneInfo("Asia/Tokyo")


def known(**changes: Any) -> Known:
    values: dict[str, Any] = {"energy": "petrol", "country": "JP", "currency": "JPY", "zone": TOKYO}
    return Known(**(values | changes))


def on(found: list[Rate], day: date) -> Rate:
    [one] = [rate for rate in found if rate.valid_from <= day < rate.valid_to]
    return one


def price(day: date, yen: float) -> FuelPrice:
    return FuelPrice(valid_from=day, price_per_l=Decimal(str(yen)), currency="JPY")


def test_a_change_of_tax_is_a_price_from_its_date_on() -> None:
    """25.1 yen a litre of provisional tax ended on the last day of 2025."""
    found = rates(known(prices=[price(date(2025, 4, 1), 185), price(date(2026, 1, 1), 159.9)]))

    assert on(found, date(2025, 12, 31)).price_per_l == 185
    assert on(found, date(2026, 1, 1)).price_per_l == 159.9
    assert on(found, date(2025, 3, 31)).price_per_l is None  # nothing is guessed backwards


def test_where_no_price_was_entered_the_trucks_own_fill_ups_tell_it_and_before_them_the_fleets() -> None:
    found = rates(
        known(
            own_fills=[Paid(date(2026, 3, 1), Decimal(5100), 30.0)],
            fleet_fills=[Paid(date(2026, 1, 1), Decimal(3200), 20.0), Paid(date(2026, 3, 1), Decimal(5100), 30.0)],
        )
    )

    assert (on(found, date(2026, 2, 1)).price_per_l, on(found, date(2026, 2, 1)).source) == (160, "fleet_fill_ups")
    assert (on(found, date(2026, 4, 1)).price_per_l, on(found, date(2026, 4, 1)).source) == (170, "own_fill_ups")
    assert on(found, date(2025, 12, 31)).source == "none"


def test_a_kilowatt_hour_costs_what_the_charges_of_thirty_days_cost_in_all() -> None:
    charges = [Paid(date(2026, 1, 1), Decimal(900), 10.0), Paid(date(2026, 2, 10), Decimal(300), 10.0)]
    charges += [Paid(date(2026, 2, 20), Decimal(500), 10.0)]
    found = rates(known(energy="electric", charges=charges))

    assert on(found, date(2026, 1, 15)).price_per_kwh == 90
    assert on(found, date(2026, 2, 15)).price_per_kwh == 30  # the one of January is too old
    assert on(found, date(2026, 3, 30)).price_per_kwh == 40
    assert on(found, date(2026, 3, 30)).price_per_l is None


def test_before_the_first_charge_the_tariffs_mean_stands_in_with_the_losses_of_charging() -> None:
    night = Band(price_per_kwh=Decimal(20), from_minute=23 * 60, to_minute=7 * 60)
    contract = Contract(
        tariff_id=1, name="night", place_id=None, valid_from=date(2026, 4, 1), currency="JPY",
        tariff=Tariff((night,), Decimal(35)), co2_kg_per_kwh=0.44,
    )  # fmt: skip
    found = rates(known(energy="electric", contracts=[contract]))

    assert on(found, date(2026, 4, 2)).price_per_kwh == pytest.approx((8 * 20 + 16 * 35) / 24 / 0.88)
    assert on(found, date(2026, 4, 2)).co2_kg_per_kwh == pytest.approx(0.5)
    assert on(found, date(2026, 3, 31)).source == "none"


def test_co2_of_a_litre_is_the_countrys_and_unknown_where_none_is_known() -> None:
    assert on(rates(known()), date(2026, 1, 1)).co2_kg_per_l == pytest.approx(2.32, rel=0.002)
    assert on(rates(known(country="FR")), date(2026, 1, 1)).co2_kg_per_l is None
    assert country_of(None, "JPY") == "JP"
    assert country_of("US", "JPY") == "US"


days = st.dates(date(2020, 1, 1), date(2026, 12, 31))


@given(
    prices=st.lists(st.tuples(days, st.integers(100, 250))),
    fills=st.lists(st.tuples(days, st.integers(500, 8000), st.floats(1, 50))),
)
def test_there_is_one_rate_for_each_day_whatever_was_entered(
    prices: list[tuple[date, int]], fills: list[tuple[date, int, float]]
) -> None:
    paid = [Paid(day, Decimal(amount), quantity) for day, amount, quantity in fills]
    found = rates(known(prices=[price(*one) for one in prices], own_fills=paid, fleet_fills=paid))

    assert (found[0].valid_from, found[-1].valid_to) == (BEGINNING, END)
    assert all(one.valid_to == other.valid_from for one, other in pairwise(found))
    assert all(one.valid_from < one.valid_to for one in found)

"""What fuel cost, and its CO2."""

from datetime import date
from decimal import Decimal

import pytest

from keitora.prices.co2 import co2_factor, co2_kg
from keitora.prices.money import Cost, FuelPrice, PriceHistory, cost_a_km, total
from keitora.units import l_per_100km, miles, mpg_us, us_gallons

YEN = PriceHistory(
    [
        FuelPrice(valid_from=date(2025, 4, 1), price_per_l=Decimal("185.0"), currency="JPY"),
        # 25.1 yen a litre of provisional tax ended on the last day of 2025.
        FuelPrice(valid_from=date(2026, 1, 1), price_per_l=Decimal("159.9"), currency="JPY"),
    ]
)


def test_each_day_has_the_price_of_its_day() -> None:
    assert YEN.cost(date(2025, 12, 31), 10.0, 1.0) == Cost(Decimal("1850.00"), Decimal("185.00"), "JPY")
    assert YEN.cost(date(2026, 1, 1), 10.0) == Cost(Decimal("1599.00"), Decimal("0.00"), "JPY")


def test_what_is_not_known_costs_nothing_that_is_known() -> None:
    assert YEN.cost(date(2025, 3, 31), 10.0) is None
    assert YEN.cost(date(2026, 3, 31), None) is None
    assert cost_a_km(None, 1000.0) is None
    assert cost_a_km(Cost(Decimal(100), Decimal(0), "JPY"), 0.0) is None


def test_a_kilometre_costs_its_share() -> None:
    assert cost_a_km(YEN.cost(date(2026, 2, 1), 1.0), 15_990.0) == Decimal("10.00")


def test_yen_and_dollars_are_never_added() -> None:
    yen, dollars = Cost(Decimal(100), Decimal(10), "JPY"), Cost(Decimal(3), Decimal("0.3"), "USD")

    assert total([yen, dollars, None, yen]) == [Cost(Decimal(200), Decimal(20), "JPY"), dollars]
    assert total([None]) == []


@pytest.mark.parametrize(
    ("country", "energy", "kg"), [("JP", "petrol", 2.32), ("US", "petrol", 2.348), ("JP", "diesel", 2.58)]
)
def test_a_litre_stands_for_the_countrys_co2(country: str, energy: str, kg: float) -> None:
    assert co2_kg(country, energy, 10.0) == pytest.approx(10 * kg, rel=0.002)
    factor = co2_factor(country, energy)
    assert factor is not None
    assert factor.source


def test_no_factor_is_made_up() -> None:
    assert co2_kg("JP", "electric", 10.0) is None
    assert co2_kg("FR", "petrol", 10.0) is None
    assert co2_kg("JP", "petrol", None) is None


def test_units_are_converted_in_one_place() -> None:
    assert mpg_us(1) == pytest.approx(2.3521, abs=1e-4)
    assert l_per_100km(15) == pytest.approx(6.667, abs=1e-3)
    assert miles(1.609344) == 1
    assert us_gallons(3.785411784) == 1

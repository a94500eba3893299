"""What fuel cost at a time, and what a trip, a day or a kilometre cost. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class FuelPrice:
    """What a litre costs from a local date on. `tax_per_l` is the part that is tax, None where it is not known."""

    valid_from: date
    price_per_l: Decimal
    currency: str
    tax_per_l: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of money and how far it can be off, as the litres it stands for."""

    amount: Decimal
    plus_minus: Decimal
    currency: str


class PriceHistory:
    """A fleet's prices of one fuel. Before the first there is none: nothing is guessed backwards."""

    def __init__(self, prices: Sequence[FuelPrice]) -> None:
        self._prices = sorted(prices, key=lambda price: price.valid_from)
        self._dates = [price.valid_from for price in self._prices]

    def on(self, local_date: date) -> FuelPrice | None:
        """Return the price that held on a local date; None before the first."""
        index = bisect_right(self._dates, local_date)
        return self._prices[index - 1] if index else None

    def cost(self, local_date: date, fuel_l: float | None, plus_minus_l: float | None = None) -> Cost | None:
        """Return what litres used on a local date cost; None where litres or price are not known."""
        price = self.on(local_date)
        if price is None or fuel_l is None:
            return None
        return Cost(
            _rounded(price.price_per_l, fuel_l), _rounded(price.price_per_l, plus_minus_l or 0.0), price.currency
        )


def _rounded(price: Decimal, quantity: float) -> Decimal:
    return (price * Decimal(repr(quantity))).quantize(_CENT, ROUND_HALF_UP)


def cost_a_km(cost: Cost | None, distance_m: float | None) -> Decimal | None:
    """Return what a kilometre cost; None where cost or distance are not known or nothing was driven."""
    if cost is None or not distance_m or distance_m <= 0:
        return None
    return (cost.amount / Decimal(repr(distance_m / 1000))).quantize(_CENT, ROUND_HALF_UP)


def total(costs: Sequence[Cost | None]) -> list[Cost]:
    """Return the sums by currency: yen and dollars are never added. What is not known is left out.

    A method's error is the same all day, so errors add up and do not average out.
    """
    sums: dict[str, Cost] = {}
    for cost in costs:
        if cost is not None:
            had = sums.get(cost.currency, Cost(Decimal(0), Decimal(0), cost.currency))
            sums[cost.currency] = Cost(had.amount + cost.amount, had.plus_minus + cost.plus_minus, cost.currency)
    return [sums[currency] for currency in sorted(sums)]

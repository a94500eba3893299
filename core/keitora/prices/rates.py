"""What a litre and a kilowatt-hour of a truck cost and stand for, day by day. Pure.

A litre: the fleet's price history; where there is none, what this truck's fill-ups cost; before its first, what the
fleet's others paid. A kilowatt-hour from the battery: what the charges of the last 30 days cost in all, by what they
brought; before the first charge the tariff's mean, losses of charging added. Nothing is guessed backwards.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from keitora.energy.model import CHARGER_EFFICIENCY
from keitora.energy.tariff import Contract, contract_at, mean_price_per_kwh
from keitora.prices.co2 import co2_factor
from keitora.prices.money import FuelPrice, PriceHistory

BEGINNING: Final = date(2010, 1, 1)
"""No sample is older."""
END: Final = date(9999, 12, 31)
_CHARGES: Final = timedelta(days=30)

Source = Literal["prices", "own_fill_ups", "fleet_fill_ups", "charges", "tariff", "none"]


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid on a local date, for how much: litres, or kilowatt-hours that arrived."""

    local_date: date
    amount: Decimal
    quantity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that a truck's rates follow from. Prices and payments are in the fleet's currency alone."""

    energy: str
    country: str
    currency: str
    zone: ZoneInfo
    prices: Sequence[FuelPrice] = ()
    own_fills: Sequence[Paid] = ()
    fleet_fills: Sequence[Paid] = ()
    charges: Sequence[Paid] = ()
    contracts: Sequence[Contract] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What holds in [valid_from, valid_to): prices and kilograms of CO2 a litre and a kilowatt-hour; None: unknown."""

    valid_from: date
    valid_to: date
    currency: str
    price_per_l: float | None
    price_per_kwh: float | None
    co2_kg_per_l: float | None
    co2_kg_per_kwh: float | None
    source: Source


def rates(known: Known) -> list[Rate]:
    """Return a truck's rates in order of time, without holes from the beginning on."""
    dates = {BEGINNING, *(one.valid_from for one in known.prices), *(one.valid_from for one in known.contracts)}
    dates |= {one.local_date for one in (*known.own_fills, *known.fleet_fills, *known.charges)}
    begins = sorted(one for one in dates if one >= BEGINNING)
    found: list[Rate] = []
    for begin, end in zip(begins, [*begins[1:], END], strict=True):
        rate = _rate(known, begin, end)
        if found and replace(found[-1], valid_from=begin, valid_to=end) == rate:
            found[-1] = replace(found[-1], valid_to=end)
        else:
            found.append(rate)
    return found


def _rate(known: Known, begin: date, end: date) -> Rate:
    factor = co2_factor(known.country, known.energy)
    is_electric = known.energy == "electric"
    price, source = _energy_price(known, begin) if is_electric else _fuel_price(known, begin)
    contract = contract_at(known.contracts, begin, None) if is_electric else None
    grid_kg = None if contract is None else contract.co2_kg_per_kwh
    return Rate(
        valid_from=begin,
        valid_to=end,
        currency=known.currency,
        price_per_l=None if is_electric else price,
        price_per_kwh=price if is_electric else None,
        co2_kg_per_l=None if factor is None else factor.kg_per_l,
        co2_kg_per_kwh=None if grid_kg is None else grid_kg / CHARGER_EFFICIENCY,
        source=source,
    )


def _fuel_price(known: Known, on: date) -> tuple[float | None, Source]:
    entered = PriceHistory(known.prices).on(on)
    if entered is not None:
        return float(entered.price_per_l), "prices"
    for fills, source in ((known.own_fills, "own_fill_ups"), (known.fleet_fills, "fleet_fill_ups")):
        ordered = sorted((one for one in fills if one.quantity > 0), key=lambda one: one.local_date)
        place = bisect_right(ordered, on, key=lambda one: one.local_date)
        if place:
            last = ordered[place - 1]
            return float(last.amount) / last.quantity, source  # type: ignore[return-value]
    return None, "none"


def _energy_price(known: Known, on: date) -> tuple[float | None, Source]:
    before = [one for one in known.charges if one.local_date <= on and one.quantity > 0]
    if before:
        newest = max(one.local_date for one in before)
        lately = [one for one in before if one.local_date > newest - _CHARGES]
        return float(sum(one.amount for one in lately)) / sum(one.quantity for one in lately), "charges"
    contract = contract_at(known.contracts, on, None)
    if contract is None:
        return None, "none"
    return float(mean_price_per_kwh(contract.tariff, on, known.zone)) / CHARGER_EFFICIENCY, "tariff"


def country_of(country: str | None, currency: str) -> str:
    """Return a fleet's country (ISO 3166): as set, else the one its currency is of."""
    return country or {"JPY": "JP", "USD": "US"}.get(currency, "")

"""What a kilowatt-hour costs at which hour and season, and what a charge cost. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

_STEP: Final = timedelta(minutes=1)
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A price for some months, weekdays (Monday is 0) and minutes of the local day.

    `to_minute` before `from_minute` reaches past midnight; equal ones mean the whole day.
    """

    price_per_kwh: Decimal
    months: frozenset[int] = frozenset(range(1, 13))
    weekdays: frozenset[int] = frozenset(range(7))
    from_minute: int = 0
    to_minute: int = 0

    def covers(self, local: datetime) -> bool:
        """Tell whether a local moment falls into the band. After midnight it is still the evening before's weekday."""
        minute = local.hour * 60 + local.minute
        if self.from_minute < self.to_minute:
            inside, day = self.from_minute <= minute < self.to_minute, local
        elif self.from_minute == self.to_minute:
            inside, day = True, local
        else:
            inside = minute >= self.from_minute or minute < self.to_minute
            day = local if minute >= self.from_minute else local - timedelta(days=1)
        return inside and day.weekday() in self.weekdays and day.month in self.months


@dataclass(frozen=True, slots=True)
class Tariff:
    """Bands in order: the first that covers a moment counts; `otherwise` where none does."""

    bands: tuple[Band, ...]
    otherwise: Decimal

    def price_per_kwh(self, at: datetime, zone: ZoneInfo) -> Decimal:
        """Return the price of a kilowatt-hour at a moment."""
        local = at.astimezone(zone)
        return next((band.price_per_kwh for band in self.bands if band.covers(local)), self.otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A tariff as a fleet has it: from which local date on, at which named place (None: wherever no other holds)."""

    tariff_id: int
    name: str
    place_id: int | None
    valid_from: date
    currency: str
    tariff: Tariff
    co2_kg_per_kwh: float | None


def contract_at(contracts: Sequence[Contract], local_date: date, place_id: int | None) -> Contract | None:
    """Return the newest contract that holds at a place on a local date; its own comes before the fleet's."""
    begun = [one for one in contracts if one.valid_from <= local_date and one.place_id in {None, place_id}]
    return max(begun, key=lambda one: (one.place_id is not None, one.valid_from, one.tariff_id), default=None)


def mean_price_per_kwh(tariff: Tariff, local_date: date, zone: ZoneInfo) -> Decimal:
    """Return the mean of a local day's hours."""
    start = datetime(local_date.year, local_date.month, local_date.day, tzinfo=zone)
    return sum((tariff.price_per_kwh(start + timedelta(hours=hour), zone) for hour in range(24)), Decimal(0)) / 24


def charge_cost(
    tariff: Tariff, *, started_at: datetime, ended_at: datetime, drawn_kwh: float, zone: ZoneInfo
) -> Decimal:
    """Return what a charge cost, its energy spread evenly over its minutes, each at its own price."""
    at = started_at.astimezone(UTC)
    prices: list[Decimal] = []
    while at < ended_at or not prices:
        prices.append(tariff.price_per_kwh(at, zone))
        at += _STEP
    mean = sum(prices, Decimal(0)) / len(prices)
    return (mean * Decimal(repr(drawn_kwh))).quantize(_CENT, ROUND_HALF_UP)


def bands_from_json(bands: Sequence[Mapping[str, Any]]) -> tuple[Band, ...]:
    """Return bands as they are stored: price, and what of months, weekdays and minutes of the day differs from all."""
    return tuple(
        Band(
            price_per_kwh=Decimal(str(one["price_per_kwh"])),
            months=frozenset(one.get("months") or range(1, 13)),
            weekdays=frozenset(one.get("weekdays") or range(7)),
            from_minute=int(one.get("from_minute") or 0),
            to_minute=int(one.get("to_minute") or 0),
        )
        for one in bands
    )

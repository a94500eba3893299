"""What is told and entered of prices."""

from datetime import date
from decimal import Decimal
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from keitora.prices.queries import StoredPrice, TruckRate
from keitora.prices.rates import END, Source
from keitora_api.entered import Day, PriceOfUnit
from keitora_api.schemas import Schema, defined, rounded

Burnt = Literal["petrol", "diesel", "lpg"]

_PRICE: Final[JsonDict] = {
    "id": 5,
    "energy": "petrol",
    "valid_from": "2026-01-01",
    "price_per_l": "159.9000",
    "tax_per_l": "28.7000",
    "currency": "JPY",
    "note": "暫定税率の廃止",
    "entered_by": "manager, key 1",
}
_RATE: Final[JsonDict] = {
    "vehicle_id": 7,
    "from_local_date": "2026-11-16",
    "to_local_date": None,
    "currency": "JPY",
    "price_per_l": 174.0,
    "price_per_kwh": None,
    "co2_kg_per_l": 2.322,
    "co2_kg_per_kwh": None,
    "source": "own_fill_ups",
}


class PriceBody(BaseModel):
    """What a litre costs from a local date on, as the pump shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    energy: Burnt = Field(default="petrol", description="Which fuel")
    valid_from: Day = Field(description="From this local date on: also a change of tax is a price from its date on")
    price_per_l: PriceOfUnit = Field(description="Price of a litre, taxes included, with up to four decimals")
    tax_per_l: PriceOfUnit | None = Field(default=None, description="The part that is tax")
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$", description="ISO 4217; the fleet's if left out")
    note: str | None = Field(default=None, max_length=2000, description="Anything else")


class PriceAnswer(Schema):
    """A price as it was entered."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PRICE]})

    id: int = Field(description="The price's number")
    energy: Burnt = Field(description="Which fuel")
    valid_from: date = Field(description="From this local date on")
    price_per_l: Decimal = Field(description="Price of a litre, taxes included")
    tax_per_l: Decimal | None = Field(description="The part that is tax")
    currency: str = Field(description="ISO 4217")
    note: str | None = Field(description="Anything else")
    entered_by: str = Field(description="Who entered it")

    @classmethod
    def of(cls, one: StoredPrice) -> Self:
        """Return what is told of a price."""
        return cls.model_validate(
            {name: getattr(one, name) for name in cls.model_fields if name != "id"} | {"id": one.fuel_price_id}
        )


class PriceList(Schema):
    """The fleet's entered prices."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_PRICE], "next_cursor": None}]})

    items: list[PriceAnswer] = Field(description="By `valid_from`, ascending")
    next_cursor: None = Field(description="There is only one page")


class RateAnswer(Schema):
    """What a litre and a kilowatt-hour of a truck cost and stand for over some local days. Null is: not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RATE]})

    vehicle_id: int = Field(description="The truck's number")
    from_local_date: date = Field(description="From this local date on")
    to_local_date: date | None = Field(description="Until before this one; null: until something changes")
    currency: str = Field(description="ISO 4217")
    price_per_l: float | None = Field(description=defined("price_per_l"))
    price_per_kwh: float | None = Field(description=defined("price_per_kwh"))
    co2_kg_per_l: float | None = Field(description=defined("co2_per_l"))
    co2_kg_per_kwh: float | None = Field(description=defined("co2_per_kwh"))
    source: Source = Field(description="What the price follows from")

    @classmethod
    def of(cls, rate: TruckRate) -> Self:
        """Return what is told of a rate."""
        return cls(
            vehicle_id=rate.vehicle_id,
            from_local_date=rate.valid_from,
            to_local_date=None if rate.valid_to == END else rate.valid_to,
            currency=rate.currency,
            price_per_l=rounded(rate.price_per_l, 4),
            price_per_kwh=rounded(rate.price_per_kwh, 4),
            co2_kg_per_l=rounded(rate.co2_kg_per_l, 4),
            co2_kg_per_kwh=rounded(rate.co2_kg_per_kwh, 4),
            source=rate.source,
        )


class RateList(Schema):
    """What litres and kilowatt-hours cost and stand for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [_RATE], "co2_sources": {"petrol": "…"}, "next_cursor": None}]}
    )

    items: list[RateAnswer] = Field(description="By truck, then time, ascending")
    co2_sources: dict[str, str] = Field(description="Who says what a litre stands for, by what is burnt")
    next_cursor: None = Field(description="There is only one page")

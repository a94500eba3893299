"""What is told and entered of charges, batteries and tariffs."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from keitora.energy.charges import CostSource, EnergySource, ToldCharge
from keitora.energy.model import ChargeEntry, NewCharge
from keitora.energy.outlook import habit_kwh_per_km, range_left_km
from keitora.energy.pack import fade_pct_a_year
from keitora.energy.queries import Habit
from keitora.energy.seasons import Season, history
from keitora.energy.tariff import Contract
from keitora.places.queries import Label
from keitora_api.bulk import Bulk
from keitora_api.entered import VISIBLE, Day, Moment, Paid, PriceOfUnit
from keitora_api.schemas import VEHICLE_EXAMPLE, PlaceRef, Position, Schema, VehicleRef, defined, position, rounded

_CHARGE: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "started_at": "2026-11-16T13:02:00Z",
    "ended_at": "2026-11-16T18:40:00Z",
    "position": {"lat": 36.651289, "lon": 138.180956},
    "place": {"id": 1, "name": "本拠"},
    "from_soc_pct": 31.0,
    "to_soc_pct": 90.0,
    "added_kwh": 9.61,
    "added_plus_minus_kwh": 0.19,
    "drawn_kwh": 10.92,
    "energy_source": "measured",
    "cost": 262.1,
    "currency": "JPY",
    "cost_source": "tariff",
    "entry_id": None,
}
_ENTRY: Final[JsonDict] = {
    "id": 12,
    "vehicle_id": 7,
    "charged_at": "2026-11-16T18:45:00Z",
    "energy_kwh": 11.2,
    "total_price": "320.00",
    "currency": "JPY",
    "note": "道の駅",
}
_BATTERY: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "soc_pct": 64.0,
    "soc_at": "2026-11-22T02:58:12Z",
    "usable_kwh": 16.3,
    "capacity_plus_minus_ratio": 0.021,
    "swing_count": 41,
    "fade_pct_a_year": 2.4,
    "habit_kwh_per_km": 0.121,
    "km_per_kwh": 8.26,
    "range_left_km": 75.4,
}
_TARIFF: Final[JsonDict] = {
    "id": 3,
    "name": "夜トク8",
    "place_id": None,
    "valid_from": "2026-04-01",
    "currency": "JPY",
    "otherwise_per_kwh": "42.8",
    "bands": [{"price_per_kwh": "31.64", "months": None, "weekdays": None, "from_minute": 1380, "to_minute": 420}],
    "co2_kg_per_kwh": None,
}
_ENTERED: Final[JsonDict] = {
    "vehicle_id": 7,
    "charged_at": "2026-11-17T03:45:00+09:00",
    "energy_kwh": 11.2,
    "total_price": "320.00",
    "currency": "JPY",
    "note": "道の駅",
}


class ChargeAnswer(Schema):
    """A charge of an electric truck. Null is: not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHARGE]})

    vehicle: VehicleRef = Field(description="Which truck")
    started_at: datetime = Field(description="When it began (UTC)")
    ended_at: datetime | None = Field(description="When it was last seen to charge (UTC); null: it lasts")
    position: Position | None = Field(description="Where the truck stood")
    place: PlaceRef | None = Field(description="The named place it stood at; of several the smallest")
    from_soc_pct: float | None = Field(description="State of charge when it began (%)")
    to_soc_pct: float | None = Field(description="State of charge when it was over (%)")
    added_kwh: float | None = Field(description=defined("charge_added"))
    added_plus_minus_kwh: float | None = Field(description=defined("energy_plus_minus"))
    drawn_kwh: float | None = Field(description=defined("charge_drawn"))
    energy_source: EnergySource | None = Field(description="What `added_kwh` comes from")
    cost: float | None = Field(description=defined("charge_cost", "In `currency`."))
    currency: str | None = Field(description="ISO 4217")
    cost_source: CostSource | None = Field(description="Whether the cost was entered, or follows from the tariff")
    entry_id: int | None = Field(description="Number of what people entered of it; null: nothing, or it was taken back")

    @classmethod
    def of(cls, told: ToldCharge, name: str, label: Label | None) -> Self:
        """Return what is told of a charge."""
        charge = told.charge
        return cls(
            vehicle=VehicleRef(id=charge.vehicle_id, name=name),
            started_at=charge.started_at,
            ended_at=charge.ended_at,
            position=position(charge.lat, charge.lon),
            place=None if label is None else PlaceRef(id=label.place_id, name=label.name),
            from_soc_pct=rounded(charge.from_soc_pct, 1),
            to_soc_pct=rounded(charge.to_soc_pct, 1),
            added_kwh=rounded(told.added_kwh, 3),
            added_plus_minus_kwh=rounded(told.plus_minus_kwh, 3),
            drawn_kwh=rounded(told.drawn_kwh, 3),
            energy_source=told.energy_source,
            cost=None if told.cost is None else round(float(told.cost), 2),
            currency=told.currency,
            cost_source=told.cost_source,
            entry_id=None if told.entry is None else told.entry.fill_up_id,
        )


class ChargeList(Schema):
    """Charges by time."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_CHARGE], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[ChargeAnswer] = Field(description="By `started_at`, ascending")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: this is the last")


class ChargeEntryBody(BaseModel):
    """A charge as the meter or the receipt tells it."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [_ENTERED]})

    vehicle_id: int = Field(ge=1, le=2**31 - 1, description="The electric truck's number")
    charged_at: Moment = Field(description="When: within the charge, or an hour of it")
    energy_kwh: float = Field(ge=0.001, le=1000, description="Drawn, by the charger or meter (kWh)")
    total_price: Paid | None = Field(default=None, description="Paid in all, with up to two decimals")
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$", description="ISO 4217; the fleet's if left out")
    note: str | None = Field(default=None, max_length=2000, description="Anything else")

    def new(self, currency: str) -> NewCharge:
        """Return the entry to be stored; `currency` where none was typed."""
        values = self.model_dump(exclude={"vehicle_id", "currency"})
        return NewCharge(currency=self.currency or currency, **values)


class ChargeEntryAnswer(Schema):
    """An entry about a charge, as it was made."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    id: int = Field(description="The entry's number")
    vehicle_id: int = Field(description="The truck's number")
    charged_at: datetime = Field(description="When (UTC)")
    energy_kwh: float = Field(description="Drawn, by the charger or meter (kWh)")
    total_price: Decimal | None = Field(description="Paid in all")
    currency: str = Field(description="ISO 4217")
    note: str | None = Field(description="Anything else")

    @classmethod
    def of(cls, entry: ChargeEntry) -> Self:
        """Return what is told of an entry."""
        return cls(
            id=entry.fill_up_id,
            vehicle_id=entry.vehicle_id,
            charged_at=entry.filled_at,
            energy_kwh=round(entry.energy_kwh, 3),
            total_price=entry.total_price,
            currency=entry.currency,
            note=entry.note,
        )


class ChargeBulk(Bulk[ChargeEntryBody]):
    """Entries about charges to be kept all together, or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTERED]}]})


class ChargesKept(Schema):
    """The entries of one request, all of them kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY], "new_count": 1}]})

    items: list[ChargeEntryAnswer] = Field(description="In the order they were sent")
    new_count: int = Field(description="How many were not there already")


class TractionBatteryAnswer(Schema):
    """An electric truck's traction battery, as learnt. Null is: not known yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BATTERY]})

    vehicle: VehicleRef = Field(description="Which truck")
    soc_pct: float | None = Field(description="Newest state of charge (%)")
    soc_at: datetime | None = Field(description="When it was told (UTC)")
    usable_kwh: float | None = Field(description=defined("usable_capacity"))
    capacity_plus_minus_ratio: float | None = Field(description=defined("capacity_plus_minus"))
    swing_count: int = Field(description=defined("swing_count"))
    fade_pct_a_year: float | None = Field(description=defined("fade"))
    habit_kwh_per_km: float | None = Field(description=defined("habit"))
    km_per_kwh: float | None = Field(description=defined("km_per_kwh", "At its usual consumption."))
    range_left_km: float | None = Field(description=defined("range_left"))

    @classmethod
    def of(cls, truck: Habit, seasons: list[Season]) -> Self:
        """Return what is told of a truck's battery."""
        pack = seasons[-1].pack if seasons else None
        habit = habit_kwh_per_km([(km, kwh) for km, kwh in truck.trips])
        reach_km = None
        if pack is not None and habit is not None and truck.soc_pct is not None:
            reach_km = range_left_km(pack, truck.soc_pct, habit)
        return cls(
            vehicle=VehicleRef(id=truck.vehicle_id, name=truck.vehicle_name),
            soc_pct=rounded(truck.soc_pct, 1),
            soc_at=truck.soc_at,
            usable_kwh=None if pack is None else round(pack.usable_kwh, 2),
            capacity_plus_minus_ratio=None if pack is None else round(pack.uncertainty_ratio, 3),
            swing_count=0 if pack is None else pack.swing_count,
            fade_pct_a_year=rounded(fade_pct_a_year(history(seasons)), 2),
            habit_kwh_per_km=rounded(habit, 4),
            km_per_kwh=None if not habit else round(1 / habit, 2),
            range_left_km=rounded(reach_km, 1),
        )


class TractionBatteryList(Schema):
    """The fleet's traction batteries."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_BATTERY], "next_cursor": None}]})

    items: list[TractionBatteryAnswer] = Field(description="By truck")
    next_cursor: None = Field(description="There is only one page")


_Month = Annotated[int, Field(ge=1, le=12)]
_Weekday = Annotated[int, Field(ge=0, le=6)]


class BandBody(BaseModel):
    """A price for some months, weekdays and minutes of the local day; what is left out means all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    price_per_kwh: PriceOfUnit = Field(description="Price of a kilowatt-hour drawn, with up to four decimals")
    months: list[_Month] | None = Field(default=None, min_length=1, max_length=12, description="1 to 12")
    weekdays: list[_Weekday] | None = Field(default=None, min_length=1, max_length=7, description="0 (Monday) to 6")
    from_minute: int = Field(default=0, ge=0, le=1439, description="From this minute of the day on")
    to_minute: int = Field(
        default=0, ge=0, le=1439, description="Before this one; smaller: past midnight; equal: all day"
    )

    def stored(self) -> dict[str, Any]:
        """Return the band as it is stored."""
        return self.model_dump(mode="json")


class BandAnswer(Schema):
    """A price for some months, weekdays and minutes of the local day."""

    price_per_kwh: Decimal = Field(description="Price of a kilowatt-hour drawn")
    months: list[int] | None = Field(description="1 to 12; null: all")
    weekdays: list[int] | None = Field(description="0 (Monday) to 6; null: all")
    from_minute: int = Field(description="From this minute of the day on")
    to_minute: int = Field(description="Before this one; smaller: past midnight; equal: all day")


class TariffBody(BaseModel):
    """What a kilowatt-hour costs, by hour and season, from a local date on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200, pattern=VISIBLE, description="What it is called")
    place_id: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Where it holds; null: everywhere else")
    valid_from: Day = Field(description="From this local date on")
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$", description="ISO 4217; the fleet's if left out")
    otherwise_per_kwh: PriceOfUnit = Field(description="Price where no band holds, with up to four decimals")
    bands: list[BandBody] = Field(default_factory=list, max_length=48, description="The first that holds counts")
    co2_kg_per_kwh: float | None = Field(
        default=None, ge=0, le=5, description="CO2 (kg) of a kWh, as the supplier says"
    )


class TariffAnswer(Schema):
    """A tariff."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TARIFF]})

    id: int = Field(description="The tariff's number")
    name: str = Field(description="What it is called")
    place_id: int | None = Field(description="Where it holds; null: wherever no other does")
    valid_from: date = Field(description="From this local date on")
    currency: str = Field(description="ISO 4217")
    otherwise_per_kwh: Decimal = Field(description="Price where no band holds")
    bands: list[BandAnswer] = Field(description="The first that holds counts")
    co2_kg_per_kwh: float | None = Field(description="CO2 (kg) of a kilowatt-hour drawn, as the supplier says")

    @classmethod
    def of(cls, contract: Contract) -> Self:
        """Return what is told of a tariff."""
        return cls(
            id=contract.tariff_id,
            name=contract.name,
            place_id=contract.place_id,
            valid_from=contract.valid_from,
            currency=contract.currency,
            otherwise_per_kwh=contract.tariff.otherwise,
            bands=[
                BandAnswer(
                    price_per_kwh=band.price_per_kwh,
                    months=sorted(band.months),
                    weekdays=sorted(band.weekdays),
                    from_minute=band.from_minute,
                    to_minute=band.to_minute,
                )
                for band in contract.tariff.bands
            ],
            co2_kg_per_kwh=contract.co2_kg_per_kwh,
        )


class TariffList(Schema):
    """The fleet's tariffs."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_TARIFF], "next_cursor": None}]})

    items: list[TariffAnswer] = Field(description="By `valid_from`, ascending")
    next_cursor: None = Field(description="There is only one page")

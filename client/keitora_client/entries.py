"""What people enter, as it is sent and as it is told: fill-ups, charges, changes of trucks. Units are in the names."""

from datetime import date, datetime
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from keitora_client.models import Answer, Named, Place


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NewFillUp(_Entry):
    """A fill-up, to be entered. What is None is not said."""

    vehicle_id: int
    filled_at: datetime
    volume_l: float
    total_price: Decimal | None = None
    currency: str | None = None
    odometer_km: float | None = None
    trip_km: float | None = None
    is_full: bool = True
    missed_before: bool = False
    station: str | None = None
    note: str | None = None
    photo_ref: str | None = None
    lat: float | None = None
    lon: float | None = None


class NewCharge(_Entry):
    """What a charge drew and cost, by meter or receipt, to be entered. What is None is not said."""

    vehicle_id: int
    charged_at: datetime
    energy_kwh: float
    total_price: Decimal | None = None
    currency: str | None = None
    note: str | None = None


class VehicleChange(_Entry):
    """What to change of a truck: what is not given stays, None takes a value back where there may be none.

    `archived`: put away, or taken back.
    """

    name: str = ""
    plate: str | None = None
    maker: str | None = None
    model: str | None = None
    chassis_code: str | None = None
    energy: Literal["petrol", "diesel", "lpg", "hybrid", "electric"] = "petrol"
    displacement_cc: float | None = None
    volumetric_efficiency: float | None = None
    induction: Literal["natural", "supercharged", "turbo"] = "natural"
    has_fuel_cut: bool | None = None
    tank_l: float | None = None
    battery_kwh: float | None = None
    kerb_kg: float | None = None
    built_on: date | None = None
    archived: bool = False


class Question(Answer):
    """What looks mistyped about a fill-up; `proposed` would agree with its neighbours, in `unit`."""

    kind: str
    unit: str
    typed: float
    proposed: float | None


class FillUp(Answer):
    """A fill-up as it was entered."""

    id: int
    vehicle_id: int
    filled_at: datetime
    volume_l: float
    total_price: Decimal | None
    currency: str
    odometer_km: float | None
    is_full: bool
    station: str | None
    note: str | None
    entered_by: str
    question: Question | None


class ChargeEntry(Answer):
    """An entry about a charge, as it was made."""

    id: int
    vehicle_id: int
    charged_at: datetime
    energy_kwh: float
    total_price: Decimal | None
    currency: str


class Charge(Answer):
    """A charge of an electric truck, with what it brought and cost."""

    vehicle: Named
    started_at: datetime
    ended_at: datetime | None
    place: Place | None
    from_soc_pct: float | None
    to_soc_pct: float | None
    added_kwh: float | None
    drawn_kwh: float | None
    cost: float | None
    currency: str | None


Entered = TypeVar("Entered", bound=Answer)


class Kept(Answer, Generic[Entered]):
    """Rows that were sent together, all of them kept; `new_count` of them were not there already."""

    items: list[Entered]
    new_count: int

"""A fill-up as it was entered, and what it says about the litres between two full tanks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

QuestionKind = Literal["odometer", "volume", "missed", "duplicate", "overfull"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFillUp:
    """A fill-up to be stored. `trip_km`: the trip meter, to check the odometer by; `photo_ref` names a photo."""

    filled_at: datetime
    volume_l: float
    currency: str
    total_price: Decimal | None = None
    odometer_km: float | None = None
    trip_km: float | None = None
    is_full: bool = True
    missed_before: bool = False
    station: str | None = None
    note: str | None = None
    photo_ref: str | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillUp:
    """A stored fill-up. `confirmed` holds the kinds of question its owner has answered with: it is right as it is.

    `presence`: whether the truck was where it was filled up, within ten minutes; None before that was looked at.
    """

    fill_up_id: int
    vehicle_id: int
    filled_at: datetime
    volume_l: float
    total_price: Decimal | None
    currency: str
    odometer_km: float | None
    trip_km: float | None
    is_full: bool
    missed_before: bool
    station: str | None
    note: str | None
    photo_ref: str | None
    lat: float | None
    lon: float | None
    entered_by: str
    confirmed: Sequence[str] = ()
    presence: Literal["there", "elsewhere", "unknown"] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Something odd about an entry, for its owner to answer.

    `proposed` is the value that would make it agree with its neighbours, in `unit` as what was typed; None where none
    suggests itself.
    """

    fill_up_id: int
    kind: QuestionKind
    typed: float
    proposed: float | None

    @property
    def unit(self) -> Literal["km", "L"]:
        """What the values are in: the odometer's kilometres, else litres."""
        return "km" if self.kind == "odometer" else "L"


@dataclass(frozen=True, slots=True)
class TankInterval:
    """From one full tank to the next: the litres filled since (partial ones included) are the litres used.

    `distance_km` is by odometer; None where either end has none.
    """

    from_at: datetime
    to_at: datetime
    filled_l: float
    distance_km: float | None
    fill_up_ids: tuple[int, ...]

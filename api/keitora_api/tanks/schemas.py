"""What is told of tanks' levels and of the balance of fuel."""

from datetime import date, datetime
from typing import Final, Literal, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.fillups.queries import Balance, StoredTankEvent
from keitora_api.schemas import VEHICLE_EXAMPLE, Position, Schema, VehicleRef, defined, position, rounded

_EVENT: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "from_at": "2026-11-16T08:02:00Z",
    "to_at": "2026-11-16T08:11:00Z",
    "kind": "refuel",
    "volume_l": 27.1,
    "plus_minus_l": 1.2,
    "from_pct": 18.0,
    "to_pct": 86.0,
    "position": {"lat": 36.651289, "lon": 138.180956},
}
_BALANCE: Final[JsonDict] = {
    "vehicle": VEHICLE_EXAMPLE,
    "used_l": 61.2,
    "used_plus_minus_l": 6.1,
    "level_change_l": -1.6,
    "filled_l": 59.8,
    "difference_l": 0.2,
}


class TankEventAnswer(Schema):
    """Fuel that came into a tank, or went from it without being driven, by its level at standstill."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EVENT]})

    vehicle: VehicleRef = Field(description="Which truck")
    from_at: datetime = Field(description="The last reading before (UTC)")
    to_at: datetime = Field(description="The first reading after (UTC)")
    kind: Literal["refuel", "loss"] = Field(description="`loss`: theft, or a leak")
    volume_l: float = Field(description=defined("refuel"))
    plus_minus_l: float = Field(description=defined("refuel_plus_minus"))
    from_pct: float = Field(description=defined("tank_pct", "Before."))
    to_pct: float = Field(description=defined("tank_pct", "After."))
    position: Position | None = Field(description="Where the truck stood")

    @classmethod
    def of(cls, event: StoredTankEvent) -> Self:
        """Return what is told of an event."""
        return cls(
            vehicle=VehicleRef(id=event.vehicle_id, name=event.vehicle_name),
            from_at=event.from_at,
            to_at=event.to_at,
            kind=event.kind,
            volume_l=round(event.volume_l, 2),
            plus_minus_l=round(event.plus_minus_l, 2),
            from_pct=round(event.from_pct, 1),
            to_pct=round(event.to_pct, 1),
            position=position(event.lat, event.lon),
        )


class TankEventList(Schema):
    """Refuels and losses."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_EVENT], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[TankEventAnswer] = Field(description="By `from_at`, ascending")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: this is the last")


class BalanceAnswer(Schema):
    """Whether a truck's litres add up over a time. Null is: not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_BALANCE]})

    vehicle: VehicleRef = Field(description="Which truck")
    used_l: float | None = Field(description=defined("balance_used"))
    used_plus_minus_l: float | None = Field(description=defined("fuel_plus_minus"))
    level_change_l: float | None = Field(description=defined("balance_change"))
    filled_l: float = Field(description=defined("balance_filled"))
    difference_l: float | None = Field(description=defined("balance_difference"))

    @classmethod
    def of(cls, row: Balance) -> Self:
        """Return what is told of a truck's balance."""
        return cls(
            vehicle=VehicleRef(id=row.vehicle_id, name=row.vehicle_name),
            used_l=rounded(row.used_l, 2),
            used_plus_minus_l=rounded(row.used_plus_minus_l, 2),
            level_change_l=rounded(row.level_change_l, 2),
            filled_l=round(row.filled_l, 2),
            difference_l=rounded(row.difference_l, 2),
        )


class BalanceList(Schema):
    """The balance of each truck that burns fuel."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "time_zone": "Asia/Tokyo",
                    "from_local_date": "2026-10-01",
                    "to_local_date": "2026-11-01",
                    "items": [_BALANCE],
                    "next_cursor": None,
                }
            ]
        }
    )

    time_zone: str = Field(description="The fleet's IANA time zone, whose days these are")
    from_local_date: date = Field(description="The first local day that counts")
    to_local_date: date = Field(description="The local day after the last")
    items: list[BalanceAnswer] = Field(description="By truck")
    next_cursor: None = Field(description="There is only one page")

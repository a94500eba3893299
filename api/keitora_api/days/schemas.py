"""What is told of days."""

from datetime import date, datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.days.model import DriverDay, VehicleDay
from keitora.fuel.economy import is_known_enough, km_per_l, known_ratio
from keitora_api.schemas import VEHICLE_EXAMPLE, DriverRef, Schema, VehicleRef, a_km, defined, rounded

_SHARED: Final[JsonDict] = {
    "local_date": "2026-11-16",
    "trip_count": 6,
    "distance_km": 48.21,
    "moving_s": 5210.0,
    "idle_s": 1440.0,
    "engine_on_s": 6650.0,
    "engine_known_s": 6700.0,
    "fuel_l": 3.412,
    "energy_kwh": None,
    "km_per_kwh": None,
    "cost": 593.69,
    "cost_per_km": 12.31,
    "co2_kg": 7.921,
}
_DAY: Final[JsonDict] = {
    **_SHARED,
    "vehicle": VEHICLE_EXAMPLE,
    "gap_s": 0.0,
    "max_speed_kmh": 61.0,
    "fuel_plus_minus_l": 0.341,
    "fuel_known_ratio": 0.997,
    "km_per_l": 14.13,
    "idle_fuel_l": 0.382,
    "energy_plus_minus_kwh": None,
    "cost_plus_minus": 59.33,
    "idle_cost": 66.47,
    "odometer_km": 84211.0,
    "odometer_at": "2026-11-16T09:12:00Z",
    "rest_battery_v": 12.52,
    "ambient_temp_c": 6.0,
}
_DRIVER_DAY: Final[JsonDict] = {**_SHARED, "driver": {"id": 2, "name": "健"}}


class _DayAnswer(Schema):
    local_date: date = Field(description="The fleet's local day")
    trip_count: int = Field(description=defined("trip_count"))
    distance_km: float | None = Field(description=defined("distance"))
    moving_s: float = Field(description=defined("moving"))
    idle_s: float | None = Field(description=defined("idle"))
    engine_on_s: float | None = Field(description=defined("engine_on"))
    engine_known_s: float = Field(description=defined("engine_known"))
    fuel_l: float | None = Field(description=defined("fuel"))
    energy_kwh: float | None = Field(description=defined("energy"))
    km_per_kwh: float | None = Field(description=defined("km_per_kwh"))
    cost: float | None = Field(description=defined("cost", "The fleet's `currency` is told with the fleet."))
    cost_per_km: float | None = Field(description=defined("cost_per_km"))
    co2_kg: float | None = Field(description=defined("co2"))


def _shared(day: VehicleDay | DriverDay) -> dict[str, object]:
    heard = day.engine_known_s > 0
    metres, energy_kwh = day.distance_m, day.energy_kwh
    return {
        "local_date": day.local_date,
        "trip_count": day.trip_count,
        "distance_km": None if metres is None else round(metres / 1000, 3),
        "moving_s": round(day.moving_s, 1),
        "idle_s": round(day.idle_s, 1) if heard else None,
        "engine_on_s": round(day.engine_on_s, 1) if heard else None,
        "engine_known_s": round(day.engine_known_s, 1),
        "fuel_l": rounded(day.fuel_l, 3),
        "energy_kwh": rounded(energy_kwh, 3),
        "cost": rounded(day.cost, 2),
        "cost_per_km": a_km(day.cost, metres),
        "co2_kg": rounded(day.co2_kg, 3),
        "km_per_kwh": round(metres / 1000 / energy_kwh, 2) if metres and energy_kwh and energy_kwh > 0 else None,
    }


class VehicleDayAnswer(_DayAnswer):
    """A truck's local day. Null is: not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DAY]})

    vehicle: VehicleRef = Field(description="Which truck")
    gap_s: float = Field(description=defined("gap"))
    max_speed_kmh: float | None = Field(description=defined("max_speed"))
    fuel_plus_minus_l: float | None = Field(description=defined("fuel_plus_minus"))
    fuel_known_ratio: float | None = Field(description=defined("fuel_known"))
    km_per_l: float | None = Field(description=defined("km_per_l"))
    idle_fuel_l: float | None = Field(description=defined("idle_fuel"))
    energy_plus_minus_kwh: float | None = Field(description=defined("energy_plus_minus"))
    cost_plus_minus: float | None = Field(description=defined("cost_plus_minus"))
    idle_cost: float | None = Field(description=defined("idle_cost"))
    odometer_km: float | None = Field(description=defined("car_odometer"))
    odometer_at: datetime | None = Field(description="When it was told (UTC)")
    rest_battery_v: float | None = Field(description=defined("rest_battery"))
    ambient_temp_c: float | None = Field(description="Temperature of the air at that reading (°C)")

    @classmethod
    def of(cls, day: VehicleDay) -> Self:
        """Return what is told of a truck's day."""
        economy_l = day.fuel_l if is_known_enough(day.fuel_known_s, day.engine_on_s) else None
        own = {
            "vehicle": VehicleRef(id=day.vehicle_id, name=day.vehicle_name),
            "gap_s": round(day.gap_s, 1),
            "max_speed_kmh": rounded(day.max_speed_kmh, 1),
            "fuel_plus_minus_l": rounded(day.fuel_plus_minus_l, 3),
            "fuel_known_ratio": rounded(known_ratio(day.fuel_known_s, day.engine_on_s), 3),
            "km_per_l": rounded(km_per_l(day.distance_m, economy_l), 2),
            "idle_fuel_l": None if day.fuel_l is None else round(day.idle_l, 3),
            "energy_plus_minus_kwh": rounded(day.energy_plus_minus_kwh, 3),
            "cost_plus_minus": rounded(day.cost_plus_minus, 2),
            "idle_cost": rounded(day.idle_cost, 2),
            "odometer_km": rounded(day.odometer_km, 1),
            "odometer_at": day.odometer_at,
            "rest_battery_v": rounded(day.rest_battery_v, 2),
            "ambient_temp_c": rounded(day.rest_ambient_temp_c, 1),
        }
        return cls.model_validate({**_shared(day), **own})


class DriverDayAnswer(_DayAnswer):
    """What a driver drove on a local day, over all trucks. Null is: not known; a null driver: nobody is named."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DRIVER_DAY]})

    driver: DriverRef | None = Field(description="Who drove, as people say; null: nobody is named")

    @classmethod
    def of(cls, day: DriverDay) -> Self:
        """Return what is told of a driver's day."""
        who = None if day.driver_id is None else DriverRef(id=day.driver_id, name=day.driver_name or "")
        return cls.model_validate({**_shared(day), "driver": who})


class VehicleDayList(Schema):
    """A page of trucks' days."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_DAY], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone, whose days these are")
    items: list[VehicleDayAnswer] = Field(description="By `local_date`, newest first, then truck")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: there is no more")


class DriverDayList(Schema):
    """Days of drivers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"time_zone": "Asia/Tokyo", "items": [_DRIVER_DAY], "next_cursor": None}]}
    )

    time_zone: str = Field(description="The fleet's IANA time zone, whose days these are")
    items: list[DriverDayAnswer] = Field(description="By `local_date`, ascending, then driver; trips of nobody last")
    next_cursor: str | None = Field(description="Always null: the list is whole")

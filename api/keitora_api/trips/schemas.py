"""What is told of trips."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.energy.outlook import km_per_kwh
from keitora.fuel.economy import is_known_enough, km_per_l, known_ratio, l_per_100km
from keitora.fuel.methods import shares
from keitora.overlays.model import Purpose, SeenTrip
from keitora.places.queries import Label
from keitora.trips.ids import trip_id
from keitora.trips.model import TrackPoint, TripKey
from keitora_api.schemas import (
    VEHICLE_EXAMPLE,
    DriverRef,
    PlaceRef,
    Position,
    Schema,
    VehicleRef,
    a_km,
    defined,
    position,
    rounded,
)

_EXAMPLE: Final[JsonDict] = {
    "id": "7-mi1e8s00",
    "vehicle": VEHICLE_EXAMPLE,
    "started_at": "2026-11-16T22:05:00Z",
    "ended_at": "2026-11-16T22:31:00Z",
    "in_progress": False,
    "start": {"lat": 36.651289, "lon": 138.180956},
    "end": {"lat": 36.643191, "lon": 138.188675},
    "distance_km": 12.4,
    "distance_source": "vehicle_speed",
    "distance_second_km": 12.31,
    "duration_s": 1560,
    "moving_s": 1398,
    "idle_s": 162,
    "gap_s": 0,
    "engine_on_s": 1555,
    "engine_known_s": 1560,
    "average_speed_kmh": 28.6,
    "max_speed_kmh": 57.0,
    "climb_m": 84,
    "fuel_l": 0.812,
    "fuel_plus_minus_l": 0.081,
    "fuel_method": "speed_density",
    "fuel_shares": {"speed_density": 0.98, "road_load": 0.02},
    "fuel_calibrated_ratio": 0.98,
    "fuel_known_ratio": 0.998,
    "km_per_l": 15.27,
    "l_per_100km": 6.55,
    "idle_fuel_l": 0.031,
    "energy_kwh": None,
    "energy_plus_minus_kwh": None,
    "energy_method": None,
    "soc_from_pct": None,
    "soc_to_pct": None,
    "km_per_kwh": None,
    "cost": 141.29,
    "cost_plus_minus": 14.09,
    "cost_per_km": 11.39,
    "idle_cost": 5.39,
    "co2_kg": 1.885,
    "start_place": {"id": 1, "name": "本拠"},
    "end_place": {"id": 3, "name": "上の畑"},
    "purpose": "farm",
    "driver": {"id": 2, "name": "健"},
    "note": None,
    "part_count": 1,
    "derived_distance_km": 12.4,
}


class TripAnswer(Schema):
    """A trip, as people see it. Null is: not known."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="`{vehicle}-{start in Unix ms, base 36}`; changes if late samples move the start")
    vehicle: VehicleRef = Field(description="Which truck")
    started_at: datetime = Field(description="First movement (UTC)")
    ended_at: datetime = Field(description="Last movement so far (UTC)")
    in_progress: bool = Field(description=defined("in_progress"))
    start: Position | None = Field(description="Where it began")
    end: Position | None = Field(description="Where it ended, or is now")
    distance_km: float | None = Field(description=defined("distance"))
    distance_source: str = Field(
        description="`odometer`, `vehicle_speed`, `gnss_path`, `entered` (by hand) or `unknown`"
    )
    distance_second_km: float | None = Field(description=defined("distance_second"))
    duration_s: float = Field(description=defined("duration"))
    moving_s: float = Field(description=defined("moving"))
    idle_s: float | None = Field(description=defined("idle"))
    gap_s: float = Field(description=defined("gap"))
    engine_on_s: float | None = Field(description=defined("engine_on"))
    engine_known_s: float = Field(description=defined("engine_known"))
    average_speed_kmh: float | None = Field(description=defined("average_speed"))
    max_speed_kmh: float | None = Field(description=defined("max_speed"))
    climb_m: float | None = Field(description=defined("climb"))
    fuel_l: float | None = Field(description=defined("fuel"))
    fuel_plus_minus_l: float | None = Field(description=defined("fuel_plus_minus"))
    fuel_method: str | None = Field(
        description="The method most of it comes from: `measured`, `maf`, `speed_density`, `absolute_load`, `road_load`"
    )
    fuel_shares: dict[str, float] = Field(description="Which share of the litres each method estimated (0 to 1)")
    fuel_calibrated_ratio: float = Field(description=defined("fuel_calibrated"))
    fuel_known_ratio: float | None = Field(description=defined("fuel_known"))
    km_per_l: float | None = Field(description=defined("km_per_l"))
    l_per_100km: float | None = Field(description=defined("l_per_100km"))
    idle_fuel_l: float | None = Field(description=defined("idle_fuel"))
    energy_kwh: float | None = Field(description=defined("energy"))
    energy_plus_minus_kwh: float | None = Field(description=defined("energy_plus_minus"))
    energy_method: str | None = Field(
        description="`measured`: voltage times current; `soc`: by the state of charge and the battery as learnt"
    )
    soc_from_pct: float | None = Field(description="State of charge at its start (%)")
    soc_to_pct: float | None = Field(description="State of charge at its end (%)")
    km_per_kwh: float | None = Field(description=defined("km_per_kwh"))
    cost: float | None = Field(description=defined("cost", "The fleet's `currency` is told with the fleet."))
    cost_plus_minus: float | None = Field(description=defined("cost_plus_minus"))
    cost_per_km: float | None = Field(description=defined("cost_per_km"))
    idle_cost: float | None = Field(description=defined("idle_cost"))
    co2_kg: float | None = Field(description=defined("co2"))
    start_place: PlaceRef | None = Field(description="The named place it began at; of several the smallest")
    end_place: PlaceRef | None = Field(description="The named place it ended at; of several the smallest")
    purpose: Purpose | None = Field(description="What it was for, as people say: the newest entry counts")
    driver: DriverRef | None = Field(description="Who drove, as people say")
    note: str | None = Field(description="What else people say")
    part_count: int = Field(description=defined("part_count"))
    derived_distance_km: float | None = Field(description=defined("derived_distance"))

    @classmethod
    def of(cls, seen: SeenTrip, now: datetime, labels: Mapping[tuple[int, datetime], Label]) -> Self:
        """Return what is told of a trip at the moment `now`; `labels` tells where trucks were at moments."""
        trip = seen.trip
        duration_s = (trip.ended_at - trip.started_at).total_seconds()
        metres = trip.distance_m
        economy_l = trip.fuel_l if is_known_enough(trip.fuel_known_s, trip.engine_on_s) else None
        return cls(
            id=trip_id(TripKey(trip.vehicle_id, seen.began_at)),
            vehicle=VehicleRef(id=trip.vehicle_id, name=trip.vehicle_name),
            started_at=trip.started_at,
            ended_at=trip.ended_at,
            in_progress=trip.in_progress(now),
            start=position(trip.start_lat, trip.start_lon),
            end=position(trip.end_lat, trip.end_lon),
            distance_km=_km(metres),
            distance_source=trip.distance_source,
            distance_second_km=_km(trip.distance_second_m),
            duration_s=round(duration_s, 1),
            moving_s=round(trip.moving_s, 1),
            idle_s=round(trip.idle_s, 1) if trip.engine_known_s > 0 else None,
            gap_s=round(trip.gap_s, 1),
            engine_on_s=round(trip.engine_on_s, 1) if trip.engine_known_s > 0 else None,
            engine_known_s=round(trip.engine_known_s, 1),
            average_speed_kmh=None if metres is None or duration_s <= 0 else round(metres / duration_s * 3.6, 1),
            max_speed_kmh=rounded(trip.max_speed_kmh, 1),
            climb_m=rounded(trip.climb_m, 0),
            fuel_l=rounded(trip.fuel_l, 3),
            fuel_plus_minus_l=rounded(trip.fuel_plus_minus_l, 3),
            fuel_method=trip.fuel_method,
            fuel_shares={method: round(share, 3) for method, share in shares(trip).items()},
            fuel_calibrated_ratio=round(trip.fuel_calibrated_ratio, 3),
            fuel_known_ratio=rounded(known_ratio(trip.fuel_known_s, trip.engine_on_s), 3),
            km_per_l=rounded(km_per_l(metres, economy_l), 2),
            l_per_100km=rounded(l_per_100km(metres, economy_l), 2),
            idle_fuel_l=None if trip.fuel_l is None else round(trip.idle_l, 3),
            energy_kwh=rounded(trip.energy_kwh, 3),
            energy_plus_minus_kwh=rounded(trip.energy_plus_minus_kwh, 3),
            energy_method=None if trip.energy_kwh is None else trip.energy_method,
            soc_from_pct=rounded(trip.soc_from_pct, 1),
            soc_to_pct=rounded(trip.soc_to_pct, 1),
            km_per_kwh=rounded(km_per_kwh(metres and metres / 1000, trip.energy_kwh), 2),
            cost=rounded(trip.cost, 2),
            cost_plus_minus=rounded(trip.cost_plus_minus, 2),
            cost_per_km=a_km(trip.cost, metres),
            idle_cost=rounded(trip.idle_cost, 2),
            co2_kg=rounded(trip.co2_kg, 3),
            start_place=_named(labels.get((trip.vehicle_id, trip.started_at))),
            end_place=_named(labels.get((trip.vehicle_id, trip.ended_at))),
            purpose=seen.purpose,
            driver=None if seen.driver_id is None else DriverRef(id=seen.driver_id, name=seen.driver_name or ""),
            note=seen.note or None,
            part_count=seen.part_count,
            derived_distance_km=_km(seen.derived_distance_m),
        )


class TripList(Schema):
    """A page of trips."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"time_zone": "Asia/Tokyo", "items": [_EXAMPLE], "next_cursor": "7_49ew0xq8g0"}]
        }
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    items: list[TripAnswer] = Field(description="By `started_at`, in the order asked for")
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null: there is no more")


class Neighbours(Schema):
    """The trips of the same truck before and after one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "previous_id": "7-mi1d2x00",
                    "previous_started_at": "2026-11-16T21:31:00Z",
                    "previous_ended_at": "2026-11-16T21:40:00Z",
                    "next_id": None,
                    "next_started_at": None,
                    "next_ended_at": None,
                }
            ]
        },
    )

    previous_id: str | None = Field(description="The trip before; null: it is the first")
    previous_started_at: datetime | None = Field(description="When it began (UTC)")
    previous_ended_at: datetime | None = Field(description="When it ended (UTC)")
    next_id: str | None = Field(description="The trip after; null: it is the last so far")
    next_started_at: datetime | None = Field(description="When it began (UTC)")
    next_ended_at: datetime | None = Field(description="When it ended (UTC)")

    @classmethod
    def of(cls, previous: SeenTrip | None, following: SeenTrip | None) -> Self:
        """Return what is told of the trips beside one."""
        return cls(
            previous_id=previous and trip_id(TripKey(previous.trip.vehicle_id, previous.began_at)),
            previous_started_at=previous and previous.trip.started_at,
            previous_ended_at=previous and previous.trip.ended_at,
            next_id=following and trip_id(TripKey(following.trip.vehicle_id, following.began_at)),
            next_started_at=following and following.trip.started_at,
            next_ended_at=following and following.trip.ended_at,
        )


class TrackPointAnswer(Schema):
    """Where the truck was at one moment."""

    ts: datetime = Field(description="When (UTC)")
    lat: float = Field(description="Latitude (degrees, WGS 84)")
    lon: float = Field(description="Longitude (degrees, WGS 84)")
    speed_kmh: float | None = Field(description="Speed of the wheels, else of the satellite receiver (km/h)")
    altitude_m: float | None = Field(description="Altitude (m)")

    @classmethod
    def of(cls, point: TrackPoint) -> Self:
        """Return what is told of a point."""
        return cls(
            ts=point.sampled_at,
            lat=round(point.lat, 6),
            lon=round(point.lon, 6),
            speed_kmh=rounded(point.speed_kmh, 1),
            altitude_m=rounded(point.altitude_m, 1),
        )


class Track(Schema):
    """The line a trip drew."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "time_zone": "Asia/Tokyo",
                    "trip_id": "7-mi1e8s00",
                    "points": [
                        {
                            "ts": "2026-11-16T22:05:00Z",
                            "lat": 36.651289,
                            "lon": 138.180956,
                            "speed_kmh": 12.0,
                            "altitude_m": 371.0,
                        }
                    ],
                }
            ]
        }
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    trip_id: str = Field(description="Which trip")
    points: list[TrackPointAnswer] = Field(description="Points of the line, by `ts`, ascending")


def _named(label: Label | None) -> PlaceRef | None:
    return None if label is None else PlaceRef(id=label.place_id, name=label.name)


def _km(metres: float | None) -> float | None:
    return None if metres is None else round(metres / 1000, 3)

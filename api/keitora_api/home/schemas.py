"""What a home screen shows."""

from datetime import date, datetime
from typing import Final, Self

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.episodes.queries import StoredEpisode
from keitora.overlays.model import Purpose, SeenTrip
from keitora.positions.activity import Activity, activity
from keitora.positions.model import LatestValues
from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey
from keitora_api.episodes.schemas import EpisodeAnswer
from keitora_api.schemas import VEHICLE_EXAMPLE, DriverRef, Position, Schema, VehicleRef, defined, position, rounded
from keitora_api.upkeep.schemas import UpkeepAnswer

_EXAMPLE: Final[JsonDict] = {
    "time_zone": "Asia/Tokyo",
    "local_date": "2026-11-22",
    "role": "driver",
    "driver": {"id": 2, "name": "健"},
    "own_vehicle": VEHICLE_EXAMPLE,
    "vehicles": [
        {
            "vehicle": VEHICLE_EXAMPLE,
            "state": "moving",
            "position_at": "2026-11-22T02:59:55Z",
            "position": {"lat": 36.651289, "lon": 138.180956},
            "place": {"lat": 36.651289, "lon": 138.180956},
            "fuel_level_pct": None,
            "soc_pct": None,
        }
    ],
    "vehicle_count": 1,
    "trips_today": [
        {
            "id": "7-mi1e8s00",
            "vehicle": VEHICLE_EXAMPLE,
            "started_at": "2026-11-22T00:05:00Z",
            "ended_at": "2026-11-22T00:31:00Z",
            "in_progress": False,
            "distance_km": 12.4,
            "fuel_l": 0.812,
            "purpose": None,
        }
    ],
    "trip_count": 1,
    "distance_km": 12.4,
    "open_episodes": [],
    "upkeep": [],
}


class HomeVehicle(Schema):
    """Where a truck is and what it does."""

    vehicle: VehicleRef = Field(description="Which truck")
    state: Activity = Field(description=defined("state"))
    position_at: datetime | None = Field(description="When the position was taken (UTC)")
    position: Position | None = Field(description="Where it is")
    place: Position | None = Field(description="The same as `position`, by its older name", deprecated=True)
    fuel_level_pct: float | None = Field(description="Tank level (%)")
    soc_pct: float | None = Field(description="Charge of the traction battery (%)")

    @classmethod
    def of(cls, latest: LatestValues, now: datetime) -> Self:
        """Return what is told of a truck at a moment."""
        return cls(
            vehicle=VehicleRef(id=latest.vehicle_id, name=latest.vehicle_name),
            state=activity(latest, now),
            position_at=latest.position_at,
            position=position(latest.lat, latest.lon),
            place=position(latest.lat, latest.lon),
            fuel_level_pct=rounded(latest.fuel_level_pct, 0),
            soc_pct=rounded(latest.soc_pct, 0),
        )


class HomeTrip(Schema):
    """A trip, in short."""

    id: str = Field(description="As in `/v1/trips`")
    vehicle: VehicleRef = Field(description="Which truck")
    started_at: datetime = Field(description="First movement (UTC)")
    ended_at: datetime = Field(description="Last movement so far (UTC)")
    in_progress: bool = Field(description=defined("in_progress"))
    distance_km: float | None = Field(description=defined("distance"))
    fuel_l: float | None = Field(description=defined("fuel"))
    purpose: Purpose | None = Field(description="What it was for; null: nobody has said")

    @classmethod
    def of(cls, seen: SeenTrip, now: datetime) -> Self:
        """Return what is told of a trip in short."""
        trip = seen.trip
        return cls(
            id=trip_id(TripKey(trip.vehicle_id, seen.began_at)),
            vehicle=VehicleRef(id=trip.vehicle_id, name=trip.vehicle_name),
            started_at=trip.started_at,
            ended_at=trip.ended_at,
            in_progress=trip.in_progress(now),
            distance_km=None if trip.distance_m is None else round(trip.distance_m / 1000, 3),
            fuel_l=rounded(trip.fuel_l, 3),
            purpose=seen.purpose,
        )


class HomeEpisode(Schema):
    """Something that is wrong now, in short."""

    id: str = Field(description="As in `/v1/episodes`")
    vehicle: VehicleRef = Field(description="Which truck")
    kind: str = Field(description="What it is about")
    name_en: str = Field(description="Its name in English")
    name_ja: str = Field(description="Its name in Japanese")
    severity: str = Field(description="`note`, `warning` or `critical`")
    opened_at: datetime = Field(description="Since when (UTC)")

    @classmethod
    def of(cls, row: StoredEpisode) -> Self:
        """Return what is told of an episode in short."""
        whole = EpisodeAnswer.of(row, "UTC")
        return cls.model_validate({name: getattr(whole, name) for name in cls.model_fields})


class HomeUpkeep(Schema):
    """Upkeep that is due, in short."""

    id: int = Field(description="As in `/v1/upkeep`")
    vehicle: VehicleRef = Field(description="Which truck")
    name: str = Field(description="What the fleet calls it")
    state: str = Field(description="`overdue` or `soon`")
    due_on: date | None = Field(description="When it is due")

    @classmethod
    def of(cls, task: UpkeepAnswer) -> Self:
        """Return what is told of upkeep in short."""
        return cls(id=task.id, vehicle=task.vehicle, name=task.name, state=task.state, due_on=task.due_on)


class Home(Schema):
    """All a home screen shows, in less than 10 kB."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    time_zone: str = Field(description="The fleet's IANA time zone, whose day today is")
    local_date: date = Field(description="The fleet's local day that today is")
    role: str = Field(description="The role of who asks")
    driver: DriverRef | None = Field(description="Of a driver's key: who that is")
    own_vehicle: VehicleRef | None = Field(description="The truck the driver drove last, in the last 30 days")
    vehicles: list[HomeVehicle] = Field(description="Up to 16 trucks: those that move first, then the newest heard of")
    vehicle_count: int = Field(description=defined("heard_count"))
    trips_today: list[HomeTrip] = Field(description="Up to 10 trips of today, newest first: a driver's own, or all")
    trip_count: int = Field(description=defined("trip_count", "Of today; a driver's own, or all."))
    distance_km: float | None = Field(description=defined("distance", "Of the same trips."))
    open_episodes: list[HomeEpisode] = Field(description="Up to 6 that last, the newest first")
    upkeep: list[HomeUpkeep] = Field(description="Up to 6 tasks that are overdue or due soon, the first due first")

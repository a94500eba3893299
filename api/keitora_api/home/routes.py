"""`GET /v1/home`: one request for a driver's home screen."""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request

from keitora.drivers.queries import read_driver_name
from keitora.episodes.queries import EpisodeFilter, list_episodes
from keitora.overlays.model import SeenTrip
from keitora.overlays.reading import list_seen
from keitora.positions.queries import read_latest
from keitora.trips.model import TripFilter
from keitora.upkeep.due import due
from keitora.upkeep.queries import read_tasks
from keitora_api.auth import FleetVisit, Visit
from keitora_api.home.schemas import Home, HomeEpisode, HomeTrip, HomeUpkeep, HomeVehicle
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.schemas import DriverRef, VehicleRef
from keitora_api.upkeep.schemas import UpkeepAnswer

router = feature("fleet")

_TRUCKS: Final = 16
_TRIPS: Final = 10
_OTHERS: Final = 6
_A_DAY_AT_MOST: Final = 500
_LAST_DRIVEN: Final = timedelta(days=30)


@router.get("/home", summary="All a home screen shows")
async def home(request: Request, visit: FleetVisit) -> Home:
    """Return where the trucks are, today's trips, what is wrong and what is due, in less than 10 kB. Every role may.

    A driver's key is told its own trips, and the truck it drove last.
    """
    now = resources_of(request).clock()
    fleet_id, driver_id = visit.fleet.fleet_id, visit.holder.driver_id
    today = now.astimezone(ZoneInfo(visit.fleet.time_zone)).date()
    midnight = datetime.combine(today, time(), ZoneInfo(visit.fleet.time_zone))
    trips = await _trips(visit, midnight, limit=_A_DAY_AT_MOST)
    latest = [HomeVehicle.of(row, now) for row in reversed(await read_latest(visit.conn, fleet_id=fleet_id))]
    latest.sort(key=lambda one: one.state != "moving")
    is_open = EpisodeFilter(is_open=True, kinds=visit.shown_kinds(None))
    episodes = await list_episodes(visit.conn, fleet_id=fleet_id, which=is_open, order="desc", limit=_OTHERS)
    tasks = [
        UpkeepAnswer.of(task, due(task, today)) for task in await read_tasks(visit.conn, fleet_id=fleet_id, today=today)
    ]
    near = sorted((one for one in tasks if one.state in {"overdue", "soon"}), key=lambda one: (str(one.due_on), one.id))
    distances = [one.trip.distance_m for one in trips if one.trip.distance_m is not None]
    name = None if driver_id is None else await read_driver_name(visit.conn, fleet_id=fleet_id, driver_id=driver_id)
    return Home(
        time_zone=visit.fleet.time_zone,
        local_date=today,
        role=visit.holder.role,
        driver=None if driver_id is None else DriverRef(id=driver_id, name=name or ""),
        own_vehicle=await _own_vehicle(visit, trips, now),
        vehicles=latest[:_TRUCKS],
        vehicle_count=len(latest),
        trips_today=[HomeTrip.of(one, now) for one in trips[:_TRIPS]],
        trip_count=len(trips),
        distance_km=round(sum(distances) / 1000, 3) if distances else None,
        open_episodes=[HomeEpisode.of(row) for row in episodes],
        upkeep=[HomeUpkeep.of(one) for one in near[:_OTHERS]],
    )


async def _trips(visit: Visit, from_at: datetime, *, limit: int) -> list[SeenTrip]:
    driver_id = visit.holder.driver_id

    async def own(seen: list[SeenTrip]) -> list[SeenTrip]:
        return [one for one in seen if driver_id is None or one.driver_id == driver_id]

    found, _ = await list_seen(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        which=TripFilter(from_at=from_at),
        order="desc",
        limit=limit,
        pick=own,
    )
    return found


async def _own_vehicle(visit: Visit, today: list[SeenTrip], now: datetime) -> VehicleRef | None:
    if visit.holder.driver_id is None:
        return None
    newest = today or await _trips(visit, now - _LAST_DRIVEN, limit=1)
    return VehicleRef(id=newest[0].trip.vehicle_id, name=newest[0].trip.vehicle_name) if newest else None

"""`GET /v1/driverless-trips`: what is true only now, by what people have entered so far."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Query, Request

from keitora.episodes.driverless import overdue_h
from keitora.episodes.model import LATE_S, Kind
from keitora.episodes.setting_queries import read_settings_of
from keitora.episodes.settings import driverless_limits
from keitora.errors import KeitoraError
from keitora.overlays.model import SeenTrip
from keitora.overlays.reading import list_seen
from keitora.trips.ids import cursor_after, parse_cursor, trip_id
from keitora.trips.model import TripFilter, TripKey
from keitora.trips.queries import read_delays
from keitora_api.auth import FleetVisit
from keitora_api.driverless.schemas import DriverlessAnswer, DriverlessList
from keitora_api.parameters import TimeRangeQuery, VehicleIdsQuery
from keitora_api.problems import invalid
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.schemas import VehicleRef

router = feature("episodes")

_USUAL: Final = timedelta(days=31)


@router.get("/driverless-trips", summary="Trips nobody has named a driver for")
async def driverless_trips(
    *,
    request: Request,
    visit: FleetVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    limit: Annotated[int, Query(ge=1, le=1000, description="Trips in one answer at most")] = 100,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the answer before")] = None,
) -> DriverlessList:
    """Return the trips, as people see them, whose driver should have been named by now. Every role may read them.

    Only of trucks for which the rule `driverless` is on; without `from`, those of the last 31 days.
    """
    now, fleet_id, after = resources_of(request).clock(), visit.fleet.fleet_id, _place(cursor)
    chosen = await read_settings_of(visit.conn, fleet_id=fleet_id, kind=Kind.DRIVERLESS)
    if not _is_on_anywhere(chosen):
        return DriverlessList(time_zone=visit.fleet.time_zone, items=[], next_cursor=None)
    told: dict[TripKey, tuple[float, float]] = {}

    async def pick(seen: list[SeenTrip]) -> list[SeenTrip]:
        nobodys = [one for one in seen if one.driver_id is None and not one.trip.in_progress(now)]
        ends = [(one.trip.vehicle_id, one.trip.ended_at) for one in nobodys]
        delays = await read_delays(visit.conn, fleet_id=fleet_id, ends=ends) if ends else {}
        for one in nobodys:
            vehicle_id, ended_at = one.trip.vehicle_id, one.trip.ended_at
            limits = driverless_limits(chosen.get(None, {}), chosen.get(vehicle_id, {}))
            delay_s = delays.get((vehicle_id, ended_at), 0.0)
            overdue = None if limits is None else overdue_h(ended_at, delay_s, now, limits)
            if overdue is not None:
                told[_key(one)] = overdue, delay_s
        return [one for one in nobodys if _key(one) in told]

    seen, more = await list_seen(
        visit.conn,
        fleet_id=fleet_id,
        which=TripFilter(
            from_at=_since(times.from_at, times.to_at, now), to_at=times.to_at, vehicle_ids=vehicle_ids, nobodys=True
        ),
        order="desc",
        limit=limit,
        after=after,
        pick=pick,
    )
    return DriverlessList(
        time_zone=visit.fleet.time_zone,
        items=[_answer(one, *told[_key(one)]) for one in seen],
        next_cursor=None if more is None else cursor_after(more),
    )


def _is_on_anywhere(chosen: Mapping[int | None, Mapping[str, Any]]) -> bool:
    fleets = chosen.get(None, {})
    return any(driverless_limits(fleets, trucks) for trucks in ({}, *chosen.values()))


def _since(from_at: datetime | None, to_at: datetime | None, now: datetime) -> datetime:
    return (to_at or now) - _USUAL if from_at is None else from_at


def _key(one: SeenTrip) -> TripKey:
    return TripKey(one.trip.vehicle_id, one.began_at)


def _answer(one: SeenTrip, overdue: float, delay_s: float) -> DriverlessAnswer:
    metres = one.trip.distance_m
    return DriverlessAnswer(
        trip_id=trip_id(_key(one)),
        vehicle=VehicleRef(id=one.trip.vehicle_id, name=one.trip.vehicle_name),
        started_at=one.trip.started_at,
        ended_at=one.trip.ended_at,
        distance_km=None if metres is None else round(metres / 1000, 3),
        overdue_h=round(overdue, 1),
        is_late=delay_s > LATE_S,
    )


def _place(cursor: str | None) -> TripKey | None:
    try:
        return None if cursor is None else parse_cursor(cursor)
    except KeitoraError as error:
        raise invalid("query.cursor", str(error)) from error

"""`GET /v1/trips`, one trip, and its track."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Header, Path, Query, Request, Response

from keitora.errors import KeitoraError, NotFoundError
from keitora.overlays.model import SeenTrip
from keitora.overlays.reading import find_seen, list_seen
from keitora.places.queries import Label, read_labels
from keitora.trips.ids import cursor_after, parse_cursor, parse_trip_id
from keitora.trips.ids import trip_id as named
from keitora.trips.model import Order, TripFilter, TripKey
from keitora.trips.queries import read_track
from keitora.trips.track import thin
from keitora_api import problems
from keitora_api.auth import FleetVisit, Visit
from keitora_api.parameters import DriverIdsQuery, PlaceIdsQuery, PurposesQuery, TimeRangeQuery, VehicleIdsQuery
from keitora_api.problems import invalid
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.trips.choice import Chosen
from keitora_api.trips.forms import OTHER_FORMS, TrackForm, in_form, wanted_form
from keitora_api.trips.schemas import Neighbours, Track, TrackPointAnswer, TripAnswer, TripList

router = feature("trips")

TripId = Annotated[str, Path(description="As `id` of a trip", examples=["7-mi1e8s00"])]


@router.get("/trips", summary="Trips, by the time they began")
async def trips(
    *,
    request: Request,
    visit: FleetVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    purposes: PurposesQuery,
    driver_ids: DriverIdsQuery,
    place_ids: PlaceIdsQuery,
    order: Annotated[Order, Query(description="`desc`: newest first. `asc`: oldest first, as Grafana wants")] = "desc",
    limit: Annotated[int, Query(ge=1, le=1000, description="Trips in one answer at most")] = 100,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the answer before")] = None,
) -> TripList:
    """Return the trips that began within [from, to), newest first unless `order=asc`.

    A driver is shown his own and those that nobody has claimed.

    Trips are told as people see them: merged, split and corrected by the entries about them. A merged trip is listed
    where it began, a split one's parts each where they do. Pages are stable: a trip that is added or removed while you
    page moves no other trip across a page's edge. A page holds `limit` trips unless it is the last; only where
    `purpose`, `driver` or `place` choose few may one hold fewer and yet have a `next_cursor`.
    """
    which = TripFilter(from_at=times.from_at, to_at=times.to_at, vehicle_ids=vehicle_ids)
    chosen = Chosen(
        purposes=None if purposes is None else frozenset(purposes),
        driver_ids=visit.shown_drivers(None if driver_ids is None else frozenset(driver_ids)),
        place_ids=None if place_ids is None else frozenset(place_ids),
    )
    labels: dict[tuple[int, datetime], Label] = {}

    async def pick(seen: list[SeenTrip]) -> list[SeenTrip]:
        said = [one for one in seen if chosen.by_entries(one)]
        labels.update(await _labels(visit, said))
        return [one for one in said if chosen.by_places(one, labels)]

    seen, more = await list_seen(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        which=which,
        order=order,
        limit=limit,
        after=_place(cursor),
        pick=pick,
    )
    now = resources_of(request).clock()
    return TripList(
        time_zone=visit.fleet.time_zone,
        items=[TripAnswer.of(one, now, labels) for one in seen],
        next_cursor=None if more is None else cursor_after(more),
    )


@router.get("/trips/{trip_id}", summary="One trip", responses=problems.documented(problems.NOT_FOUND))
async def trip(request: Request, visit: FleetVisit, trip_id: TripId) -> TripAnswer:
    """Return one trip. Every role may read it."""
    found = await _found(visit, trip_id)
    return TripAnswer.of(found, resources_of(request).clock(), await _labels(visit, [found]))


@router.get(
    "/trips/{trip_id}/track",
    summary="A trip's track",
    response_model=Track,
    responses={**problems.documented(problems.NOT_FOUND, problems.NOT_ACCEPTABLE), 200: {"content": OTHER_FORMS}},
)
async def track(
    visit: FleetVisit,
    trip_id: TripId,
    max_points: Annotated[
        int | None, Query(ge=2, le=100_000, description="Thin the track evenly to this many points at most")
    ] = None,
    form: Annotated[
        TrackForm | None,
        Query(alias="format", description="`json`, `geojson`, `gpx` or `polyline`; without it `Accept` decides"),
    ] = None,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response | Track:
    """Return the line of a trip with few points. Every role may read it.

    Between two points the truck went straight at an even speed: no fix that the trip's distance believes in lies
    further than 8 m from the line at its moment. The first and the last point are kept when the track is thinned.
    `geojson` is a feature with the moment of each coordinate, `polyline` Google's encoded polyline of five decimals.
    """
    chosen = form or wanted_form(accept)
    found = await _found(visit, trip_id)
    points = await read_track(visit.conn, fleet_id=visit.fleet.fleet_id, trip=found.trip)
    shown = points if max_points is None else thin(points, max_points)
    if chosen != "json":
        return in_form(chosen, found, shown, trip_id)
    return Track(
        time_zone=visit.fleet.time_zone, trip_id=trip_id, points=[TrackPointAnswer.of(point) for point in shown]
    )


@router.get(
    "/trips/{trip_id}/neighbours",
    summary="The trips of the same truck before and after one",
    responses=problems.documented(problems.NOT_FOUND),
)
async def neighbours(visit: FleetVisit, trip_id: TripId) -> Neighbours:
    """Return the names and times of the truck's trips before and after this one. Every role may read them."""
    found = await _found(visit, trip_id)
    beside: dict[Order, SeenTrip | None] = {}

    async def pick(seen: list[SeenTrip]) -> list[SeenTrip]:
        return [one for one in seen if visit.sees_trip_of(one.driver_id)]

    for order in ("asc", "desc"):
        [*others], _ = await list_seen(
            visit.conn,
            fleet_id=visit.fleet.fleet_id,
            which=TripFilter(vehicle_ids=[found.trip.vehicle_id]),
            order=order,
            limit=1,
            after=TripKey(found.trip.vehicle_id, found.began_at),
            pick=pick,
        )
        beside[order] = others[0] if others else None
    return Neighbours.of(beside["desc"], beside["asc"])


async def _found(visit: Visit, public_id: str) -> SeenTrip:
    key = parse_trip_id(public_id)
    found = await find_seen(visit.conn, fleet_id=visit.fleet.fleet_id, key=key)
    if found is None or not visit.sees_trip_of(found.driver_id):
        raise NotFoundError(f"there is no trip '{named(key)}'")
    return found


async def _labels(visit: Visit, seen: Sequence[SeenTrip]) -> dict[tuple[int, datetime], Label]:
    moments = [(one.trip.vehicle_id, at) for one in seen for at in (one.trip.started_at, one.trip.ended_at)]
    return await read_labels(visit.conn, fleet_id=visit.fleet.fleet_id, moments=moments) if moments else {}


def _place(cursor: str | None) -> TripKey | None:
    try:
        return None if cursor is None else parse_cursor(cursor)
    except KeitoraError as error:
        raise invalid("query.cursor", str(error)) from error

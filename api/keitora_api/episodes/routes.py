"""`GET /v1/episodes`, acknowledging one, and what is true only now: batteries and silent trucks."""

from datetime import timedelta
from itertools import groupby
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Request

from keitora.episodes.battery import RestedDay, forecast
from keitora.episodes.ids import EpisodeKey, episode_id, parse_cursor, parse_episode_id
from keitora.episodes.model import OF_THE_TRUCK, Kind
from keitora.episodes.queries import (
    EpisodeFilter,
    Order,
    acknowledge_episode,
    find_episode,
    list_episodes,
    read_rested_days,
)
from keitora.episodes.setting_queries import read_settings_of
from keitora.episodes.settings import silence_limits
from keitora.episodes.silence import DRIVING_KMH, silence_h
from keitora.errors import KeitoraError, NotFoundError
from keitora.positions.queries import read_latest
from keitora_api import problems
from keitora_api.auth import FleetVisit, WritingVisit
from keitora_api.episodes.schemas import (
    AcknowledgementEntry,
    BatteryAnswer,
    BatteryList,
    EpisodeAnswer,
    EpisodeList,
    SilentAnswer,
    SilentList,
)
from keitora_api.parameters import ALL, Instant, TimeRangeQuery, VehicleIdsQuery, words_of
from keitora_api.problems import invalid
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.schemas import VehicleRef

router = feature("episodes")

_FORECAST_DAYS: Final = 30
_SPEED_HOLD: Final = timedelta(seconds=20)


@router.get("/episodes", summary="What was wrong, by the time it began")
async def episodes(
    *,
    visit: FleetVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    kind: Annotated[
        list[str] | None,
        Query(description="Only of these kinds, comma-separated or repeated; `all` or nothing for all"),
    ] = None,
    is_open: Annotated[
        bool | None, Query(alias="open", description="`true`: those that last; `false`: the rest")
    ] = None,
    heard_from: Annotated[
        Instant | None,
        Query(
            description="Only those heard of from then on (inclusive), however long ago they began; what arrived more "
            "than seven days after it was noticed is history, and left out",
            examples=["2026-11-22T02:45:00Z"],
        ),
    ] = None,
    order: Annotated[Order, Query(description="`desc`: newest first. `asc`: oldest first, as Grafana wants")] = "desc",
    limit: Annotated[int, Query(ge=1, le=1000, description="Episodes in one answer at most")] = 100,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the answer before")] = None,
) -> EpisodeList:
    """Return the episodes that began within [from, to), newest first unless `order=asc`.

    A driver is shown what is the matter with the trucks, not how they are driven.
    """
    which = EpisodeFilter(
        from_at=times.from_at,
        to_at=times.to_at,
        vehicle_ids=vehicle_ids,
        kinds=visit.shown_kinds(_kinds(kind)),
        is_open=is_open,
        heard_from=heard_from,
    )
    rows = await list_episodes(
        visit.conn, fleet_id=visit.fleet.fleet_id, which=which, order=order, limit=limit + 1, after=_place(cursor)
    )
    shown = rows[:limit]
    more = episode_id(shown[-1].key) if len(rows) > limit else None
    return EpisodeList(
        time_zone=visit.fleet.time_zone,
        items=[EpisodeAnswer.of(row, visit.fleet.time_zone) for row in shown],
        next_cursor=more,
    )


@router.post(
    "/episodes/{episode_id}/acknowledge",
    summary="Say that an episode was seen",
    responses=problems.documented(problems.NOT_FOUND, problems.FORBIDDEN),
)
async def acknowledge(
    request: Request,
    visit: WritingVisit,
    episode_id: Annotated[str, Path(description="As `id` of an episode", examples=["7-overheating-mi1e8s00"])],
    entry: AcknowledgementEntry | None = None,
) -> EpisodeAnswer:
    """Note who has seen an episode, and return it. A manager and a driver may; the newest acknowledgement counts.

    It stays with the episode when late samples move its edges.
    """
    key = parse_episode_id(episode_id)
    if visit.holder.role == "driver" and key.kind not in OF_THE_TRUCK:
        raise NotFoundError(f"there is no episode '{episode_id}'")
    await acknowledge_episode(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        key=key,
        by=visit.author,
        at=resources_of(request).clock(),
        note=entry.note if entry else None,
    )
    found = await find_episode(visit.conn, fleet_id=visit.fleet.fleet_id, key=key)
    if found is None:
        raise NotFoundError(f"there is no episode '{episode_id}'")
    return EpisodeAnswer.of(found, visit.fleet.time_zone)


@router.get("/batteries", summary="The 12 V batteries, and for how long they will do")
async def batteries(request: Request, visit: FleetVisit) -> BatteryList:
    """Return each truck's battery at rest and its forecast, from the last 30 days. Every role may read them."""
    today = resources_of(request).clock().astimezone(ZoneInfo(visit.fleet.time_zone)).date()
    after = today - timedelta(days=_FORECAST_DAYS)
    rows = await read_rested_days(visit.conn, fleet_id=visit.fleet.fleet_id, after_date=after)
    items = []
    for (vehicle_id, name), group in groupby(rows, key=lambda row: (row.vehicle_id, row.vehicle_name)):
        days = [RestedDay(row.local_date, row.rest_battery_v, row.rest_ambient_temp_c) for row in group]
        told = forecast(days)
        if told is not None:
            items.append(BatteryAnswer.of(VehicleRef(id=vehicle_id, name=name), told, days[-1].ambient_temp_c))
    return BatteryList(time_zone=visit.fleet.time_zone, items=items, next_cursor=None)


@router.get("/silent-vehicles", summary="Trucks that should have been heard of by now")
async def silent_vehicles(request: Request, visit: FleetVisit) -> SilentList:
    """Return the trucks that are silent now, for longer than their rule allows. Every role may read them.

    Half an hour after the last sample of a moving truck, a week after that of a standing one, unless it is set
    otherwise. A silence that is over is an episode of the kind `silent`.
    """
    now = resources_of(request).clock()
    fleet_id = visit.fleet.fleet_id
    chosen = await read_settings_of(visit.conn, fleet_id=fleet_id, kind=Kind.SILENT)
    items = []
    for latest in await read_latest(visit.conn, fleet_id=fleet_id):
        limits = silence_limits(chosen.get(None, {}), chosen.get(latest.vehicle_id, {}))
        fresh = latest.speed_at is not None and latest.sampled_at - latest.speed_at <= _SPEED_HOLD
        driving = fresh and (latest.speed_kmh or 0.0) >= DRIVING_KMH
        lasted_ms = (now - latest.sampled_at) // timedelta(milliseconds=1)
        lasted_h = None if limits is None else silence_h(0, lasted_ms, limits, driving=driving)
        if lasted_h is not None:
            items.append(SilentAnswer.of(latest, lasted_h, driving=driving, zone=visit.fleet.time_zone))
    return SilentList(time_zone=visit.fleet.time_zone, items=items, next_cursor=None)


def _kinds(texts: list[str] | None) -> list[Kind] | None:
    words = words_of(texts)
    try:
        kinds = [Kind(word) for word in words if word != ALL]
    except ValueError as error:
        raise invalid("query.kind", f"there are: {', '.join(Kind)}") from error
    return None if ALL in words else kinds


def _place(cursor: str | None) -> EpisodeKey | None:
    try:
        return None if cursor is None else parse_cursor(cursor)
    except KeitoraError as error:
        raise invalid("query.cursor", str(error)) from error

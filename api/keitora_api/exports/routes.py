"""`GET /v1/exports/…`: tables as CSV and XLSX, tracks as GPX and GeoJSON."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Request
from fastapi.responses import StreamingResponse

from keitora.trips.formats import gpx_foot, gpx_head, gpx_track, track_geojson, utc_text
from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey
from keitora_api import problems
from keitora_api.auth import ManagementVisit
from keitora_api.exports.columns import DAYS, FILL_UPS, TRIPS, Language, Table
from keitora_api.exports.rows import Page, day_pages, fill_up_pages, tracks, trip_pages
from keitora_api.exports.tables import csv_text, xlsx_bytes
from keitora_api.parameters import TimeRange, TimeRangeQuery, VehicleIdsQuery
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.streaming import NOT_STORED, FleetReader

router = feature("exports")

What = Literal["trips", "days", "fill-ups"]
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORBIDDEN: Final = problems.documented(problems.FORBIDDEN)
_WHAT: Final = "`trips`, `days` or `fill-ups`"
Lang = Annotated[Language | None, Query(description="Language of the headings; the fleet's if left out")]


@router.get(
    "/exports/{what}.csv",
    summary="A table as CSV",
    response_class=StreamingResponse,
    responses={**_FORBIDDEN, 200: {"content": {"text/csv": {"example": "車両,開始 (Asia/Tokyo),走行距離 (km)\r\n"}}}},
)
async def as_csv(
    *,
    request: Request,
    visit: ManagementVisit,
    what: Annotated[What, Path(description=_WHAT, examples=["trips"])],
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    lang: Lang = None,
) -> StreamingResponse:
    """Stream trips, trucks' days or fill-ups within [from, to) as CSV. Managers and viewers may read them.

    The first line has the headings with units; times are local, of the zone in their heading. UTF-8 with a byte order
    mark, as spreadsheets want it. An empty field is not known.
    """
    reader, language = FleetReader.of(resources_of(request), visit), _language(visit.fleet.locale, lang)
    table, pages = _table(what, reader, times, vehicle_ids, language)
    text = csv_text(table, pages, language, ZoneInfo(visit.fleet.time_zone))
    return StreamingResponse(text, media_type="text/csv", headers=_offered(f"{what}.csv"))


@router.get(
    "/exports/{what}.xlsx",
    summary="A table as a spreadsheet",
    response_class=StreamingResponse,
    responses={**_FORBIDDEN, 200: {"content": {_XLSX: {"schema": {"type": "string"}, "example": "PK…"}}}},
)
async def as_xlsx(
    *,
    request: Request,
    visit: ManagementVisit,
    what: Annotated[What, Path(description=_WHAT, examples=["trips"])],
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    lang: Lang = None,
) -> StreamingResponse:
    """Send trips, trucks' days or fill-ups within [from, to) as XLSX. Managers and viewers may read them.

    The same table as the CSV, with times as dates that a spreadsheet counts with.
    """
    reader, language = FleetReader.of(resources_of(request), visit), _language(visit.fleet.locale, lang)
    table, pages = _table(what, reader, times, vehicle_ids, language)
    book = xlsx_bytes(table, pages, language, ZoneInfo(visit.fleet.time_zone))
    return StreamingResponse(book, media_type=_XLSX, headers=_offered(f"{what}.xlsx"))


@router.get(
    "/exports/tracks.gpx",
    summary="Trips' tracks as GPX",
    response_class=StreamingResponse,
    responses={
        **_FORBIDDEN,
        200: {"content": {"application/gpx+xml": {"schema": {"type": "string"}, "example": "<gpx/>"}}},
    },
)
async def as_gpx(
    request: Request, visit: ManagementVisit, times: TimeRangeQuery, vehicle_ids: VehicleIdsQuery
) -> StreamingResponse:
    """Stream the tracks of the trips that began within [from, to) as one GPX 1.1 file, times in UTC."""
    text = _gpx(FleetReader.of(resources_of(request), visit), times, vehicle_ids)
    return StreamingResponse(text, media_type="application/gpx+xml", headers=_offered("tracks.gpx"))


@router.get(
    "/exports/tracks.geojson",
    summary="Trips' tracks as GeoJSON",
    response_class=StreamingResponse,
    responses={
        **_FORBIDDEN,
        200: {
            "content": {
                "application/geo+json": {
                    "schema": {"type": "object"},
                    "example": {"type": "FeatureCollection", "features": []},
                }
            }
        },
    },
)
async def as_geojson(
    request: Request, visit: ManagementVisit, times: TimeRangeQuery, vehicle_ids: VehicleIdsQuery
) -> StreamingResponse:
    """Stream the tracks of the trips that began within [from, to) as a GeoJSON FeatureCollection, times in UTC."""
    text = _geojson(FleetReader.of(resources_of(request), visit), times, vehicle_ids)
    return StreamingResponse(text, media_type="application/geo+json", headers=_offered("tracks.geojson"))


def _table(
    what: What, reader: FleetReader, times: TimeRange, vehicle_ids: tuple[int, ...] | None, language: Language
) -> tuple[Table, AsyncIterator[Page]]:
    if what == "trips":
        return TRIPS, trip_pages(reader, times, vehicle_ids, language)
    if what == "days":
        return DAYS, day_pages(reader, times, vehicle_ids)
    return FILL_UPS, fill_up_pages(reader, times, vehicle_ids)


async def _gpx(reader: FleetReader, times: TimeRange, vehicle_ids: tuple[int, ...] | None) -> AsyncIterator[str]:
    yield gpx_head()
    async for seen, points in tracks(reader, times, vehicle_ids):
        yield gpx_track(points, f"{seen.trip.vehicle_name} {utc_text(seen.trip.started_at)}")
    yield gpx_foot()


async def _geojson(reader: FleetReader, times: TimeRange, vehicle_ids: tuple[int, ...] | None) -> AsyncIterator[str]:
    yield '{"type":"FeatureCollection","features":['
    between = ""
    async for seen, points in tracks(reader, times, vehicle_ids):
        told = {
            "trip_id": trip_id(TripKey(seen.trip.vehicle_id, seen.began_at)),
            "vehicle_name": seen.trip.vehicle_name,
            "distance_km": None if seen.trip.distance_m is None else round(seen.trip.distance_m / 1000, 3),
            "driver_name": seen.driver_name,
            "purpose": seen.purpose,
        }
        yield between + json.dumps(track_geojson(points, told), ensure_ascii=False)
        between = ","
    yield "]}"


def _language(locale: str, asked: Language | None) -> Language:
    return asked or ("ja" if locale == "ja" else "en")


def _offered(name: str) -> dict[str, str]:
    return {**NOT_STORED, "Content-Disposition": f'attachment; filename="{name}"'}

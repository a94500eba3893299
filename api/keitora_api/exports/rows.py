"""Rows of exported tables and tracks, read page by page: memory stays flat, no connection waits for a reader."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from keitora.days.model import VehicleDay
from keitora.days.queries import read_vehicle_days
from keitora.fillups.queries import page_fill_ups
from keitora.overlays.model import SeenTrip
from keitora.overlays.reading import day_columns, list_seen, read_day_changes
from keitora.places.queries import read_labels
from keitora.trips.model import TrackPoint, TripFilter, TripKey
from keitora.trips.queries import read_tracks
from keitora.vehicles.queries import read_vehicles
from keitora_api.exports.columns import FillRow, Language, TripRow
from keitora_api.parameters import TimeRange
from keitora_api.streaming import FleetReader

_TRIPS_AT_ONCE = 200
_TRACKS_AT_ONCE = 20
_DAYS_AT_ONCE = 1000
_FILL_UPS_AT_ONCE = 200

Page = Sequence[TripRow] | Sequence[VehicleDay] | Sequence[FillRow]


async def trip_pages(
    reader: FleetReader, times: TimeRange, vehicle_ids: Sequence[int] | None, language: Language
) -> AsyncIterator[Sequence[TripRow]]:
    """Yield the trips that began within a time, in order of time, as people see them."""
    which = TripFilter(from_at=times.from_at, to_at=times.to_at, vehicle_ids=vehicle_ids)
    after: TripKey | None = None
    while True:
        async with reader.reading() as conn:
            seen, after = await list_seen(
                conn, fleet_id=reader.fleet.fleet_id, which=which, order="asc", limit=_TRIPS_AT_ONCE, after=after
            )
            moments = [(one.trip.vehicle_id, at) for one in seen for at in (one.trip.started_at, one.trip.ended_at)]
            labels = await read_labels(conn, fleet_id=reader.fleet.fleet_id, moments=moments) if moments else {}
        yield [
            TripRow(
                one,
                labels.get((one.trip.vehicle_id, one.trip.started_at)),
                labels.get((one.trip.vehicle_id, one.trip.ended_at)),
                language,
            )
            for one in seen
        ]
        if after is None:
            return


async def tracks(
    reader: FleetReader, times: TimeRange, vehicle_ids: Sequence[int] | None
) -> AsyncIterator[tuple[SeenTrip, list[TrackPoint]]]:
    """Yield the trips that began within a time, each with its line."""
    fleet_id = reader.fleet.fleet_id
    which = TripFilter(from_at=times.from_at, to_at=times.to_at, vehicle_ids=vehicle_ids)
    after: TripKey | None = None
    while True:
        async with reader.reading() as conn:
            page, after = await list_seen(
                conn, fleet_id=fleet_id, which=which, order="asc", limit=_TRIPS_AT_ONCE, after=after
            )
        for first in range(0, len(page), _TRACKS_AT_ONCE):
            some = page[first : first + _TRACKS_AT_ONCE]
            async with reader.reading() as conn:
                lines = await read_tracks(conn, fleet_id=fleet_id, trips=[one.trip for one in some])
            for one, points in zip(some, lines, strict=True):
                yield one, points
        if after is None:
            return


async def day_pages(
    reader: FleetReader, times: TimeRange, vehicle_ids: Sequence[int] | None
) -> AsyncIterator[Sequence[VehicleDay]]:
    """Yield the trucks' local days that a time touches, newest first."""
    fleet_id, zone = reader.fleet.fleet_id, ZoneInfo(reader.fleet.time_zone)
    after: tuple[date, int] | None = None
    async with reader.reading() as conn:
        found = await read_day_changes(
            conn, fleet_id=fleet_id, zone=zone, from_at=times.from_at, to_at=times.to_at, vehicle_ids=vehicle_ids
        )
    while True:
        async with reader.reading() as conn:
            rows = await read_vehicle_days(
                conn,
                fleet_id=fleet_id,
                from_at=times.from_at,
                to_at=times.to_at,
                vehicle_ids=vehicle_ids,
                changes=day_columns(found),
                after=after,
                limit=_DAYS_AT_ONCE,
            )
        yield rows
        if len(rows) < _DAYS_AT_ONCE:
            return
        after = (rows[-1].local_date, rows[-1].vehicle_id)


async def fill_up_pages(
    reader: FleetReader, times: TimeRange, vehicle_ids: Sequence[int] | None
) -> AsyncIterator[Sequence[FillRow]]:
    """Yield the fill-ups within a time, in order of time."""
    fleet_id = reader.fleet.fleet_id
    last: tuple[datetime, int] | None = None
    async with reader.reading() as conn:
        names = {truck.vehicle_id: truck.name for truck in await read_vehicles(conn, fleet_id=fleet_id)}
    while True:
        async with reader.reading() as conn:
            fills = await page_fill_ups(
                conn,
                fleet_id=fleet_id,
                vehicle_ids=vehicle_ids,
                from_at=times.from_at,
                to_at=times.to_at,
                after=last,
                limit=_FILL_UPS_AT_ONCE,
            )
        yield [FillRow(fill, names.get(fill.vehicle_id, str(fill.vehicle_id))) for fill in fills]
        if len(fills) < _FILL_UPS_AT_ONCE:
            return
        last = (fills[-1].filled_at, fills[-1].fill_up_id)

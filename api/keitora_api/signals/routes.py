"""`GET /v1/vehicles/{vehicle_id}/signals`, `/samples.csv` and `/samples.parquet`."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import WithJsonSchema

from keitora.samples.reading import bucket_width, condense_signals
from keitora.signals.model import Signal
from keitora.signals.registry import BY_COLUMN, SIGNALS
from keitora.vehicles.queries import read_vehicle
from keitora_api import problems
from keitora_api.auth import ManagementVisit, Visit
from keitora_api.parameters import TimeRange, TimeRangeQuery
from keitora_api.problems import ProblemError, invalid
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.schemas import VehicleRef
from keitora_api.signals.parquet import as_parquet, is_installed
from keitora_api.signals.rows import RowsAsked, as_csv
from keitora_api.signals.schemas import SignalList, SignalSeries
from keitora_api.streaming import NOT_STORED, FleetReader

router = feature("vehicles")

VehicleId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The truck's number", examples=[7])]
_ONE: Final = problems.documented(problems.NOT_FOUND, problems.FORBIDDEN)
_USUAL: Final = timedelta(days=1)
_LONGEST_CHART: Final = timedelta(days=366)
_LONGEST_FILE: Final = timedelta(days=366)
_MOST_SIGNALS: Final = 12
_PARQUET: Final = "application/vnd.apache.parquet"


async def signals_of(
    signal: Annotated[
        list[Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[a-z0-9_]+(,[a-z0-9_]+)*$"})]] | None,
        Query(
            description="Columns of docs/reference/signals.md, comma-separated or repeated",
            examples=[["speed_kmh", "engine_rpm"]],
        ),
    ] = None,
) -> tuple[Signal, ...] | None:
    """Read `signal`; None if nothing is said. Raises a 422 problem for what is no signal."""
    words = [word.strip() for text in signal or () for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in BY_COLUMN]
    if unknown:
        raise invalid("query.signal", f"there is no signal '{unknown[0][:40]}'; docs/reference/signals.md names them")
    return tuple(BY_COLUMN[word] for word in dict.fromkeys(words)) or None


SignalsQuery = Annotated[tuple[Signal, ...] | None, Depends(signals_of)]


@router.get("/vehicles/{vehicle_id}/signals", summary="A truck's signals, condensed for a chart", responses=_ONE)
async def signals(
    *,
    request: Request,
    visit: ManagementVisit,
    vehicle_id: VehicleId,
    asked: SignalsQuery,
    times: TimeRangeQuery,
    points: Annotated[int, Query(ge=1, le=5000, description="Points of a signal at most")] = 500,
) -> SignalList:
    """Return least, mean and greatest value of each signal in even buckets of time. Managers and viewers may read it.

    Without `to` until now, without `from` the day before `to`; 12 signals at most. The longer the time, the longer the
    buckets; of more than 366 days the newest 366 are told. Two devices on one truck are taken together.
    """
    if not asked or len(asked) > _MOST_SIGNALS:
        raise invalid("query.signal", f"name 1 to {_MOST_SIGNALS} signals, such as speed_kmh,engine_rpm")
    to_at = times.to_at or resources_of(request).clock()
    from_at = min(max(times.from_at or to_at - _USUAL, to_at - _LONGEST_CHART), to_at)
    truck = await read_vehicle(visit.conn, fleet_id=visit.fleet.fleet_id, vehicle_id=vehicle_id)
    width = bucket_width(from_at, to_at, points)
    series = await condense_signals(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        vehicle_id=vehicle_id,
        signals=asked,
        from_at=from_at,
        to_at=to_at,
        width=width,
    )
    return SignalList(
        time_zone=visit.fleet.time_zone,
        vehicle=VehicleRef(id=vehicle_id, name=truck.name),
        from_at=from_at,
        bucket_s=width.total_seconds(),
        items=[SignalSeries.of(signal, line) for signal, line in zip(asked, series, strict=True)],
        next_cursor=None,
    )


@router.get(
    "/vehicles/{vehicle_id}/samples.csv",
    summary="A truck's rows as its devices told them, as CSV",
    response_class=StreamingResponse,
    responses={**_ONE, 200: {"content": {"text/csv": {"example": "ts,device_id,speed_kmh\r\n"}}}},
)
async def samples(
    *, request: Request, visit: ManagementVisit, vehicle_id: VehicleId, asked: SignalsQuery, times: TimeRangeQuery
) -> StreamingResponse:
    """Stream the rows within [from, to) in order of time. Managers and viewers may read them.

    The first line names the columns, with their units; `ts` is UTC; an empty field is not known. Without `signal` all
    columns; without `to` until now, without `from` the day before `to`; 366 days at most.
    """
    rows = await _rows_of(request, visit, vehicle_id, asked, times)
    return StreamingResponse(
        as_csv(FleetReader.of(resources_of(request), visit), rows),
        media_type="text/csv",
        headers={**NOT_STORED, "Content-Disposition": f'attachment; filename="{rows.file_name("csv")}"'},
    )


@router.get(
    "/vehicles/{vehicle_id}/samples.parquet",
    summary="A truck's rows as its devices told them, as Parquet",
    response_class=StreamingResponse,
    responses={
        **problems.documented(problems.NOT_FOUND, problems.FORBIDDEN, problems.NOT_INSTALLED),
        200: {"content": {_PARQUET: {"schema": {"type": "string", "format": "binary"}, "example": "PAR1…PAR1"}}},
    },
)
async def samples_parquet(
    *, request: Request, visit: ManagementVisit, vehicle_id: VehicleId, asked: SignalsQuery, times: TimeRangeQuery
) -> StreamingResponse:
    """Stream the rows within [from, to) in order of time. Managers and viewers may read them.

    The same rows and columns as `samples.csv`, with types and units. The library that writes it is not everywhere: a
    501 problem says how to install it.
    """
    if not is_installed():
        raise ProblemError(problems.NOT_INSTALLED, "Parquet needs: pip install 'keitora[parquet]'; CSV is always there")
    rows = await _rows_of(request, visit, vehicle_id, asked, times)
    return StreamingResponse(
        as_parquet(FleetReader.of(resources_of(request), visit), rows),
        media_type=_PARQUET,
        headers={**NOT_STORED, "Content-Disposition": f'attachment; filename="{rows.file_name("parquet")}"'},
    )


async def _rows_of(
    request: Request, visit: Visit, vehicle_id: int, asked: tuple[Signal, ...] | None, times: TimeRange
) -> RowsAsked:
    from_at, to_at = _bounds(times, resources_of(request).clock())
    await read_vehicle(visit.conn, fleet_id=visit.fleet.fleet_id, vehicle_id=vehicle_id)
    return RowsAsked(vehicle_id, asked or SIGNALS, from_at, to_at)


def _bounds(times: TimeRange, now: datetime) -> tuple[datetime, datetime]:
    to_at = times.to_at or now
    from_at = times.from_at or to_at - _USUAL
    if not timedelta(0) < to_at - from_at <= _LONGEST_FILE:
        raise invalid("query.from", f"`from` lies before `to`, by {_LONGEST_FILE.days} days at most")
    return from_at, to_at

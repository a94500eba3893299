"""`GET /healthz`."""

from datetime import datetime

from fastapi import APIRouter, Request

from keitora import __version__
from keitora_api import problems
from keitora_api.database import PROBE_S
from keitora_api.description.names import operation_id
from keitora_api.health.schemas import Health, ServiceHealth
from keitora_api.queries import Heartbeat, read_heartbeats, read_schema_version
from keitora_api.resources import resources_of

router = APIRouter(tags=["service"], generate_unique_id_function=operation_id)


@router.get(
    "/healthz",
    summary="Whether the service can answer",
    responses=problems.documented(problems.UNAVAILABLE, problems.UNEXPECTED),
)
async def healthz(request: Request) -> Health:
    """Return 200 if the database answers, else 503. Needs no key.

    A service that has not shown itself for long is told here but makes no 503: the API itself can still answer.
    """
    resources = resources_of(request)
    async with resources.pool.connection(timeout=PROBE_S) as conn:
        migration = await read_schema_version(conn)
        beats = await read_heartbeats(conn)
    return Health(status="ok", version=__version__, migration=migration, services=_newest(beats, resources.clock()))


def _newest(beats: list[Heartbeat], now: datetime) -> list[ServiceHealth]:
    newest: dict[str, datetime] = {}
    for beat in beats:
        newest[beat.service] = max(beat.beat_at, newest.get(beat.service, beat.beat_at))
    return [
        ServiceHealth(service=service, beat_at=at, age_s=round((now - at).total_seconds(), 1))
        for service, at in newest.items()
    ]

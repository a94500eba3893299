"""`GET /metrics`."""

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import generate_latest
from psycopg_pool import PoolTimeout

from keitora_api import problems
from keitora_api.database import PROBE_S
from keitora_api.metrics.registry import Metrics
from keitora_api.queries import Heartbeat, read_heartbeats
from keitora_api.resources import Resources, resources_of

router = APIRouter(tags=["service"])


@router.get(
    "/metrics",
    summary="Numbers about the service, for Prometheus",
    response_class=PlainTextResponse,
    responses={
        200: {
            "description": "Prometheus text format",
            "content": {"text/plain": {"example": "keitora_database_up 1.0\n"}},
        },
        **problems.documented(problems.UNEXPECTED),
    },
)
async def metrics(request: Request) -> PlainTextResponse:
    """Return request counts and durations, the database pool, and how long ago each service showed itself.

    Needs no key and holds no tenant's data. What other services tell of themselves with their heartbeat (such as the
    backlog of the derive workers) is passed on as `keitora_service_detail`.
    """
    resources = resources_of(request)
    held = resources.metrics
    stats = resources.pool.get_stats()
    held.pool_size.set(stats.get("pool_size", 0))
    held.pool_waiting.set(stats.get("requests_waiting", 0))
    await _ask_database(resources)
    return PlainTextResponse(generate_latest(held.registry), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _ask_database(resources: Resources) -> None:
    try:
        async with resources.pool.connection(timeout=PROBE_S) as conn:
            beats = await read_heartbeats(conn)
    except (PoolTimeout, psycopg.OperationalError):
        resources.metrics.database_up.set(0)
        return
    resources.metrics.database_up.set(1)
    now = resources.clock()
    resources.metrics.heartbeat_age.clear()
    resources.metrics.service_detail.clear()
    for beat in beats:
        age_s = (now - beat.beat_at).total_seconds()
        resources.metrics.heartbeat_age.labels(beat.service, beat.instance).set(age_s)
        _set_details(resources.metrics, beat)


def _set_details(held: Metrics, beat: Heartbeat) -> None:
    for name, value in beat.detail.items():
        if isinstance(value, int | float):
            held.service_detail.labels(beat.service, beat.instance, name).set(value)

"""`GET /metrics`."""

from datetime import datetime

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import generate_latest
from psycopg_pool import PoolTimeout

from keitora_api import problems
from keitora_api.database import PROBE_S
from keitora_api.metrics.registry import Metrics
from keitora_api.queries import Heartbeat, Installation, read_heartbeats, read_installation
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
            installation = await read_installation(conn)
    except (PoolTimeout, psycopg.OperationalError):
        resources.metrics.database_up.set(0)
        return
    resources.metrics.database_up.set(1)
    now = resources.clock()
    _set_installation(resources.metrics, installation, now)
    resources.metrics.heartbeat_age.clear()
    resources.metrics.service_detail.clear()
    for beat in beats:
        age_s = (now - beat.beat_at).total_seconds()
        resources.metrics.heartbeat_age.labels(beat.service, beat.instance).set(age_s)
        _set_details(resources.metrics, beat)


def _set_installation(held: Metrics, found: Installation, now: datetime) -> None:
    held.installation.labels("vehicles").set(found.vehicle_count)
    held.installation.labels("devices").set(found.device_count)
    held.installation.labels("dead_letters").set(found.dead_letter_count)
    held.installation.labels("derive_waiting").set(found.derive_waiting_count)
    if found.newest_sample_at is not None:
        held.newest_sample_age.set((now - found.newest_sample_at).total_seconds())


def _set_details(held: Metrics, beat: Heartbeat) -> None:
    for name, value in beat.detail.items():
        if isinstance(value, int | float):
            held.service_detail.labels(beat.service, beat.instance, name).set(value)

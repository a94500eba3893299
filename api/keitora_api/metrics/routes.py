"""`GET /metrics`."""

from datetime import datetime

import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from psycopg_pool import PoolTimeout

from keitora_api import problems
from keitora_api.database import PROBE_S
from keitora_api.description.names import operation_id
from keitora_api.queries import Heartbeat, Installation, read_heartbeats, read_installation
from keitora_api.resources import Resources, resources_of

router = APIRouter(tags=["service"], generate_unique_id_function=operation_id)


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
    resources.note()
    text = resources.metrics.text(await _at_present(resources))
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def _at_present(resources: Resources) -> list[Metric]:
    up = GaugeMetricFamily("keitora_database_up", "Whether the database answers")
    try:
        async with resources.pool.connection(timeout=PROBE_S) as conn:
            beats = await read_heartbeats(conn)
            installation = await read_installation(conn)
    except (PoolTimeout, psycopg.OperationalError):
        up.add_metric([], 0)
        return [up]
    up.add_metric([], 1)
    now = resources.clock()
    return [up, *_services(beats, now), *_installation(installation, now)]


def _services(beats: list[Heartbeat], now: datetime) -> tuple[Metric, Metric]:
    age = GaugeMetricFamily(
        "keitora_service_heartbeat_age_seconds",
        "Time since a service's process last showed itself (s)",
        labels=["service", "instance"],
    )
    told = GaugeMetricFamily(
        "keitora_service_detail",
        "A number a service's process tells of itself with its heartbeat",
        labels=["service", "instance", "name"],
    )
    for beat in beats:
        age.add_metric([beat.service, beat.instance], (now - beat.beat_at).total_seconds())
        for name, value in beat.detail.items():
            if isinstance(value, int | float):
                told.add_metric([beat.service, beat.instance, name], value)
    return age, told


def _installation(found: Installation, now: datetime) -> tuple[Metric, Metric]:
    count = GaugeMetricFamily(
        "keitora_installation_count",
        "Vehicles in service, devices, dead letters and vehicles waiting to be derived, over all fleets",
        labels=["what"],
    )
    count.add_metric(["vehicles"], found.vehicle_count)
    count.add_metric(["devices"], found.device_count)
    count.add_metric(["dead_letters"], found.dead_letter_count)
    count.add_metric(["derive_waiting"], found.derive_waiting_count)
    age = GaugeMetricFamily("keitora_newest_sample_age_seconds", "Age of the newest sample of any vehicle (s)")
    if found.newest_sample_at is not None:
        age.add_metric([], (now - found.newest_sample_at).total_seconds())
    return count, age

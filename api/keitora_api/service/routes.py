"""`GET /v1/service`."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from fastapi import Request

from keitora.db.edition import read_edition
from keitora_api import problems
from keitora_api.auth import ManagementVisit
from keitora_api.queries import Heartbeat, read_heartbeats, read_installation
from keitora_api.resources import resources_of
from keitora_api.routing import feature
from keitora_api.schemas import rounded
from keitora_api.service.forecast import days_left
from keitora_api.service.queries import read_size
from keitora_api.service.schemas import ProcessAnswer, ServiceAnswer

router = feature("service")

_LATE_S: Final = 120.0
_MB: Final = 1_000_000
# On one box, and in a container of it, the disk that holds the program is the disk that holds the database.
_DISK: Final = Path(__file__).parent


@router.get(
    "/service", summary="How the installation fares as a whole", responses=problems.documented(problems.FORBIDDEN)
)
async def service(request: Request, visit: ManagementVisit) -> ServiceAnswer:
    """Return counts over all fleets, the database's size, this machine's disk and the processes' signs of life.

    Managers and viewers may read it. The same numbers, for Prometheus, are at `/metrics`.
    """
    now = resources_of(request).clock()
    found = await read_installation(visit.conn)
    size = await read_size(visit.conn)
    beats = await read_heartbeats(visit.conn)
    processes = [_process(beat, now) for beat in beats]
    alive = [beat for beat in beats if (now - beat.beat_at).total_seconds() <= _LATE_S]
    told = [beat.detail for beat in alive if beat.service == "ingest"]
    edition = await read_edition(visit.conn)
    disk = shutil.disk_usage(_DISK)
    growth = size.growth_bytes_per_day
    newest_at = found.newest_sample_at
    return ServiceAnswer(
        time_zone=visit.fleet.time_zone,
        vehicle_count=found.vehicle_count,
        device_count=found.device_count,
        dead_letter_count=found.dead_letter_count,
        derive_waiting_count=found.derive_waiting_count,
        newest_sample_age_s=None if newest_at is None else round((now - newest_at).total_seconds(), 1),
        samples_per_s=_together(sum, told, "samples_per_s"),
        lag_s=_together(max, told, "lag_s"),
        waiting_message_count=_together(sum, told, "waiting_messages"),
        disconnected_count=sum(beat.detail.get("broker_connected") is False for beat in alive),
        timescale_edition=edition.name,
        timescale_version=edition.timescale_version,
        sample_mb=round(size.sample_bytes / _MB, 1),
        compressed_week_count=size.compressed_week_count,
        database_mb=round(size.database_bytes / _MB, 1),
        growth_mb_per_day=None if growth is None else round(growth / _MB, 2),
        disk_free_mb=round(disk.free / _MB, 1),
        disk_used_ratio=round(1 - disk.free / disk.total, 4),
        disk_days_left=rounded(days_left(free_bytes=disk.free, growth_bytes_per_day=growth), 1),
        late_count=sum(process.is_late for process in processes),
        items=processes,
        next_cursor=None,
    )


def _together(how: Callable[[list[float]], float], told: list[dict[str, Any]], name: str) -> float | None:
    values = [float(one[name]) for one in told if isinstance(one.get(name), int | float)]
    return how(values) if values else None


def _process(beat: Heartbeat, now: datetime) -> ProcessAnswer:
    age_s = round((now - beat.beat_at).total_seconds(), 1)
    return ProcessAnswer(
        service=beat.service, instance=beat.instance, beat_at=beat.beat_at, age_s=age_s, is_late=age_s > _LATE_S
    )

"""What is told of the installation."""

from datetime import datetime
from typing import Final

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from keitora.db.edition import EditionName
from keitora_api.schemas import Schema, defined

_PROCESS: Final[JsonDict] = {
    "service": "derive",
    "instance": "box:812",
    "beat_at": "2026-11-16T22:31:00Z",
    "age_s": 4.2,
    "is_late": False,
}


class ProcessAnswer(Schema):
    """One process of the services."""

    model_config = ConfigDict(json_schema_extra={"examples": [_PROCESS]})

    service: str = Field(description="`ingest`, `receive`, `derive`, `broker-users`")
    instance: str = Field(description="The machine and the process number")
    beat_at: datetime = Field(description="When it last showed itself (UTC)")
    age_s: float = Field(description=defined("heartbeat_age"))
    is_late: bool = Field(description=defined("heartbeat_late"))


class ServiceAnswer(Schema):
    """How the installation fares as a whole, over all fleets. Null is: not known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "time_zone": "Asia/Tokyo",
                    "vehicle_count": 9,
                    "device_count": 12,
                    "dead_letter_count": 0,
                    "derive_waiting_count": 0,
                    "newest_sample_age_s": 1.4,
                    "samples_per_s": 8.6,
                    "lag_s": 1.4,
                    "waiting_message_count": 0.0,
                    "disconnected_count": 0,
                    "timescale_edition": "community",
                    "timescale_version": "2.29.2",
                    "sample_mb": 701.2,
                    "compressed_week_count": 31,
                    "database_mb": 812.5,
                    "growth_mb_per_day": 9.1,
                    "disk_free_mb": 41_200.0,
                    "disk_used_ratio": 0.31,
                    "disk_days_left": 4527.5,
                    "late_count": 0,
                    "items": [_PROCESS],
                    "next_cursor": None,
                }
            ]
        }
    )

    time_zone: str = Field(description="The fleet's IANA time zone")
    vehicle_count: int = Field(description=defined("vehicle_count"))
    device_count: int = Field(description=defined("device_count"))
    dead_letter_count: int = Field(description=defined("dead_letter_count"))
    derive_waiting_count: int = Field(description=defined("derive_waiting_count"))
    newest_sample_age_s: float | None = Field(description=defined("newest_sample_age"))
    samples_per_s: float | None = Field(description=defined("samples_per_s"))
    lag_s: float | None = Field(description=defined("ingest_lag"))
    waiting_message_count: float | None = Field(description=defined("waiting_message_count"))
    disconnected_count: int = Field(description=defined("disconnected_count"))
    timescale_edition: EditionName = Field(description=defined("timescale_edition"))
    timescale_version: str = Field(description="TimescaleDB's version")
    sample_mb: float = Field(description=defined("sample_size"))
    compressed_week_count: int = Field(description=defined("compressed_week_count"))
    database_mb: float = Field(description=defined("database_size"))
    growth_mb_per_day: float | None = Field(description=defined("database_growth"))
    disk_free_mb: float = Field(description=defined("disk_free"))
    disk_used_ratio: float = Field(description=defined("disk_used"))
    disk_days_left: float | None = Field(description=defined("disk_days_left"))
    late_count: int = Field(description=defined("heartbeat_late_count"))
    items: list[ProcessAnswer] = Field(description="The processes of the last day, by service")
    next_cursor: None = Field(description="Always null: the list is whole")

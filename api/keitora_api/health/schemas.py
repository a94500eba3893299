"""What is told of the service's health."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from keitora_api.schemas import Schema


class ServiceHealth(Schema):
    """The newest sign of life of a service, of whichever of its processes."""

    service: str = Field(description="Such as `ingest` or `derive`")
    beat_at: datetime = Field(description="When it last showed itself (UTC)")
    age_s: float = Field(description="How long ago that was (s)")


class Health(Schema):
    """The service can answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "version": "0.1.0",
                    "migration": "0001",
                    "services": [{"service": "ingest", "beat_at": "2026-11-22T00:00:00Z", "age_s": 3.2}],
                }
            ]
        }
    )

    status: Literal["ok"] = Field(description="`ok`: the database answers")
    version: str = Field(description="The version of Keitora")
    migration: str | None = Field(description="The newest migration of the database; null if the role may not read it")
    services: list[ServiceHealth] = Field(description="Services that ever showed themselves, by name")

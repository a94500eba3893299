"""What the application holds while it runs; made in its lifespan, reachable from every request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import FastAPI, Request

from keitora_api.connections import Connections
from keitora_api.database import Pool
from keitora_api.metrics.registry import Metrics
from keitora_api.positions.hub import Hub
from keitora_api.settings import ServiceSettings

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Resources:
    """The settings, the pool, the clock, the counters, who listens to live positions, and who is connected."""

    settings: ServiceSettings
    pool: Pool
    clock: Clock
    metrics: Metrics
    hub: Hub
    connections: Connections[Any]

    def note(self) -> None:
        """Bring the numbers up to date that stand for a state, not for what has happened."""
        self.metrics.note(self.pool.get_stats(), len(self.connections))


def keep(app: FastAPI, resources: Resources) -> None:
    """Give the resources to the application."""
    app.state.resources = resources


def resources_of(request: Request) -> Resources:
    """Return the application's resources."""
    resources: Resources = request.app.state.resources
    return resources

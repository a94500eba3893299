"""The numbers the API keeps about itself. One set an application: two applications in one process do not mix.

Several processes that are one service (`keitora_api.workers`) count in files of one folder, and tell their sums.
"""

import os
from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import Scope

COUNTS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder. The library looks for it when it is loaded, so it must be there by then."""
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters, and gauges of the process; no label ever holds a tenant's data."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "keitora_api_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.latency = Histogram(
            "keitora_api_request_duration_seconds",
            "Time from a request's arrival to the end of its answer (s)",
            ["method", "route"],
            buckets=_BOUNDS_S,
            registry=self.registry,
        )
        self.connections = Gauge(
            "keitora_api_connections",
            "Open connections of clients",
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self.crowded_out = Counter(
            "keitora_api_connections_crowded_out",
            "Connections closed for another because they waited longest (`closed`), or refused (`refused`)",
            ["how"],
            registry=self.registry,
        )
        self.pool_size = Gauge(
            "keitora_api_pool_connections",
            "Database connections held",
            multiprocess_mode="livesum",
            registry=self.registry,
        )
        self.pool_waiting = Gauge(
            "keitora_api_pool_waiting",
            "Requests waiting for a database connection",
            multiprocess_mode="livesum",
            registry=self.registry,
        )

    def count(self, scope: Scope, status: int, took_s: float) -> None:
        """Count a request by route, never by path: a path holds numbers of trucks, and an attacker's imagination."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = _route(scope)
        self.requests.labels(method, route, str(status)).inc()
        self.latency.labels(method, route).observe(took_s)

    def note(self, stats: Mapping[str, int], connections: int) -> None:
        """Note what the pool of this process says of itself, and how many connections of clients are open."""
        self.connections.set(connections)
        self.pool_size.set(stats.get("pool_size", 0))
        self.pool_waiting.set(stats.get("requests_waiting", 0))

    def text(self, present: Iterable[Metric]) -> bytes:
        """Return for Prometheus what all processes of this service have counted, and what else is so at present."""
        return generate_latest(_Whole(self.registry, present))


class _Whole(Collector):
    def __init__(self, own: CollectorRegistry, present: Iterable[Metric]) -> None:
        self._own = own
        self._present = present

    def collect(self) -> Iterable[Metric]:
        folder = os.environ.get(COUNTS_FOLDER)
        if folder is None:
            yield from self._own.collect()
        else:
            yield from MultiProcessCollector(None, folder).collect()  # type: ignore[no-untyped-call]
        yield from self._present


def _route(scope: Scope) -> str:
    if scope["path"].startswith("/web/"):
        return "/web"
    path: str = getattr(scope.get("route"), "path", "unmatched")
    return path

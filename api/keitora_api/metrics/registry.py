"""The numbers the API keeps about itself. One set an application: two applications in one process do not mix."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters and gauges; no label ever holds a tenant's data."""

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
        self.database_up = Gauge("keitora_database_up", "Whether the database answers", registry=self.registry)
        self.connections = Gauge("keitora_api_connections", "Open connections of clients", registry=self.registry)
        self.crowded_out = Counter(
            "keitora_api_connections_crowded_out",
            "Connections closed for another because they waited longest (`closed`), or refused (`refused`)",
            ["how"],
            registry=self.registry,
        )
        self.pool_size = Gauge("keitora_api_pool_connections", "Database connections held", registry=self.registry)
        self.pool_waiting = Gauge(
            "keitora_api_pool_waiting", "Requests waiting for a database connection", registry=self.registry
        )
        self.heartbeat_age = Gauge(
            "keitora_service_heartbeat_age_seconds",
            "Time since a service's process last showed itself (s)",
            ["service", "instance"],
            registry=self.registry,
        )
        self.installation = Gauge(
            "keitora_installation_count",
            "Vehicles in service, devices, dead letters and vehicles waiting to be derived, over all fleets",
            ["what"],
            registry=self.registry,
        )
        self.newest_sample_age = Gauge(
            "keitora_newest_sample_age_seconds", "Age of the newest sample of any vehicle (s)", registry=self.registry
        )
        self.service_detail = Gauge(
            "keitora_service_detail",
            "A number a service's process tells of itself with its heartbeat",
            ["service", "instance", "name"],
            registry=self.registry,
        )

"""What runs on this box, for people and for programs."""

import json
from typing import Any

from keitora.local import paths, probe, state
from keitora.local.state import RunningState, ServiceState


def look() -> RunningState | None:
    """Return the running instance with each service and the API checked just now, or None."""
    found = state.running()
    if found is None:
        return None
    healthy = found.api.model_copy(update={"healthy": probe.api_answers(found.api.url)})
    return found.model_copy(update={"api": healthy, "services": tuple(_checked(s) for s in found.services)})


def _checked(service: ServiceState) -> ServiceState:
    # The supervisor may be about to notice; what really lives is the truth.
    gone = service.pid is None or state.pid_started_ticks(service.pid) != service.pid_started_ticks
    return service.model_copy(update={"state": "restarting"}) if gone and service.state == "running" else service


def as_json(found: RunningState | None) -> str:
    """Return the status as JSON; `running` is always there."""
    if found is None:
        fleet, _ = paths.homes()
        return json.dumps({"running": False, "home": str(fleet.path), "logs": str(fleet.logs)}, indent=2)
    report: dict[str, Any] = {"running": True, **found.model_dump(mode="json", exclude={"pid_started_ticks"})}
    for service in report["services"]:
        del service["pid_started_ticks"]
    return json.dumps(report, indent=2)


def as_text(found: RunningState | None) -> str:
    """Return the status for a person."""
    if found is None:
        program = paths.program()
        return f"Keitora is not running here; start it with {program} up, or {program} demo to look around"
    health = "well" if found.api.healthy else "does not answer"
    lines = [
        f"Keitora runs since {found.since:%Y-%m-%d %H:%M:%S} UTC (pid {found.pid})",
        f"  API       {found.api.url} ({health})",
        *([f"  Grafana   {found.grafana.url}"] if found.grafana else []),
        f"  broker    {found.mqtt.url}",
        *([f"  receiver  {found.receive.url}"] if found.receive else []),
        f"  database  {found.database.url}",
        *(f"  {role + ' key':<14}{key}" for role, key in found.keys.items()),
        f"  logs      {found.logs}",
        "",
        *(f"  {s.name:<13} {s.state:<11} pid {s.pid or '-':<8} restarts {s.restarts}" for s in found.services),
    ]
    return "\n".join(lines)

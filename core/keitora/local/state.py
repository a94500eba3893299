"""What is running on this box: written by the supervisor, read by every other command.

Commands ask `database_url()` and `mqtt_url()` for an address; the environment wins, then the running instance.
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keitora.errors import SetupError
from keitora.local import paths
from keitora.local.files import read_private, write_private

ServiceCondition = Literal["starting", "running", "restarting", "stopped"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ApiState(_Part):
    """Where the API answers."""

    url: str
    healthy: bool | None = Field(default=None, description="Whether it answered just now; None: not asked")


class ReceiveState(_Part):
    """Where phones and loggers without MQTT are received."""

    url: str


class GrafanaState(_Part):
    """Where our own Grafana shows the dashboards."""

    url: str
    token: str | None = Field(default=None, description="Of the service account that pushes dashboards")


class MqttState(_Part):
    """Where the broker listens."""

    url: str = Field(description="For devices, each with its own user; without TLS")
    tls_url: str | None = Field(default=None, description="For devices, with TLS")
    ingestor_url: str = Field(description="For the ingestor: may read everything")


class DatabaseState(_Part):
    """Where the database listens."""

    url: str = Field(description="As the owner: migrations and administration")
    ingestor_url: str = Field(description="As the role of the ingestor and the derive workers")
    api_url: str = Field(description="As the role of the API")


class ServiceState(_Part):
    """One process under the supervisor."""

    name: str
    pid: int | None
    pid_started_ticks: int | None = Field(default=None, description="Its start time (clock ticks since boot)")
    since: datetime | None = Field(description="When this process was started")
    state: ServiceCondition
    restarts: int = Field(description="How often it died and was started again")


class RunningState(_Part):
    """A running instance of Keitora on this box."""

    pid: int = Field(description="The supervisor's")
    pid_started_ticks: int = Field(description="Its start time (clock ticks since boot): a reused pid has another")
    since: datetime
    ready: bool = Field(default=False, description="Whether every service was up")
    is_open: bool = Field(default=False, description="Whether other machines can connect")
    api: ApiState
    receive: ReceiveState | None = None
    grafana: GrafanaState | None = Field(default=None, description="None: none was found")
    mqtt: MqttState
    database: DatabaseState
    keys: dict[str, str] = Field(default_factory=dict, description="API keys by role, made on the first start")
    services: tuple[ServiceState, ...] = ()
    home: Path
    logs: Path


def pid_started_ticks(pid: int) -> int | None:
    """Return when a process was started (clock ticks since boot), or None if it does not live."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold anything, even spaces and parentheses; the fields are counted after its last ")".
    fields = stat.rpartition(")")[2].split()
    is_zombie = fields[0] in {"Z", "X"}
    return None if is_zombie else int(fields[19])


def write(state: RunningState) -> None:
    """Replace the state file of the home named in `state`."""
    write_private(paths.Home(state.home).state_file, state.model_dump_json(indent=2))


def last(home: paths.Home) -> RunningState | None:
    """Return what the state file says, whether or not it still lives; None if there is none or it is damaged."""
    try:
        text = read_private(home.state_file)
        return None if text is None else RunningState.model_validate_json(text)
    except ValidationError:
        return None


def running() -> RunningState | None:
    """Return the running instance of this checkout, or None; real trucks go before a demo.

    Raises SetupError if it is another user's.
    """
    states = (last(home) for home in paths.homes())
    return next((state for state in states if state and pid_started_ticks(state.pid) == state.pid_started_ticks), None)


def database_url() -> str:
    """Return the owner's database address: KEITORA_DATABASE_URL, else the running instance's; else SetupError."""
    if url := os.environ.get("KEITORA_DATABASE_URL"):
        return url
    if state := running():
        return state.database.url
    raise SetupError("no database: start Keitora with ./keitora up, or set KEITORA_DATABASE_URL")


def mqtt_url() -> str:
    """Return the broker address for devices: KEITORA_MQTT_URL, else the running instance's; else SetupError."""
    if url := os.environ.get("KEITORA_MQTT_URL"):
        return url
    if state := running():
        return state.mqtt.url
    raise SetupError("no broker: start Keitora with ./keitora up, or set KEITORA_MQTT_URL")

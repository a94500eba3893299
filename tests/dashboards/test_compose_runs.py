"""What docker compose would start, started here: the same commands with the same environment and nothing else of it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from keitora.local import mosquitto, ports
from keitora.local.testing import TemporaryBroker, TemporaryPostgres, temporary_broker, temporary_postgres
from tests.dashboards import compose
from tests.dashboards.compose import ROOT, Json

WITHIN_S = 60
KEY = "0123456789abcdef0123456789abcdef"
# As they depend on each other; they end in reverse.
SERVICES = ("broker-users", "ingest", "receive", "derive", "api", "demo")


class Stack:
    """The services of docker-compose.yml, moved to this machine's addresses."""

    def __init__(self, postgres: TemporaryPostgres, broker: TemporaryBroker, folder: Path) -> None:
        self.folder = folder
        self.api_port = ports.for_test()
        self._addresses = {
            "@database:5432": f"@127.0.0.1:{postgres.port}",
            "@broker:1884": f"@127.0.0.1:{broker.port}",
            "broker:1883": f"127.0.0.1:{broker.device_port}",
            "/mosquitto/data": str(broker.files),
            "0.0.0.0": "127.0.0.1",
            "8080": str(self.api_port),
            "8090": str(ports.for_test()),
            "/opt/keitora/deploy": str(ROOT / "deploy"),
            "/var/lib/keitora": str(folder),
        }
        secrets = {
            "database_password": postgres.password,
            "ingestor_password": "ingestor-for-tests",
            "api_password": "api-for-tests-only",
            "mqtt_ingestor_password": broker.passwords[mosquitto.INGESTOR],
            "grafana_key": KEY,
        }
        self._services: dict[str, Json] = compose.parsed({})["services"]
        # Each service has a folder of its own with the secrets it is given, and no others.
        for name, service in self._services.items():
            own = folder / "secrets" / name
            own.mkdir(parents=True)
            for secret in service.get("secrets", []):
                (own / secret).write_text(secrets.get(secret, "of-no-use-in-tests"))

    def once(self, name: str) -> None:
        subprocess.run(self._command(self._services[name]["command"]), env=self._env(name), check=True, timeout=60)

    @contextmanager
    def running(self, name: str) -> Iterator[subprocess.Popen[bytes]]:
        log = (self.folder / f"{name}.log").open("wb")
        command = self._command(self._services[name]["command"])
        with log, subprocess.Popen(command, env=self._env(name), stdout=log, stderr=log) as process:
            try:
                yield process
            finally:
                process.kill()

    def is_healthy(self, name: str) -> bool:
        kind, *check = self._services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        return subprocess.run(self._command(check), env=self._env(name), check=False, timeout=30).returncode == 0

    def stop_within_s(self, name: str) -> int:
        return int(self._services[name].get("stop_grace_period", "10s").removesuffix("s"))

    def get(self, path: str) -> Json:
        answer = httpx2.get(f"http://127.0.0.1:{self.api_port}{path}", headers={"X-API-Key": KEY})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _command(self, words: list[str]) -> list[str]:
        programs = {"python": [sys.executable], "keitora": [sys.executable, "-m", "keitora"]}
        return [*programs[words[0]], *(self._here(word) for word in words[1:])]

    def _env(self, name: str) -> dict[str, str]:
        own = {"/run/secrets": str(self.folder / "secrets" / name)}
        given = {variable: self._here(value, own) for variable, value in self._services[name]["environment"].items()}
        return {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **given}

    def _here(self, text: str, own: dict[str, str] | None = None) -> str:
        for there, here in {**self._addresses, **(own or {})}.items():
            text = text.replace(there, here)
        return text


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with temporary_postgres(fsync=False) as postgres, temporary_broker() as broker:
        yield Stack(postgres, broker, tmp_path)


def wait_until(what: str, is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not is_true():
        assert time.monotonic() < deadline, what
        time.sleep(0.3)


@pytest.mark.slow
def test_from_an_empty_database_to_trucks_that_grafana_sees(stack: Stack) -> None:
    stack.once("migrate")
    stack.once("demo-setup")
    stack.once("dashboards")
    assert (stack.folder.parent / f"{stack.folder.name}-alerts" / "keitora.yaml").is_file()
    assert (stack.folder.parent / f"{stack.folder.name}-dashboards" / "fleet-overview.json").is_file()
    with ExitStack() as running:
        processes = {name: running.enter_context(stack.running(name)) for name in SERVICES}

        for name in ("broker-users", "ingest", "receive", "derive", "api"):
            wait_until(f"{name} is not healthy", lambda name=name: stack.is_healthy(name))  # type: ignore[misc]
        wait_until("no truck has a position", lambda: bool(stack.get("/v1/positions/latest")["items"]))
        wait_until("no trip was derived", lambda: bool(stack.get("/v1/trips")["items"]))

        for name in reversed(SERVICES):
            processes[name].terminate()
            # uvicorn ends by the signal itself, once it has closed everything.
            assert processes[name].wait(stack.stop_within_s(name)) in {0, -15}, name

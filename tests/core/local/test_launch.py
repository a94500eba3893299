"""The whole start, with real servers and stand-ins for our own services."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from keitora.errors import SetupError
from keitora.local import launch, paths, postgres, probe, processes, state, status
from keitora.local.processes import descendants
from keitora.local.testing import temporary_broker, temporary_postgres
from tests.dashboards.stand_in import make_home

START = Path(__file__).parent / "programs" / "start.py"
EVERYONE = ["postgres", "mosquitto", "broker-users", "ingest", "receive", "derive", "api", "sim"]


class Instance:
    """A `keitora demo` of its own, run as a program; without the Grafana this machine may have."""

    def __init__(self, *words: str, has_grafana: bool = False) -> None:
        self.words = (*words, *(() if has_grafana else ("--no-grafana",)))
        self.process: subprocess.Popen[str] | None = None
        self.output = ""

    def start(self) -> state.RunningState:
        self.begin()
        return self.wait()

    def begin(self) -> None:
        arguments = [sys.executable, "-W", "error", str(START), *self.words]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait(self, within_s: float = 60) -> state.RunningState:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            found = state.running()
            if found and found.ready:
                return found
            assert self.process
            if self.process.poll() is not None:
                raise AssertionError(self.finish())
            time.sleep(0.05)
        raise AssertionError(f"not ready within {within_s:g} s")

    def wait_until_it_says(self, words: str) -> None:
        assert self.process
        assert self.process.stdout
        while words not in self.output:
            line = self.process.stdout.readline()
            assert line, self.output
            self.output += line

    def signal(self, number: signal.Signals) -> int:
        assert self.process
        self.process.send_signal(number)
        self.finish()
        return self.process.returncode

    def finish(self) -> str:
        assert self.process
        with self.process:
            self.output += self.process.communicate(timeout=60)[0]
        return self.output


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    # Not tmp_path: only root may enter that, and root's servers run as someone else.
    with tempfile.TemporaryDirectory(prefix="keitora test ") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setenv("KEITORA_HOME", folder)
        for name in ("KEITORA_DATABASE_URL", "KEITORA_MQTT_URL"):
            monkeypatch.delenv(name, raising=False)
        yield Path(folder)


@pytest.fixture
def demo(home: Path) -> Iterator[Instance]:
    instance = Instance("demo")
    yield instance
    if instance.process and instance.process.poll() is None:
        instance.signal(signal.SIGTERM)


def alive(found: state.RunningState) -> list[str]:
    return [s.name for s in found.services if s.pid and state.pid_started_ticks(s.pid) == s.pid_started_ticks]


def addresses(found: state.RunningState) -> list[str]:
    return [found.api.url, found.mqtt.url, found.mqtt.ingestor_url, found.database.url]


def family(found: state.RunningState) -> list[tuple[int, int]]:
    return descendants(found.pid)


@pytest.mark.slow
def test_a_demo_starts_says_where_to_look_and_stops_on_ctrl_c(demo: Instance, home: Path) -> None:
    found = demo.start()
    everyone = family(found)
    looked = status.look()
    report = json.loads(status.as_json(looked))

    code = demo.signal(signal.SIGINT)

    assert [service.name for service in found.services] == EVERYONE
    assert report["running"] is True
    assert report["api"]["healthy"] is True
    assert report["keys"] == {"manager": "m", "driver": "d", "grafana": "g"}
    assert code == 0
    assert f"Open this:  {found.api.url}/join#token=once" in demo.output
    assert processes.wait_gone(everyone, bound_s=5)
    assert state.running() is None


@pytest.mark.slow
def test_a_second_start_keeps_data_ports_keys_and_passwords(demo: Instance) -> None:
    first = demo.start()
    with psycopg.connect(first.database.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    demo.signal(signal.SIGTERM)

    second = demo.start()

    with psycopg.connect(second.database.url) as connection:
        assert next(connection.execute("SELECT number FROM kept")) == (7,)
    assert (second.api, second.mqtt, second.database, second.keys) == (
        first.api,
        first.mqtt,
        first.database,
        first.keys,
    )


@pytest.mark.slow
def test_two_homes_started_in_the_same_moment_both_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instances = {name: Instance("demo") for name in ("one", "other")}
    try:
        for name, instance in instances.items():
            monkeypatch.setenv("KEITORA_HOME", str(home / name))
            instance.begin()
        found = []
        for name, instance in instances.items():
            monkeypatch.setenv("KEITORA_HOME", str(home / name))
            found.append(instance.wait(within_s=240))
        well = [probe.api_answers(each.api.url) for each in found]
    finally:
        codes = [instance.signal(signal.SIGTERM) for instance in instances.values()]

    assert well == [True, True]
    assert codes == [0, 0]
    for one, other in zip(*map(addresses, found), strict=True):
        assert one != other


@pytest.mark.slow
def test_services_get_no_more_rights_than_they_need(demo: Instance) -> None:
    found = demo.start()

    users: list[str] = []
    for address in (found.database.url, found.database.ingestor_url, found.database.api_url):
        with psycopg.connect(address) as connection:
            users += next(connection.execute("SELECT current_user"))
    assert users == ["keitora", "keitora_ingestor", "keitora_api"]


@pytest.mark.slow
def test_a_second_start_of_the_same_home_is_refused_with_the_pid(demo: Instance) -> None:
    found = demo.start()
    arguments = [sys.executable, str(START), "demo", "--no-grafana"]
    other = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)

    assert other.returncode == 1
    assert f"already running here (pid {found.pid})" in other.stderr
    assert len(alive(found)) == len(EVERYONE)


@pytest.mark.slow
def test_a_killed_supervisor_leaves_nothing_and_the_next_start_works(demo: Instance) -> None:
    found = demo.start()
    everyone = family(found)

    demo.signal(signal.SIGKILL)

    assert processes.wait_gone(everyone, bound_s=20)
    assert state.running() is None
    assert alive(demo.start()) == EVERYONE


@pytest.mark.slow
def test_killed_children_come_back(demo: Instance) -> None:
    found = demo.start()
    pids = {service.name: service.pid for service in found.services}
    for name in ("postgres", "mosquitto", "api"):
        os.kill(pids[name] or 0, signal.SIGKILL)

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        now = status.look()
        assert now
        if (
            sum(service.restarts for service in now.services) >= 3
            and len(alive(now)) == len(EVERYONE)
            and now.api.healthy
        ):
            break
        time.sleep(0.1)

    now = status.look()
    assert now
    assert len(alive(now)) == len(EVERYONE)
    postgres.wait_until_ready(now.database.url, check=lambda: None, within_s=60)


@pytest.mark.slow
def test_up_makes_a_key_and_tells_the_broker_address(home: Path) -> None:
    instance = Instance("up")
    found = instance.start()

    code = instance.signal(signal.SIGTERM)

    assert code == 0
    assert found.keys == {"manager": "mine"}
    assert "sim" not in [service.name for service in found.services]
    assert found.mqtt.url in instance.output


@pytest.mark.slow
def test_a_fresh_demo_forgets_the_last_one(demo: Instance) -> None:
    first = demo.start()
    with psycopg.connect(first.database.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    demo.signal(signal.SIGTERM)
    of_the_trucks = paths.homes()[1].demo_file
    of_the_trucks.write_text("{}")
    fresh = Instance("demo", "--fresh")

    second = fresh.start()
    with psycopg.connect(second.database.url) as connection:
        kept = next(connection.execute("SELECT to_regclass('kept')"))
    fresh.signal(signal.SIGTERM)

    assert kept == (None,)
    assert not of_the_trucks.exists()
    assert second.database.url != first.database.url


@pytest.mark.slow
def test_servers_of_the_users_own_are_used_and_none_started(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_postgres() as own_database, temporary_broker() as own_broker:
        monkeypatch.setenv("KEITORA_DATABASE_URL", own_database.url)
        monkeypatch.setenv("KEITORA_MQTT_URL", own_broker.url)
        instance = Instance("up")

        found = instance.start()
        instance.signal(signal.SIGTERM)

        assert [service.name for service in found.services] == ["ingest", "receive", "derive", "api"]
        assert found.database.api_url == own_database.url
        assert found.mqtt.ingestor_url == own_broker.url


@pytest.mark.slow
def test_a_taken_usual_port_gives_way_and_the_user_is_told(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        paths.make_dir(paths.homes()[1].path)
        paths.homes()[1].ports_file.write_text(json.dumps({"api": port}))
        instance = Instance("demo")

        found = instance.start()
        instance.signal(signal.SIGTERM)

    assert found.api.url != f"http://127.0.0.1:{port}"
    assert f"port {port} is taken; the API listens on" in instance.output


def wait_for_grafana() -> state.RunningState:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = state.running()
        if found and found.grafana:
            return found
        time.sleep(0.05)
    raise AssertionError("no Grafana within a minute")


@pytest.mark.slow
def test_a_grafana_that_is_found_is_started_let_in_and_given_the_dashboards(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEITORA_GRAFANA_HOME", str(make_home(home / "grafana")))
    instance = Instance("up", has_grafana=True)
    instance.start()

    found = wait_for_grafana()
    looked = status.as_text(status.look())
    code = instance.signal(signal.SIGTERM)

    assert code == 0
    assert found.grafana
    assert "grafana" in [service.name for service in found.services]
    assert f"Grafana   {found.grafana.url}" in looked
    assert found.grafana.token
    assert found.keys["grafana"] == "mine"
    pushed = json.loads((home / "fleet" / "pushed.json").read_text())
    assert pushed == {
        "KEITORA_GRAFANA_URL": found.grafana.url,
        "KEITORA_GRAFANA_TOKEN": found.grafana.token,
        "KEITORA_GRAFANA_API_URL": found.api.url,
        "KEITORA_GRAFANA_KEY": "mine",
    }
    secrets = json.loads((home / "fleet" / "secrets.json").read_text())
    assert f"user admin, password {secrets['passwords']['grafana-admin']}" in instance.output
    assert found.grafana.token not in instance.output

    again = Instance("up", has_grafana=True)
    again.start()
    second = wait_for_grafana()
    again.signal(signal.SIGTERM)

    assert second.grafana == found.grafana
    assert second.keys == found.keys


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"with_plugin": False}, "plugins install yesoreyeram-infinity-datasource"),
        ({"version": "12.3.1"}, "Grafana 12.3.1 is too old"),
        ({"program": "exit 3"}, "Grafana is not running: grafana ended (exit code 3)"),
    ],
)
def test_a_grafana_that_cannot_be_used_is_told_and_trucks_do_not_wait_for_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any], told: str
) -> None:
    monkeypatch.setenv("KEITORA_GRAFANA_HOME", str(make_home(home / "grafana", **wrong)))
    instance = Instance("demo", has_grafana=True)

    instance.start()
    instance.wait_until_it_says(told)
    instance.wait_until_it_says("Ctrl-C stops everything")
    found = state.running()
    instance.signal(signal.SIGTERM)

    assert found
    assert [service.name for service in found.services] == EVERYONE


def test_keys_are_read_from_both_commands() -> None:
    assert launch.read_keys('{"fleet": {}, "keys": {"manager": "a"}}') == {"manager": "a"}
    assert launch.read_keys('{"key": "b"}') == {"manager": "b"}
    with pytest.raises(SetupError, match="no keys"):
        launch.read_keys("Traceback")


def test_status_without_an_instance_says_so(home: Path) -> None:
    assert json.loads(status.as_json(status.look()))["running"] is False
    assert "not running" in status.as_text(None)
    assert paths.homes()[0].path.is_relative_to(home)

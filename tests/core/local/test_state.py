import os
import subprocess
import sys
from pathlib import Path

import pytest

from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.local import files, paths, state


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEITORA_HOME", str(tmp_path))
    monkeypatch.delenv("KEITORA_DATABASE_URL", raising=False)
    monkeypatch.delenv("KEITORA_MQTT_URL", raising=False)
    return tmp_path


def running_state(home: paths.Home, *, pid: int, name: str = "fleet") -> state.RunningState:
    paths.make_dir(home.path)
    return state.RunningState(
        pid=pid,
        pid_started_ticks=state.pid_started_ticks(pid) or 0,
        since=utc_now(),
        api=state.ApiState(url="http://127.0.0.1:8080"),
        mqtt=state.MqttState(url=f"mqtt://{name}", ingestor_url="mqtt://i"),
        database=state.DatabaseState(
            url=f"postgresql://{name}", ingestor_url="postgresql://i", api_url="postgresql://a"
        ),
        home=home.path,
        logs=home.logs,
    )


def test_nothing_runs_where_nothing_was_started() -> None:
    assert state.running() is None
    with pytest.raises(SetupError, match="KEITORA_DATABASE_URL"):
        state.database_url()
    with pytest.raises(SetupError, match="KEITORA_MQTT_URL"):
        state.mqtt_url()


def test_a_written_state_is_found_with_its_addresses() -> None:
    fleet, _ = paths.homes()
    written = running_state(fleet, pid=os.getpid())

    state.write(written)

    assert state.running() == written
    assert state.database_url() == "postgresql://fleet"
    assert state.mqtt_url() == "mqtt://fleet"
    assert fleet.state_file.stat().st_mode & 0o077 == 0


def test_real_trucks_go_before_a_demo() -> None:
    fleet, demo = paths.homes()
    state.write(running_state(demo, pid=os.getpid(), name="demo"))
    only_demo = state.database_url()
    state.write(running_state(fleet, pid=os.getpid()))

    assert only_demo == "postgresql://demo"
    assert state.database_url() == "postgresql://fleet"


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    state.write(running_state(paths.homes()[0], pid=os.getpid()))
    monkeypatch.setenv("KEITORA_DATABASE_URL", "postgresql://elsewhere")

    assert state.database_url() == "postgresql://elsewhere"


def test_a_dead_supervisor_is_not_running() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with child:
        state.write(running_state(paths.homes()[0], pid=child.pid))
        was_running = state.running() is not None

    assert was_running
    assert state.running() is None


def test_a_reused_pid_is_not_running() -> None:
    fleet, _ = paths.homes()
    state.write(running_state(fleet, pid=os.getpid()).model_copy(update={"pid_started_ticks": 1}))

    assert state.running() is None


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1}', "[]"])
def test_a_damaged_file_counts_as_none(text: str) -> None:
    fleet, _ = paths.homes()
    paths.make_dir(fleet.path)
    files.write_private(fleet.state_file, text)

    assert state.running() is None


def test_a_zombie_does_not_live() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    lives = state.pid_started_ticks(child.pid)
    child.wait()

    assert lives is None

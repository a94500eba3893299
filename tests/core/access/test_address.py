"""By which address a phone reaches this box."""

import os
from pathlib import Path

import pytest

from keitora.access import address
from keitora.clock import utc_now
from keitora.local import paths, state
from keitora.settings import PublicSettings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.Home:
    monkeypatch.setenv("KEITORA_HOME", str(tmp_path))
    monkeypatch.delenv("KEITORA_PUBLIC_HOST", raising=False)
    fleet, _ = paths.homes()
    paths.make_dir(fleet.path)
    return fleet


def run(home: paths.Home, *, is_open: bool) -> None:
    """Let this process be the Keitora that runs here."""
    state.write(
        state.RunningState(
            pid=os.getpid(),
            pid_started_ticks=state.pid_started_ticks(os.getpid()) or 0,
            since=utc_now(),
            is_open=is_open,
            api=state.ApiState(url="http://127.0.0.1:8080"),
            mqtt=state.MqttState(url="mqtt://m", ingestor_url="mqtt://i"),
            database=state.DatabaseState(url="postgresql://o", ingestor_url="postgresql://i", api_url="postgresql://a"),
            home=home.path,
            logs=home.logs,
        )
    )


def test_what_the_owner_has_said_goes_before_any_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEITORA_PUBLIC_HOST", "trucks.example.org")

    assert address.phone_host(PublicSettings()) == "trucks.example.org"


def test_nothing_is_guessed_where_nothing_runs_or_only_this_box_is_let_in(home: paths.Home) -> None:
    assert address.phone_host(PublicSettings()) is None

    run(home, is_open=False)

    assert address.phone_host(PublicSettings()) is None


@pytest.mark.parametrize(("guessed", "told"), [("192.168.1.5", "192.168.1.5"), ("127.0.0.1", None)])
def test_an_open_box_is_told_by_its_address_in_its_network(
    home: paths.Home, monkeypatch: pytest.MonkeyPatch, guessed: str, told: str | None
) -> None:
    monkeypatch.setattr(address, "guess_host", lambda: guessed)
    run(home, is_open=True)

    assert address.phone_host(PublicSettings()) == told

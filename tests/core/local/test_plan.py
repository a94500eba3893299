"""Ports and addresses of a start, decided before anything listens."""

from pathlib import Path

import pytest

from keitora.local import credentials, launch, options, paths, plan
from keitora.local.paths import Home
from keitora.local.ports import Claims


def planned(home: Home, claims: Claims, *words: str) -> tuple[plan.Plan, list[str]]:
    """Return what `keitora demo` in a home decides, Grafana included."""
    paths.make_dir(home.path)
    told = options.parse(list(words), is_demo=True, summary="")
    return plan.make(told, home, credentials.load(home), claims, has_grafana=True)


def ports_of(made: plan.Plan) -> set[int | None]:
    assert made.listeners
    assert made.listeners.devices
    listening = {made.listeners.internal.port, made.listeners.devices.port}
    return {made.api_port, made.receive_port, made.database_port, made.grafana_port, *listening}


@pytest.fixture(autouse=True)
def _no_servers_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEITORA_DATABASE_URL", "KEITORA_MQTT_URL"):
        monkeypatch.delenv(name, raising=False)


def test_two_starts_at_once_choose_different_ports_though_nothing_listens_yet(tmp_path: Path) -> None:
    with Claims() as first, Claims() as second:
        one, _ = planned(Home(tmp_path / "one"), first)
        other, remarks = planned(Home(tmp_path / "other"), second)

    assert len(ports_of(one) | ports_of(other)) == 12
    assert any(remark.endswith(f"is taken; the API listens on {other.api_port}") for remark in remarks)


def test_the_next_start_prefers_the_ports_of_the_last(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with Claims() as claims:
        first, _ = planned(home, claims)

    with Claims() as claims:
        second, remarks = planned(home, claims)

    assert ports_of(second) == ports_of(first)
    assert remarks == []


@pytest.mark.parametrize("listen", ["127.0.0.1", "0.0.0.0"])
def test_trucks_are_told_the_addresses_that_they_reach_as_device_add_tells_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listen: str
) -> None:
    monkeypatch.setenv("KEITORA_PUBLIC_HOST", "trucks.example.org")
    home = Home(tmp_path / "home")
    with Claims() as claims:
        made, _ = planned(home, claims, "--listen", listen)
    assert made.listeners
    assert made.listeners.devices
    host = "127.0.0.1" if listen == "127.0.0.1" else "trucks.example.org"

    lines = launch.greeting(made, {}, home, is_demo=False)

    assert f"  broker        mqtt://{host}:{made.listeners.devices.port}" in lines
    assert [line.split("/in/")[0] for line in lines if "/in/native" in line] == [
        f"  or by HTTP    http://{host}:{made.receive_port}"
    ]


def test_a_broker_and_a_way_in_of_ones_own_are_told_as_they_were_set_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEITORA_MQTT_URL", "mqtts://keitora:secret@broker.example.org:8883")
    monkeypatch.setenv("KEITORA_PUBLIC_RECEIVE_URL", "https://trucks.example.org")
    home = Home(tmp_path / "home")
    with Claims() as claims:
        made, _ = planned(home, claims, "--listen", "0.0.0.0")

    told = "\n".join(launch.greeting(made, {}, home, is_demo=False))

    assert "  broker        mqtts://broker.example.org:8883\n" in told
    assert "secret" not in told
    assert "  or by HTTP    https://trucks.example.org/in/native/KEY" in told


def test_a_phone_is_told_an_address_it_can_reach_where_it_is_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEITORA_PUBLIC_HOST", "trucks.example.org")
    told = {}
    for listen in ("127.0.0.1", "0.0.0.0"):
        with Claims() as claims:
            made, _ = planned(Home(tmp_path / listen), claims, "--listen", listen)
        lines = launch.greeting(made, {}, Home(tmp_path / listen), is_demo=True, link="/join#token=once")
        told[listen] = [line for line in lines if "token=once" in line]

    assert told["127.0.0.1"] == [told["0.0.0.0"][0]]
    assert told["0.0.0.0"][1] == f"  On a phone: http://trucks.example.org:{made.api_port}/join#token=once"

"""Simulated trucks on an installation where each device speaks for itself alone."""

import json
from pathlib import Path

import psycopg
import pytest

from keitora.access.issue import issue_gateway
from keitora.access.queries import revoke_credential
from keitora.access.wallet import Wallet
from keitora.devices.model import Device, Source
from keitora.devices.queries import register_device
from keitora.errors import KeitoraError
from keitora.fleets.queries import create_fleet
from keitora.local.testing import TemporaryBroker
from keitora_sim.commands import sim
from keitora_sim.logins import addresses_of
from tests.core.access.conftest import keeping
from tests.sim.stand_in import StandIn

URL = "mqtt://broker.example:1883"


@pytest.fixture
def plain(broker: TemporaryBroker, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The broker's address as an installation tells it: without a user."""
    url = f"mqtt://127.0.0.1:{broker.device_port}"
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    monkeypatch.setenv("KEITORA_HOME", str(tmp_path))
    monkeypatch.setenv("KEITORA_MQTT_URL", url)
    return url


def devices(conn: psycopg.Connection, *known: tuple[Source, str]) -> list[Device]:
    fleet = create_fleet(conn, name="Test farm").fleet_id
    return [register_device(conn, fleet_id=fleet, source=source, device_key=key) for source, key in known]


def test_each_device_gets_an_address_of_its_own_and_keeps_it(database_url: str, tmp_path: Path) -> None:
    wallet = Wallet(tmp_path / "logins.json")
    with psycopg.connect(database_url) as conn:
        mine = devices(
            conn, ("native", "carry-1"), ("owntracks", "sim/old"), ("traccar", "box-1"), ("traccar", "box-2")
        )

        first = addresses_of(conn, mine, URL, wallet)

        assert addresses_of(conn, mine, URL, wallet) == first
    users = {key: address.split("//")[1].split(":")[0] for key, address in first.items()}
    assert users["carry-1"] == "carry-1"
    assert users["sim/old"] == "owntracks.sim.old"
    assert first["box-1"] == first["box-2"]
    assert users["box-1"] == "gateway.traccar"


def test_a_device_that_was_shut_out_stays_out(database_url: str, tmp_path: Path) -> None:
    wallet = Wallet(tmp_path / "logins.json")
    with psycopg.connect(database_url) as conn:
        mine = devices(conn, ("native", "carry-1"))
        addresses_of(conn, mine, URL, wallet)
        revoke_credential(conn, device_id=mine[0].device_id)

        with pytest.raises(KeitoraError, match="carry-1 is shut out"):
            addresses_of(conn, mine, URL, wallet)


def test_a_real_servers_login_is_not_taken_from_it(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url) as conn:
        mine = devices(conn, ("traccar", "box-1"))
        issue_gateway(conn, "traccar")

        with pytest.raises(KeitoraError, match="a server of yours uses it"):
            addresses_of(conn, mine, URL, Wallet(tmp_path / "logins.json"))


def test_a_load_makes_its_trucks_and_has_a_connection_for_each(
    plain: str, broker: TemporaryBroker, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["load", "--devices", "3", "--rate", "600", "--seconds", "0.5", "--no-confirm", "--json"]

    with keeping(database_url, broker.files), StandIn(broker.ingestor_url, "load-0002") as heard:
        assert sim(words) == 0

        figures = json.loads(capsys.readouterr().out)
        assert heard.wait(lambda: len(heard.received) == figures["sent_messages"] // 3)
    assert figures["acknowledged_messages"] == figures["sent_messages"] > 10


TINY = """
name: own-logins
description: one run, two formats
fleet: Tiny farm
first_day: 2026-04-07
rests: false
trucks:
  - {name: Carry, variant: carry-da16t, day: market}
  - {name: Old, variant: carry-dd51t, day: market, logger: {format: owntracks}}
"""


def test_a_scenario_is_sent_with_a_login_for_each_truck_and_ends_when_all_is_stored(
    plain: str, broker: TemporaryBroker, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)

    with (
        keeping(database_url, broker.files),
        StandIn(broker.ingestor_url, "own-logins-carry") as heard,
    ):
        assert sim(["run", str(path)]) == 0

    said = capsys.readouterr().out
    assert "fleet 'Tiny farm': 2 trucks\n" in said
    assert len(heard.sequences) > 500
    assert set(json.loads((tmp_path / "logins.json").read_text())) == {
        "own-logins-carry",
        "owntracks.sim.own-logins-old",
    }

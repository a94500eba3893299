"""`keitora replay` and `keitora sim` as they are called, against a real database and broker."""

import json
from pathlib import Path

import psycopg
import pytest

from keitora.access.issue import issue
from keitora.cli import main
from keitora.devices.queries import register_device
from keitora.errors import KeitoraError
from keitora.fleets.queries import create_fleet
from keitora.local.testing import TemporaryBroker
from keitora.vehicles.queries import find_vehicle
from keitora.wire.slug import slug
from keitora.wire.topics import is_device_key
from keitora_sim.commands import replay, sim
from keitora_sim.registration import Truck, ensure_truck
from tests.core.access.conftest import keeping
from tests.sim.readers.test_gpx import TRACK
from tests.sim.stand_in import StandIn


@pytest.fixture
def fleet_id(database_url: str, broker: TemporaryBroker, monkeypatch: pytest.MonkeyPatch) -> int:
    """A fleet in a database that the commands find."""
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    monkeypatch.setenv("KEITORA_MQTT_URL", broker.url)
    with psycopg.connect(database_url) as conn:
        return create_fleet(conn, name="Test farm").fleet_id


@pytest.fixture
def track(tmp_path: Path) -> str:
    path = tmp_path / "round.gpx"
    path.write_text(TRACK)
    return str(path)


def test_a_new_truck_is_made_and_its_drive_delivered_twice_as_the_same_boot(
    fleet_id: int, broker: TemporaryBroker, database_url: str, track: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [track, "--as", "gpx", "--vehicle", "Carry 1", "--displacement-cc", "658"]

    with StandIn(broker.ingestor_url, "carry-1-replay") as ingestor:
        assert replay(words) == 0
        assert replay(words) == 0
        assert len({m.model_dump_json() for m in ingestor.received}) == 1
        assert len(ingestor.received) == 2

    said = capsys.readouterr().out
    assert "'Carry 1' made (petrol), device carry-1-replay" in said
    assert "'Carry 1' found" in said
    assert "round.gpx: 2 rows in 1 messages" in said
    assert "from 2026-04-01 06:00:01 to 2026-04-01 06:00:02 UTC" in said
    assert "skipped 1: track point without time or position" in said
    with psycopg.connect(database_url) as conn:
        vehicle = find_vehicle(conn, fleet_id=fleet_id, name="Carry 1")
    assert vehicle
    assert vehicle.displacement_cc == 658
    assert f"GET /v1/trips?vehicle={vehicle.vehicle_id}" in said


def test_rows_that_the_server_will_take_for_clock_errors_are_told(
    fleet_id: int, broker: TemporaryBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old.gpx"
    old.write_text(TRACK.replace("2026-04-01T06", "2005-04-01T06"))

    with StandIn(broker.ingestor_url, "carry-3-replay"):
        assert replay([str(old), "--vehicle", "Carry 3"]) == 0

    assert "1 rows lie before 2010 or in the future" in capsys.readouterr().out


def test_without_an_ingestor_the_end_is_one(fleet_id: int, track: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = replay([track, "--as", "gpx", "--vehicle", "Carry 2", "--timeout", "0.5"])

    assert code == 1
    assert "not acknowledged as committed" in capsys.readouterr().err


def test_a_truck_on_another_fleets_device_is_refused(fleet_id: int, database_url: str, track: str) -> None:
    with psycopg.connect(database_url) as conn:
        other = create_fleet(conn, name="Other farm").fleet_id
        ensure_truck(conn, fleet_id=other, truck=Truck(name="Carry", device_key="carry-replay"))

    with pytest.raises(KeitoraError, match=r"belongs to another fleet; choose another key: --device KEY"):
        replay([track, "--as", "gpx", "--vehicle", "Carry", "--fleet", "Test farm"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--as", "gpx", "--zone", "Mars/Base"], "no time zone 'Mars/Base'"),
        (["--as", "gpx", "--device", "Not A Key"], "cannot be a device's key"),
        (["--as", "kit"], "file name"),
        (["--as", "csv"], "--mapping"),
        (["--as", "csv", "--mapping", "none.toml"], "none.toml: cannot be read"),
    ],
)
def test_mistakes_are_explained(fleet_id: int, track: str, words: list[str], complaint: str) -> None:
    with pytest.raises(KeitoraError, match=complaint):
        replay([track, "--vehicle", "X", *words])


def test_registering_twice_makes_one_fleet_and_fresh_keys(fleet_id: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert sim(["register", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert sim(["register", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)

    assert first["fleet"] == second["fleet"]
    assert first["fleet"]["name"] == "Keitora demo farm"
    assert set(first["keys"]) == {"manager", "driver", "grafana"}
    assert not set(first["keys"].values()) & set(second["keys"].values())


def test_sim_alone_prints_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sim"]) == 0
    assert "register" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["Carry 1", "軽トラ１号", "x", "A truck with a very long name indeed", "Möbel-Wagen"])
def test_any_name_gives_a_device_key(name: str) -> None:
    assert is_device_key(f"{slug(name)}-replay")


def test_different_names_give_different_keys() -> None:
    names = ["軽トラ一", "軽トラ二", "A truck with a very long name 1", "A truck with a very long name 2"]

    assert len({slug(name) for name in names}) == 4


def test_a_replayed_recording_has_a_login_of_its_own_and_takes_nobodys(
    fleet_id: int,
    broker: TemporaryBroker,
    database_url: str,
    track: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEITORA_HOME", str(tmp_path))
    monkeypatch.setenv("KEITORA_MQTT_URL", f"mqtt://127.0.0.1:{broker.device_port}")
    words = [track, "--as", "gpx", "--vehicle", "Carry 1"]

    with keeping(database_url, broker.files), StandIn(broker.ingestor_url, "carry-1-replay") as ingestor:
        assert replay(words) == 0
        kept = (tmp_path / "logins.json").read_text()
        assert replay(words) == 0
        assert len(ingestor.received) == 2

    assert (tmp_path / "logins.json").read_text() == kept
    with psycopg.connect(database_url) as conn:
        device = register_device(conn, fleet_id=fleet_id, source="native", device_key="real-logger")
        issue(conn, device)
    with pytest.raises(KeitoraError, match="a logger of yours uses it"):
        replay([*words, "--device", "real-logger"])

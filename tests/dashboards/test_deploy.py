"""The scripts that docker compose runs, against a real database."""

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql
from pydantic import SecretStr

from keitora.db.migrate import migrate
from keitora.local.testing import TemporaryPostgres
from keitora.services.commands import health
from keitora.services.queries import beat
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.dashboards.conftest import API_PASSWORD
from tests.dashboards.deployed import prepare

INGESTOR_PASSWORD = "another-password-for-tests"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def name(server: TemporaryPostgres) -> Iterator[str]:
    """An empty database, as the image's first start leaves it."""
    made = f"test_{uuid4().hex}"
    with psycopg.connect(server.url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(made)))
        try:
            yield made
        finally:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(made)))


@pytest.fixture
def owner(server: TemporaryPostgres, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    url = server.url_for("keitora", server.password, name)
    for variable, value in {
        "DATABASE_URL": url,
        "INGESTOR_PASSWORD": INGESTOR_PASSWORD,
        "API_PASSWORD": API_PASSWORD,
        "GRAFANA_KEY": KEY,
        "FLEET_NAME": "Aoki farm",
        "FLEET_TIME_ZONE": "Asia/Tokyo",
    }.items():
        monkeypatch.setenv(f"KEITORA_{variable}", value)
    return url


def shown_fleet(server: TemporaryPostgres, name: str) -> tuple[int, str]:
    """Return the status of Grafana's question, and the fleet it is told of."""
    address = server.url_for("keitora_api", API_PASSWORD, name)
    with TestClient(create_app(ServiceSettings(database_url=SecretStr(address), database_pool_size=1))) as client:
        answer = client.get("/v1/fleet", headers={"X-API-Key": KEY})
    return answer.status_code, answer.json().get("name", "")


def test_an_empty_database_gets_schema_passwords_and_grafanas_key(
    server: TemporaryPostgres, owner: str, name: str
) -> None:
    assert prepare.main(["database"]) == 0

    assert shown_fleet(server, name) == (200, "Aoki farm")
    with psycopg.connect(server.url_for("keitora_ingestor", INGESTOR_PASSWORD, name)) as conn:
        assert conn.execute("SELECT count(*) FROM vehicle").fetchone() == (0,)


def test_the_next_start_changes_nothing(server: TemporaryPostgres, owner: str, name: str) -> None:
    prepare.main(["database"])

    assert prepare.main(["database"]) == 0

    with psycopg.connect(owner) as conn:
        assert conn.execute("SELECT count(*) FROM fleet").fetchone() == (1,)
        assert conn.execute("SELECT name, role FROM api_key").fetchall() == [("grafana", "viewer")]


def test_a_revoked_key_stays_revoked(server: TemporaryPostgres, owner: str, name: str) -> None:
    prepare.main(["database"])
    with psycopg.connect(owner) as conn:
        conn.execute("UPDATE api_key SET revoked_at = now()")

    assert prepare.main(["database"]) == 0

    assert shown_fleet(server, name)[0] == 401


def test_the_demo_farm_is_made_once_and_shown(
    server: TemporaryPostgres,
    owner: str,
    name: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEITORA_LOGINS_FILE", str(tmp_path / "logins.json"))
    prepare.main(["database"])
    prepare.main(["demo"])
    said = capsys.readouterr().out

    assert prepare.main(["demo"]) == 0

    assert "manager key kt_" in said
    assert "kt_" not in capsys.readouterr().out
    assert shown_fleet(server, name) == (200, "Keitora demo farm")
    with psycopg.connect(owner) as conn:
        assert conn.execute("SELECT count(*) FROM vehicle").fetchone() == (8,)
        assert conn.execute("SELECT count(*) FROM api_key").fetchone() == (4,)
        assert conn.execute("SELECT count(*) FROM device_credential").fetchone() == (8,)
    assert len(json.loads((tmp_path / "logins.json").read_text())) == 8


@pytest.mark.parametrize("word", ["short", "with a space in the middle", "slash/in/the/password"])
def test_a_password_that_does_not_fit_an_address_is_refused_by_name(
    owner: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    monkeypatch.setenv("KEITORA_API_PASSWORD", word)

    assert prepare.main(["database"]) == 1

    said = capsys.readouterr().err
    assert "KEITORA_API_PASSWORD must have at least 16" in said
    assert word not in said


def test_what_is_not_set_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare.main(["broker"]) == 1

    said = capsys.readouterr().err
    assert "KEITORA_MQTT_INGESTOR_PASSWORD: Field required" in said


def test_a_step_there_is_not() -> None:
    assert prepare.main(["grafana"]) == 2


def test_the_broker_gets_users_rights_and_a_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "_BROKER", tmp_path)
    monkeypatch.setenv("KEITORA_MQTT_INGESTOR_PASSWORD", "i" * 24)

    assert prepare.main(["broker"]) == 0

    config = (tmp_path / "mosquitto.conf").read_text(encoding="utf-8")
    users = (tmp_path / "passwd").read_text(encoding="utf-8")
    assert "listener 1883 0.0.0.0" in config
    assert "listener 8883" not in config
    assert "allow_anonymous false" in config
    assert f"password_file {tmp_path}/passwd" in config
    assert [line.split(":$7$")[0] for line in users.splitlines() if line[0] != "#"] == ["ingestor"]
    assert "user ingestor\ntopic write kei/v1/+/a\n" in (tmp_path / "acl").read_text(encoding="utf-8")
    assert stat.S_IMODE((tmp_path / "passwd").stat().st_mode) == 0o600


class TestHealth:
    @pytest.fixture
    def conn(
        self, owner: str, monkeypatch: pytest.MonkeyPatch, server: TemporaryPostgres, name: str
    ) -> Iterator[psycopg.Connection]:
        migrate(owner)
        monkeypatch.setenv(
            "KEITORA_DATABASE_URL",
            server.allow_login("keitora_ingestor", INGESTOR_PASSWORD).rsplit("/", 1)[0] + f"/{name}",
        )
        with psycopg.connect(owner, autocommit=True) as conn:
            yield conn

    def test_a_service_that_beats_is_well(self, conn: psycopg.Connection) -> None:
        beat(conn, service="derive", instance=f"{socket.gethostname()}:7", detail={"derived": 3})

        assert health(["derive"]) == 0
        assert health(["ingest"]) == 1

    def test_another_containers_beat_does_not_count(self, conn: psycopg.Connection) -> None:
        beat(conn, service="derive", instance="elsewhere:7", detail={})

        assert health(["derive"]) == 1

    def test_an_old_beat_does_not_count(self, conn: psycopg.Connection) -> None:
        beat(conn, service="derive", instance=f"{socket.gethostname()}:7", detail={})
        conn.execute("UPDATE service_heartbeat SET beat_at = now() - interval '3 minutes'")

        assert health(["derive"]) == 1

    @pytest.mark.parametrize(("connected", "code"), [(True, 0), (False, 1)])
    def test_an_ingestor_without_its_broker_is_not_well(
        self, conn: psycopg.Connection, connected: bool, code: int
    ) -> None:
        beat(conn, service="ingest", instance=f"{socket.gethostname()}:7", detail={"broker_connected": connected})

        assert health(["ingest"]) == code

    def test_without_a_database_nothing_is_well(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KEITORA_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")

        assert health(["derive"]) == 1

    def test_an_api_that_does_not_answer_is_not_well(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KEITORA_API_PORT", "1")

        assert health(["api"]) == 1

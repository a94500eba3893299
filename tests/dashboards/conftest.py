from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.db.migrate import migrate
from keitora.local.testing import TemporaryPostgres, temporary_postgres
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World, add_day, add_latest, add_trip, add_world

API_PASSWORD = "a-password-for-tests"


@pytest.fixture(scope="session")
def server() -> Iterator[TemporaryPostgres]:
    """A server of these tests' own: they set the passwords of roles, which all databases of a server share."""
    with temporary_postgres(fsync=False) as server:
        yield server


@pytest.fixture(scope="session")
def owner_url(server: TemporaryPostgres) -> str:
    """A migrated database, written once: the tests of the dashboards only read it."""
    migrate(server.url)
    return server.url


@pytest.fixture(scope="session")
def fleet(owner_url: str) -> World:
    """A fleet that has driven: one truck knows its fuel every day, one on some days, one never; and a new truck."""
    with psycopg.connect(owner_url, autocommit=True) as conn:
        world = add_world(conn, "Farm", trucks=("1", "2", "3", "new"))
        other = add_world(conn, "Neighbour", trucks=("1",))
        known, partly, never, _ = world.trucks
        for ago in range(6):
            day = date(2026, 11, 22) - timedelta(days=ago)
            add_day(conn, known, day, distance_m=42_000.0 + ago, fuel_l=2.5 + ago / 10)
            add_day(conn, partly, day, distance_m=10_000.0, fuel_l=1.0, fuel_known_s=3600.0 if ago % 2 else 1800.0)
            add_day(conn, never, day, distance_m=20_000.0, fuel_l=None, fuel_plus_minus_l=None, fuel_known_s=0.0)
            add_day(conn, other.trucks[0], day, distance_m=999_000.0, fuel_l=99.0)
            add_trip(conn, known, NOW - timedelta(days=ago, hours=2))
        add_trip(conn, never, NOW - timedelta(hours=5), fuel_l=None, fuel_plus_minus_l=None, fuel_method=None)
        add_latest(conn, known, NOW - timedelta(seconds=5))
        add_latest(conn, partly, NOW - timedelta(hours=5), speed_kmh=None, speed_at=None)
        nowhere = {"position_at": None, "lat": None, "lon": None, "heading_deg": None}
        add_latest(conn, never, NOW - timedelta(seconds=5), **nowhere)
    return world


@pytest.fixture(scope="session")
def client(server: TemporaryPostgres, owner_url: str) -> Iterator[TestClient]:
    """The real API with the rights it has in production."""
    address = server.allow_login("keitora_api", API_PASSWORD)
    settings = ServiceSettings(database_url=SecretStr(address), database_pool_size=2)
    with TestClient(create_app(settings, clock=lambda: NOW)) as client:
        yield client

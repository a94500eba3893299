from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql
from pydantic import SecretStr

from keitora.local.testing import TemporaryPostgres
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World, add_day, add_latest, add_trip, add_world

_DATABASE = "dashboards"


@pytest.fixture(scope="session")
def owner_url(postgres: TemporaryPostgres, template_database: str) -> str:
    """A migrated database for all tests of the dashboards: they only read it."""
    server = postgres.url.rsplit("/", 1)[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(_DATABASE), sql.Identifier(template_database)
            )
        )
    return f"{server}/{_DATABASE}"


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
def client(postgres: TemporaryPostgres, owner_url: str) -> Iterator[TestClient]:
    """The real API with the rights it has in production."""
    password = "a-password-for-tests"
    postgres.allow_login("keitora_api", password)
    address = postgres.url_for("keitora_api", password, _DATABASE)
    settings = ServiceSettings(database_url=SecretStr(address), database_pool_size=2)
    with TestClient(create_app(settings, clock=lambda: NOW)) as client:
        yield client

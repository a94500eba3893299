from collections.abc import Iterator
from itertools import count

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg import sql
from pydantic import SecretStr

from keitora.local.testing import TemporaryPostgres
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World, add_world
from tests.api.walk import fill_every_table

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def api_database(postgres: TemporaryPostgres, template_database: str) -> str:
    """One database for all tests of the API: fleets are apart, so each test makes its own."""
    with psycopg.connect(postgres.url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE api TEMPLATE {}").format(sql.Identifier(template_database)))
    return postgres.url.rsplit("/", 1)[0] + "/api"


@pytest.fixture(scope="session")
def app(api_database: str) -> FastAPI:
    """The application with the clock standing still, over the owner's address."""
    settings = ServiceSettings(database_url=SecretStr(api_database), database_pool_size=4)
    return create_app(settings, clock=lambda: NOW)


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


@pytest.fixture
def conn(api_database: str) -> Iterator[psycopg.Connection]:
    """The owner's connection; what a test writes is committed at once, for the API to see."""
    with psycopg.connect(api_database, autocommit=True) as conn:
        yield conn


@pytest.fixture
def world(conn: psycopg.Connection) -> World:
    """A fleet in Tokyo with two trucks and nothing else."""
    return add_world(conn, f"fleet {next(_NUMBERS)}")


@pytest.fixture
def other(conn: psycopg.Connection) -> World:
    """Another fleet, in New York."""
    return add_world(conn, f"fleet {next(_NUMBERS)}", time_zone="America/New_York")


@pytest.fixture
def busy(conn: psycopg.Connection, world: World) -> World:
    """A fleet with a row in every table the API reads."""
    return fill_every_table(conn, world)

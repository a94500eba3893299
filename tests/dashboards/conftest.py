from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.db.migrate import migrate
from keitora.local.testing import TemporaryPostgres, temporary_postgres
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World
from tests.dashboards.world import add_fleet

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
    """A fleet that has driven, has been driven by people, and was not always well."""
    with psycopg.connect(owner_url, autocommit=True) as conn:
        return add_fleet(conn)


@pytest.fixture(scope="session")
def client(server: TemporaryPostgres, owner_url: str) -> Iterator[TestClient]:
    """The real API with the rights it has in production."""
    address = server.allow_login("keitora_api", API_PASSWORD)
    settings = ServiceSettings(database_url=SecretStr(address), database_pool_size=2)
    with TestClient(create_app(settings, clock=lambda: NOW)) as client:
        yield client

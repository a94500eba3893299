"""Fixtures shared by all tests: a real TimescaleDB and a real broker, started when first asked for."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import hypothesis
import psycopg
import pytest
from psycopg import sql

from keitora.db.migrate import migrate
from keitora.local.testing import TemporaryBroker, TemporaryPostgres, temporary_broker, temporary_postgres

# How fast an example runs says more about the machine's other work than about ours.
hypothesis.settings.register_profile("keitora", deadline=None)
hypothesis.settings.load_profile("keitora")

for name in [name for name in os.environ if name.startswith("KEITORA_") and not name.startswith("KEITORA_TEST_")]:
    if name != "KEITORA_RECORDINGS":
        del os.environ[name]  # a developer's own settings must not reach the tests


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos-runs", type=int, default=4, help="how many runs of random faults (tests/system/chaos)")
    parser.addoption("--outside-examples", type=int, default=3, help="requests of a kind to a route (test_outside)")
    parser.addoption("--outside-seed", type=int, default=1, help="which requests they are")
    parser.addoption("--chaos-seed", type=int, default=1, help="which faults they bring")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Return the report without text that cannot be sent on: tests of what no database holds write lone surrogates."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[TemporaryPostgres]:
    """A private PostgreSQL with TimescaleDB."""
    with temporary_postgres(fsync=False) as server:
        yield server


@pytest.fixture(scope="module")
def broker() -> Iterator[TemporaryBroker]:
    """A private Mosquitto of this module's own: what a killed client left there must not reach other tests."""
    with temporary_broker() as server:
        yield server


@pytest.fixture(scope="session")
def template_database(postgres: TemporaryPostgres) -> str:
    """The name of a migrated database that others are copied from; closed, for a copy needs it undisturbed."""
    name = "template_keitora"
    with psycopg.connect(_address(postgres, "postgres"), autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        migrate(_address(postgres, name))
        conn.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        conn.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [name])
    return name


def _address(postgres: TemporaryPostgres, database: str) -> str:
    return postgres.url.rsplit("/", 1)[0] + f"/{database}"


@contextmanager
def database_copy(postgres: TemporaryPostgres, template_database: str) -> Iterator[str]:
    """Yield the owner's address of a fresh migrated database."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(_address(postgres, "postgres"), autocommit=True) as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template_database)
            )
        )
        try:
            yield _address(postgres, name)
        finally:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(postgres: TemporaryPostgres, template_database: str) -> Iterator[str]:
    """A migrated database of this test's own (the owner's address)."""
    with database_copy(postgres, template_database) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(postgres: TemporaryPostgres, template_database: str) -> Iterator[str]:
    """A migrated database that the tests of a module share (the owner's address)."""
    with database_copy(postgres, template_database) as url:
        yield url


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings, beside the repository or where KEITORA_RECORDINGS says."""
    folder = Path(os.environ.get("KEITORA_RECORDINGS", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the recordings are not at {folder}; set KEITORA_RECORDINGS")
    return folder

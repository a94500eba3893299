from collections.abc import Iterator

import psycopg
import pytest

from keitora.local import postgres, users
from keitora.local.testing import TemporaryPostgres, temporary_postgres


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[TemporaryPostgres]:
    with temporary_postgres() as server:
        yield server


def test_config_listens_on_this_box_only_and_keeps_what_is_committed() -> None:
    lines = postgres.config_text(5433).splitlines()

    assert "port = 5433" in lines
    assert "listen_addresses = '127.0.0.1'" in lines
    assert "unix_socket_directories = ''" in lines
    assert "fsync = on" in lines
    assert "synchronous_commit = on" in lines
    assert "wal_compression = pglz" in lines


def test_url_escapes_the_password() -> None:
    assert postgres.url(5433, "u", "a/b@c", "d") == "postgresql://u:a%2Fb%40c@127.0.0.1:5433/d"


def test_it_has_timescale_time_zones_and_letters_of_all_scripts(own_postgres: TemporaryPostgres) -> None:
    with psycopg.connect(own_postgres.url) as connection:
        connection.execute("CREATE EXTENSION timescaledb")
        zones, local, upper = next(
            connection.execute(
                "SELECT (SELECT count(*) FROM pg_timezone_names),"
                " timestamptz '2026-01-01 00:00+00' AT TIME ZONE 'Asia/Tokyo', upper('straße é')"
            )
        )
    assert zones > 300
    assert local.hour == 9
    assert own_postgres.server.major < 17 or upper.endswith("É")


def test_what_was_committed_survives_a_kill(own_postgres: TemporaryPostgres) -> None:
    with psycopg.connect(own_postgres.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    port = own_postgres.port

    own_postgres.kill()
    own_postgres.start()

    assert own_postgres.port == port
    with psycopg.connect(own_postgres.url) as connection:
        assert next(connection.execute("SELECT number FROM kept")) == (7,)


def test_a_pid_file_that_names_a_living_stranger_does_not_stop_the_start(own_postgres: TemporaryPostgres) -> None:
    own_postgres.stop()
    pid_file = own_postgres.folder / "data" / "postmaster.pid"
    users.write_for_server(pid_file, "1\n/nowhere\n")

    own_postgres.start()

    assert own_postgres.is_running


def test_a_role_can_be_let_in(own_postgres: TemporaryPostgres) -> None:
    with psycopg.connect(own_postgres.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE guest NOLOGIN")

    address = own_postgres.allow_login("guest")

    with psycopg.connect(address) as connection:
        assert next(connection.execute("SELECT current_user")) == ("guest",)

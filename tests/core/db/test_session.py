"""A database that does not answer is noticed within a bound."""

from collections.abc import Iterator
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import Connection

from keitora.db.session import session
from tests.system.chaos.proxy import Proxy
from tests.system.chaos.stage import through
from tests.system.stack import wait_until


@pytest.fixture
def network(database_url: str) -> Iterator[Proxy]:
    with Proxy(urlsplit(database_url).port or 5432) as proxy:
        yield proxy


def test_a_database_that_stops_answering_is_given_up_after_the_patience(database_url: str, network: Proxy) -> None:
    with session(through(network, database_url), name="test", patience_s=0.4) as (conn, watch):
        network.stall()
        began_s = monotonic()
        with pytest.raises(psycopg.OperationalError), watch.patience():
            conn.execute("SELECT 1")
    assert 0.4 <= monotonic() - began_s < 2


def test_it_is_given_up_in_the_middle_of_a_copy_too(database_url: str, network: Proxy) -> None:
    with session(through(network, database_url), name="test", patience_s=0.4) as (conn, watch):
        conn.execute("CREATE TEMP TABLE filled (x text)")
        network.stall()
        with pytest.raises(psycopg.OperationalError), watch.patience():
            copy_without_end(conn)


def copy_without_end(conn: Connection[Any]) -> None:
    with conn.transaction(), conn.cursor().copy("COPY filled FROM STDIN") as copy:
        while True:
            copy.write_row(["x" * 10_000])


def test_waiting_for_a_lock_is_bounded_as_well(database_url: str) -> None:
    with psycopg.connect(database_url) as other, session(database_url, name="test", patience_s=0.4) as (conn, watch):
        other.execute("LOCK TABLE fleet")
        with pytest.raises(psycopg.OperationalError), watch.patience():
            conn.execute("SELECT count(*) FROM fleet")


def test_what_was_given_up_does_not_stay_in_line_for_the_lock(database_url: str) -> None:
    """Else each attempt would wait behind the one before, and their number grow."""
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE fleet")
        with (
            session(database_url, name="given-up", patience_s=0.4) as (conn, watch),
            pytest.raises(psycopg.OperationalError),
            watch.patience(),
        ):
            conn.execute("SELECT count(*) FROM fleet")
        wait_until(lambda: backends(other, "given-up") == 0, "the server has noticed", within_s=20)


def backends(conn: Connection[Any], name: str) -> int:
    conn.execute("SELECT pg_stat_clear_snapshot()")
    [(count,)] = conn.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [name]).fetchall()
    return int(count)


def test_work_within_the_patience_and_rest_between_it_are_left_alone(database_url: str) -> None:
    with session(database_url, name="test", patience_s=0.4) as (conn, watch):
        for _ in range(3):
            with watch.patience():
                conn.execute("SELECT pg_sleep(0.2)")
        conn.execute("SELECT pg_sleep(0.6)")


def test_both_ends_probe_a_silent_connection(database_url: str) -> None:
    with session(database_url, name="keitora-test", patience_s=10) as (conn, _):
        [seen] = conn.execute(
            "SELECT current_setting('tcp_keepalives_idle'), current_setting('tcp_user_timeout'),"
            " current_setting('idle_in_transaction_session_timeout'), current_setting('application_name')"
        ).fetchall()
        parameters = conn.info.get_parameters()

    assert seen == ("10", "25000", "1min", "keitora-test")
    assert parameters["keepalives_idle"] == "10"
    assert parameters["tcp_user_timeout"] == "25000"

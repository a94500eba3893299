import hashlib
from collections.abc import Iterator

import psycopg
import pytest

from keitora.drivers.queries import create_driver, find_driver
from keitora.errors import KeitoraError, SetupError
from keitora.fleets.queries import create_fleet, create_key, find_fleet, list_keys, only_fleet, revoke_key


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as conn:
        yield conn


def test_a_fleet_is_found_by_its_name(conn: psycopg.Connection) -> None:
    made = create_fleet(conn, name="青木農園")

    assert (made.time_zone, made.currency, made.locale) == ("Asia/Tokyo", "JPY", "ja")
    assert find_fleet(conn, "青木農園") == made
    assert find_fleet(conn, "other") is None


def test_the_only_fleet_is_meant_if_there_is_only_one(conn: psycopg.Connection) -> None:
    with pytest.raises(SetupError, match=r"no fleet yet.*key create"):
        only_fleet(conn)

    made = create_fleet(conn, name="A")
    assert only_fleet(conn) == made

    create_fleet(conn, name="B", time_zone="America/New_York", currency="USD", locale="en")
    with pytest.raises(SetupError, match=r"several fleets.*A, B"):
        only_fleet(conn)


def test_a_name_is_taken_once_and_the_transaction_lives_on(conn: psycopg.Connection) -> None:
    made = create_fleet(conn, name="A")

    with pytest.raises(KeitoraError, match="already a fleet named 'A'"):
        create_fleet(conn, name="A")

    assert only_fleet(conn) == made


def test_a_time_zone_must_exist(conn: psycopg.Connection) -> None:
    with pytest.raises(KeitoraError, match="'Tokyo' is no time zone"):
        create_fleet(conn, name="A", time_zone="Tokyo")


def test_of_a_key_only_the_hash_is_kept(conn: psycopg.Connection) -> None:
    fleet = create_fleet(conn, name="A")

    token = create_key(conn, fleet_id=fleet.fleet_id, name="grafana", role="viewer")
    again = create_key(conn, fleet_id=fleet.fleet_id, name="grafana", role="viewer")

    assert token.startswith("kt_")
    assert len(token) == 46
    assert token != again
    rows = conn.execute("SELECT token_sha256, k::text FROM api_key AS k ORDER BY api_key_id").fetchall()
    assert rows[0][0] == hashlib.sha256(token.encode()).digest()
    assert token not in rows[0][1]


def test_a_drivers_key_names_the_driver(conn: psycopg.Connection) -> None:
    fleet_id = create_fleet(conn, name="A").fleet_id
    driver_id = create_driver(conn, fleet_id=fleet_id, name="太郎")

    create_key(conn, fleet_id=fleet_id, name="phone", role="driver", driver_id=driver_id)

    (key,) = list_keys(conn, fleet_id=fleet_id)
    assert (key.fleet_name, key.role, key.driver_name, key.revoked_at) == ("A", "driver", "太郎", None)
    for role, wrong_id in (("driver", None), ("manager", driver_id)):
        with pytest.raises(KeitoraError, match="belongs to a driver"):
            create_key(conn, fleet_id=fleet_id, name="x", role=role, driver_id=wrong_id)  # type: ignore[arg-type]


def test_revoking_twice_changes_nothing(conn: psycopg.Connection) -> None:
    fleet_id = create_fleet(conn, name="A").fleet_id
    create_key(conn, fleet_id=fleet_id, name="x", role="manager")
    (key,) = list_keys(conn, fleet_id=None)

    assert revoke_key(conn, api_key_id=key.api_key_id)
    (revoked,) = list_keys(conn, fleet_id=fleet_id)
    assert revoke_key(conn, api_key_id=key.api_key_id)

    assert revoked.revoked_at is not None
    assert list_keys(conn, fleet_id=fleet_id) == [revoked]
    assert not revoke_key(conn, api_key_id=key.api_key_id + 1)


def test_a_drivers_name_is_taken_once_in_a_fleet(conn: psycopg.Connection) -> None:
    first = create_fleet(conn, name="A").fleet_id
    second = create_fleet(conn, name="B").fleet_id
    made = create_driver(conn, fleet_id=first, name="太郎")

    with pytest.raises(KeitoraError, match="already a driver named '太郎'"):
        create_driver(conn, fleet_id=first, name="太郎")

    assert create_driver(conn, fleet_id=second, name="太郎") != made
    assert find_driver(conn, fleet_id=first, name="太郎") == made
    assert find_driver(conn, fleet_id=first, name="花子") is None

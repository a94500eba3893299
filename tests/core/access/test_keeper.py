"""The database, the files and a real broker with real clients: who gets in, who is cut, who hears what."""

from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from keitora.access.broker_folder import write_accounts
from keitora.access.issue import issue, issue_gateway
from keitora.access.model import Login
from keitora.access.queries import list_accounts, revoke_credential
from keitora.db.migrate import migrate
from keitora.devices.queries import find_device
from keitora.local.testing import TemporaryBroker, TemporaryPostgres, temporary_broker, temporary_postgres
from tests.core.access.conftest import Farms, keeping, wait_until_let_in
from tests.core.access.visitor import Visitor

REFUSED = "Not authorized"


@pytest.fixture
def follows(farms: Farms, own_broker: TemporaryBroker) -> TemporaryBroker:
    """The broker, knowing nobody yet."""
    own_broker.follow(farms.conn)
    return own_broker


def test_nobody_is_let_in_without_a_name_or_with_a_wrong_password(farms: Farms, follows: TemporaryBroker) -> None:
    login = farms.let_in("carry-1")
    follows.follow(farms.conn)
    wait_until_let_in(follows, login)

    for port in (follows.port, follows.device_port):
        with Visitor(f"mqtt://127.0.0.1:{port}") as nobody:
            assert nobody.answer == REFUSED
        with Visitor(f"mqtt://carry-1:wrong@127.0.0.1:{port}") as wrong:
            assert wrong.answer == REFUSED
        with Visitor(f"mqtt://loggers:{login.password}@127.0.0.1:{port}") as shared:
            assert shared.answer == REFUSED


def test_a_device_writes_on_its_own_topics_alone(farms: Farms, follows: TemporaryBroker) -> None:
    carry = farms.let_in("carry-1")
    farms.let_in("hijet-2", fleet_id=farms.baba)
    follows.follow(farms.conn)
    wait_until_let_in(follows, carry)

    with Visitor(follows.ingestor_url) as ingestor, Visitor(follows.device_url(carry)) as device:
        ingestor.subscribe("kei/v1/#", "owntracks/#", "traccar/positions")
        assert device.publish("kei/v1/carry-1/t", b"mine") == "Success"
        for topic in (
            "kei/v1/hijet-2/t",
            "kei/v1/hijet-2/s",
            "kei/v1/carry-1/a",
            "kei/v1/hijet-2/a",
            "owntracks/ken/phone",
            "traccar/positions",
            "anything",
        ):
            assert device.publish(topic, b"theirs") == REFUSED, topic
        assert device.publish("kei/v1/carry-1/e", b"last") == "Success"
        ingestor.wait_heard(2)

    assert ingestor.heard == [("kei/v1/carry-1/t", b"mine"), ("kei/v1/carry-1/e", b"last")]


def test_a_device_with_a_topic_too_many_gets_through_with_the_others(farms: Farms, follows: TemporaryBroker) -> None:
    login = farms.let_in("hijet", "obd2mqtt")
    follows.follow(farms.conn)
    wait_until_let_in(follows, login)

    with Visitor(follows.device_url(login)) as device:
        assert device.publish("obd2mqtt/hijet_myOwnState") == REFUSED
        assert device.publish("obd2mqtt/hijet_rpm") == "Success"
        assert not device.is_cut


def test_a_device_hears_nothing_but_its_own_answers_whatever_it_subscribes_to(
    farms: Farms, follows: TemporaryBroker
) -> None:
    carry, hijet = farms.let_in("carry-1"), farms.let_in("hijet-2", fleet_id=farms.baba)
    follows.follow(farms.conn)
    wait_until_let_in(follows, hijet)

    with (
        Visitor(follows.device_url(carry)) as spy,
        Visitor(follows.device_url(hijet)) as other,
        Visitor(follows.ingestor_url) as ingestor,
    ):
        other.publish("kei/v1/hijet-2/s", b"retained", retain=True)
        spy.subscribe("#", "kei/v1/+/t", "kei/v1/hijet-2/#", "$SYS/#", "$share/keitora/kei/v1/+/t")
        other.publish("kei/v1/hijet-2/t", b"secret")
        ingestor.publish("kei/v1/hijet-2/a", b"not yours")
        ingestor.publish("kei/v1/carry-1/a", b"yours")
        spy.wait_heard(1)

    assert set(spy.heard) == {("kei/v1/carry-1/a", b"yours")}


def test_no_device_takes_over_anothers_session_or_the_ingestors(farms: Farms, follows: TemporaryBroker) -> None:
    carry, hijet = farms.let_in("carry-1"), farms.let_in("hijet-2")
    follows.follow(farms.conn)
    wait_until_let_in(follows, hijet)

    with (
        Visitor(follows.ingestor_url, client_id="keitora-ingestor") as ingestor,
        Visitor(follows.device_url(hijet), client_id="hijet-2") as victim,
    ):
        for name in ("keitora-ingestor", "hijet-2"):
            with Visitor(follows.device_url(carry), client_id=name) as thief:
                assert thief.answer == "Success"
                assert thief.publish("kei/v1/carry-1/t") == "Success"
        assert victim.publish("kei/v1/hijet-2/t") == "Success"
        assert ingestor.publish("kei/v1/hijet-2/a") == "Success"
        assert not victim.is_cut
        assert not ingestor.is_cut


def test_the_gateway_speaks_on_its_topic_alone(farms: Farms, follows: TemporaryBroker) -> None:
    login = issue_gateway(farms.conn, "traccar")
    follows.follow(farms.conn)
    wait_until_let_in(follows, login)

    with Visitor(follows.device_url(login)) as gateway:
        assert gateway.publish("traccar/positions") == "Success"
        assert gateway.publish("kei/v1/carry-1/t") == REFUSED


def test_what_any_process_changes_reaches_the_broker_at_once(farms: Farms, follows: TemporaryBroker) -> None:
    with keeping(farms.url, follows.files):
        carry, hijet = farms.let_in("carry-1"), farms.let_in("hijet-2")
        wait_until_let_in(follows, hijet)
        with Visitor(follows.device_url(carry)) as revoked, Visitor(follows.device_url(hijet)) as stays:
            device = find_device(farms.conn, source="native", device_key="carry-1")
            assert device

            revoke_credential(farms.conn, device_id=device.device_id)

            revoked.wait_cut()
            with Visitor(follows.device_url(carry)) as again:
                assert again.answer == REFUSED
            assert stays.publish("kei/v1/hijet-2/t") == "Success"
            assert not stays.is_cut

        fresh = issue(farms.conn, device)
        wait_until_let_in(follows, fresh)
        with Visitor(follows.device_url(carry)) as old, Visitor(follows.device_url(fresh)) as new:
            assert (old.answer, new.answer) == (REFUSED, "Success")


def test_a_renewed_password_cuts_who_came_with_the_old_one(farms: Farms, follows: TemporaryBroker) -> None:
    with keeping(farms.url, follows.files):
        device = farms.device("carry-1")
        old = issue(farms.conn, device)
        wait_until_let_in(follows, old)
        with Visitor(follows.device_url(old)) as visitor:
            issue(farms.conn, device)

            visitor.wait_cut()


def test_a_change_that_was_written_but_not_told_is_told_at_the_next_start(
    farms: Farms, follows: TemporaryBroker
) -> None:
    known = farms.let_in("hijet-2")
    follows.follow(farms.conn)
    wait_until_let_in(follows, known)
    login = farms.let_in("carry-1")
    write_accounts(follows.files, list_accounts(farms.conn))  # and here the predecessor was killed
    with Visitor(follows.device_url(login)) as too_early:
        assert too_early.answer == REFUSED

    with keeping(farms.url, follows.files):
        wait_until_let_in(follows, login)


def test_mapped_devices_are_bound_to_their_templates(farms: Farms, follows: TemporaryBroker, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('[[entry]]\ntopic = "farm/{device}/tach"\nvalues = [{ path = "v", signal = "battery_v" }]\n')
    login = farms.let_in("node-1", "mapped")
    with keeping(farms.url, follows.files, mapping):
        wait_until_let_in(follows, login)

        with Visitor(follows.device_url(login)) as node, Visitor(follows.ingestor_url) as ingestor:
            ingestor.subscribe("farm/+/tach")
            assert node.publish("farm/node-1/tach", b"{}") == "Success"
            assert node.publish("farm/node-2/tach", b"{}") == REFUSED
            ingestor.wait_heard(1)


@pytest.mark.slow
def test_while_the_database_is_away_who_is_in_stays_in(caplog: pytest.LogCaptureFixture) -> None:
    with temporary_postgres(fsync=False) as database, temporary_broker() as broker:
        migrate(database.url)
        with psycopg.connect(database.url, autocommit=True) as conn:
            fleet_id = conn.execute("INSERT INTO fleet (name) VALUES ('Aoki') RETURNING fleet_id").fetchone()
            assert fleet_id
            farms = Farms(conn, database.url, fleet_id[0], fleet_id[0])
            carry = farms.let_in("carry-1")
        with keeping(database.url, broker.files):
            wait_until_let_in(broker, carry)
            database.stop()
            with Visitor(broker.device_url(carry)) as device:
                assert device.publish("kei/v1/carry-1/t") == "Success"
            broker.kill()
            broker.start()
            wait_until_let_in(broker, carry)
            hijet = changed_after_a_restart(database)
            wait_until_let_in(broker, hijet)
    assert "database is away" in caplog.text


def changed_after_a_restart(database: TemporaryPostgres) -> Login:
    database.start()
    with psycopg.connect(database.url, autocommit=True) as conn:
        (fleet,) = conn.execute("SELECT fleet_id FROM fleet").fetchall()
        return Farms(conn, database.url, fleet[0], fleet[0]).let_in("hijet-2")


def test_the_keeper_needs_no_more_than_the_ingestors_role(farms: Farms, postgres: TemporaryPostgres) -> None:
    farms.let_in("carry-1")
    address = postgres.allow_login("keitora_ingestor").rsplit("/", 1)[0] + "/" + farms.url.rsplit("/", 1)[1]

    with psycopg.connect(address, autocommit=True) as conn:
        assert [account.username for account in list_accounts(conn)] == ["carry-1"]
        with pytest.raises(errors.InsufficientPrivilege):
            conn.execute("UPDATE device_credential SET revoked_at = now()")


def test_the_api_sees_its_own_fleets_credentials_and_no_hash(farms: Farms, postgres: TemporaryPostgres) -> None:
    farms.let_in("carry-1")
    farms.let_in("hijet-2", fleet_id=farms.baba)
    address = postgres.allow_login("keitora_api").rsplit("/", 1)[0] + "/" + farms.url.rsplit("/", 1)[1]

    with psycopg.connect(address, autocommit=True) as conn:
        conn.execute("SELECT set_config('keitora.fleet_id', %s, false)", [str(farms.baba)])
        assert conn.execute("SELECT username FROM device_credential").fetchall() == [("hijet-2",)]
        with pytest.raises(errors.InsufficientPrivilege):
            conn.execute("SELECT password_hash FROM device_credential")
        with pytest.raises(errors.InsufficientPrivilege):
            conn.execute("SELECT * FROM gateway_credential")

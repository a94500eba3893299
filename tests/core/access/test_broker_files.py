from pathlib import Path

from keitora.access.broker_files import device_part, rights_of
from keitora.access.broker_folder import OwnUser, reload_broker, write_accounts, write_own
from keitora.access.model import Account, Rights
from keitora.access.passwords import hash_password, matches
from keitora.access.queries import list_accounts, put_gateway, revoke_credential
from keitora.local import mosquitto
from tests.core.access.conftest import Farms

HASH = hash_password("word", b"123456789012")
CARRY = Account("carry-1", HASH, "native", "carry-1")
PHONE = Account("owntracks.ken.phone", HASH, "owntracks", "ken/phone")


def test_the_order_of_accounts_does_not_matter() -> None:
    assert device_part([CARRY, PHONE]) == device_part([PHONE, CARRY])


def test_every_rule_stands_below_its_user() -> None:
    _, rights = device_part([PHONE, CARRY])

    assert rights.split("\n\n")[0].splitlines() == [
        "user carry-1",
        "topic write kei/v1/carry-1/t",
        "topic write kei/v1/carry-1/s",
        "topic write kei/v1/carry-1/e",
        "topic read kei/v1/carry-1/a",
        "topic read kei/v1/carry-1/c",
    ]


def test_who_has_no_topic_is_not_let_in() -> None:
    behind_a_gateway = Account("traccar.1", HASH, "traccar", "1")

    assert device_part([behind_a_gateway]) == ("", "")


def test_a_key_that_would_write_rules_of_its_own_gets_none() -> None:
    assert rights_of(Account("x", HASH, "wican", "a\nuser x\ntopic write #")) == Rights()


def test_the_ingestor_may_read_what_the_mappers_file_names() -> None:
    _, rights = device_part([], ["farm/{device}/tach"])

    assert rights == "user ingestor\ntopic read farm/+/tach\n"


def test_the_same_database_gives_the_same_files(farms: Farms, tmp_path: Path) -> None:
    for key in ("carry-1", "hijet-2"):
        farms.let_in(key)
    farms.let_in("ken/phone", "owntracks", farms.baba)
    put_gateway(farms.conn, source="traccar", username="gateway.traccar", password_hash=HASH)

    texts = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        assert write_accounts(folder, list_accounts(farms.conn))
        assert not write_accounts(folder, list_accounts(farms.conn))
        texts.append([(folder / file).read_text() for file in ("passwd", "acl")])

    assert texts[0] == texts[1]
    assert [line.split(":")[0] for line in texts[0][0].splitlines()[1:]] == [
        "carry-1",
        "gateway.traccar",
        "hijet-2",
        "owntracks.ken.phone",
    ]


def test_a_revoked_device_is_in_no_file(farms: Farms, tmp_path: Path) -> None:
    farms.let_in("carry-1")
    device = farms.device("hijet-2")
    farms.let_in("acty-3")
    assert not revoke_credential(farms.conn, device_id=device.device_id)
    (carry,) = farms.conn.execute("SELECT device_id FROM device WHERE device_key = 'carry-1'").fetchall()

    assert revoke_credential(farms.conn, device_id=carry[0])
    write_accounts(tmp_path, list_accounts(farms.conn))

    assert "carry-1" not in (tmp_path / "passwd").read_text() + (tmp_path / "acl").read_text()
    assert "acty-3" in (tmp_path / "passwd").read_text()


def test_a_new_start_keeps_the_devices_and_the_line_of_the_ingestor(tmp_path: Path) -> None:
    own = mosquitto.ingestor("word")
    write_own(tmp_path, own)
    write_accounts(tmp_path, [CARRY])
    before = [(tmp_path / name).read_text() for name in ("passwd", "acl")]

    write_own(tmp_path, own)

    assert [(tmp_path / name).read_text() for name in ("passwd", "acl")] == before
    assert "carry-1" in before[0]
    assert not list(tmp_path.glob(".*"))


def test_a_changed_password_of_the_ingestor_is_written(tmp_path: Path) -> None:
    write_own(tmp_path, mosquitto.ingestor("old"))
    write_own(tmp_path, {"ingestor": OwnUser("new", Rights())})

    (line,) = [line for line in (tmp_path / "passwd").read_text().splitlines() if line[0] != "#"]
    assert matches("new", line.partition(":")[2])


def test_a_stranger_who_got_the_brokers_number_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mosquitto.pid").write_text("1\n")

    assert reload_broker(tmp_path) == "absent"

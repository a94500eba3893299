import json

import psycopg
import pytest

from keitora.cli import main


@pytest.fixture(autouse=True)
def _fleet(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    main(["key", "create", "--fleet", "A", "--role", "manager"])
    capsys.readouterr()


def test_add_with_a_logger_and_list(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["vehicle", "add", "キャリイ", "--device", "carry-1", "--maker", "Suzuki", "--chassis-code", "DA63T"]
    numbers = ["--displacement-cc", "658", "--volumetric-efficiency", "0.85", "--tank-l", "40", "--kerb-kg", "690"]

    assert main([*words, *numbers]) == 0
    assert "device carry-1 on it" in capsys.readouterr().out
    main(["vehicle", "list", "--json"])
    (truck,) = json.loads(capsys.readouterr().out)
    main(["vehicle", "list"])

    assert truck["name"] == "キャリイ"
    assert (truck["displacement_cc"], truck["volumetric_efficiency"]) == (658.0, 0.85)
    assert truck["battery_kwh"] is None
    assert truck["devices"] == ["carry-1"]
    assert "キャリイ  Suzuki Carry DA63T  carry-1" in capsys.readouterr().out


def test_a_phone_speaks_owntracks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vehicle", "add", "B", "--device", "taro/phone", "--source", "owntracks", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["devices"] == ["taro/phone"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["B", "--device", "Carry 1"], "is no device key"),
        (["B", "--device", "phone", "--source", "owntracks"], "write it as USER/DEVICE"),
        (["B", "--displacement-cc", "5"], "displacement_cc = 5.0 cannot be true"),
        (["A1"], "already a truck named 'A1'"),
        (["B", "--device", "logger-1"], "device 'logger-1' is on 'A1' from the beginning to further notice"),
        (["B", "--fleet", "Z"], "there is no fleet 'Z'"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_no_half_truck(
    database_url: str, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    main(["vehicle", "add", "A1", "--device", "logger-1"])

    assert main(["vehicle", "add", *words]) == 1

    assert message in capsys.readouterr().err
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT name FROM vehicle").fetchall() == [("A1",)]
        assert conn.execute("SELECT count(*) FROM device").fetchone() == (1,)


def test_another_fleets_device_stays_there(capsys: pytest.CaptureFixture[str]) -> None:
    main(["vehicle", "add", "A1", "--device", "logger-1"])
    main(["key", "create", "--fleet", "B", "--role", "manager"])

    assert main(["vehicle", "add", "B1", "--fleet", "B", "--device", "logger-1"]) == 1

    assert "belongs to another fleet" in capsys.readouterr().err
    assert main(["vehicle", "add", "B2"]) == 1
    assert "say which with --fleet: A, B" in capsys.readouterr().err


def test_what_the_catalogue_knows_of_a_chassis_code_is_filled_in_and_what_was_typed_stays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["vehicle", "add", "New", "--chassis", "3BD-DA16T", "--tank-l", "33", "--json"]) == 0
    told = capsys.readouterr()
    truck = json.loads(told.out)

    assert (truck["maker"], truck["model"], truck["chassis_code"]) == ("Suzuki", "Carry", "DA16T")
    assert (truck["displacement_cc"], truck["tank_l"], truck["kerb_kg"]) == (658, 33, None)
    assert "displacement_cc = 658.0: known of DA16T" in told.err


def test_an_unknown_chassis_code_fills_in_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vehicle", "add", "Odd", "--chassis", "XX99", "--json"]) == 0
    truck = json.loads(capsys.readouterr().out)

    assert (truck["maker"], truck["energy"], truck["displacement_cc"]) == (None, "petrol", None)

import psycopg
import pytest

from keitora.cli import main


@pytest.fixture(autouse=True)
def _fleet(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    main(["key", "create", "--fleet", "A", "--role", "manager"])
    main(["vehicle", "add", "Carry"])
    capsys.readouterr()


def test_set_list_and_forget(capsys: pytest.CaptureFixture[str]) -> None:
    shift = '[{"days": [1, 2], "since": "06:00", "until": "18:00"}]'

    assert main(["rule", "set", "over_rev", "over_rpm=6000", "clear_rpm=5500", "--vehicle", "Carry"]) == 0
    assert main(["rule", "set", "out_of_hours", f"shifts={shift}", "--on"]) == 0
    assert main(["rule", "set", "low_fuel", "--off"]) == 0
    capsys.readouterr()
    main(["rule", "list"])

    told = capsys.readouterr().out.splitlines()
    assert told[0].split() == ["low_fuel", "(fleet)", "off"]
    assert told[1].startswith("out_of_hours         (fleet) on shifts=")
    assert told[2].split() == ["over_rev", "Carry", "clear_rpm=5500.0", "over_rpm=6000.0"]

    assert main(["rule", "forget", "low_fuel"]) == 0
    assert main(["rule", "forget", "low_fuel"]) != 0
    assert "low_fuel is not set for the fleet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["over_rev"], "say what to set"),
        (["over_rev", "over_rpm"], "'over_rpm' is not NAME=VALUE"),
        (["over_rev", "over_rpm=soon"], "over_rpm"),
        (["over_rev", "over_rpm=1e9"], "less than or equal to 12000"),
        (["over_rev", "--off", "--vehicle", "none"], "has no truck 'none'"),
    ],
)
def test_what_cannot_be_set(
    words: list[str], message: str, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rule", "set", *words]) != 0

    assert message in capsys.readouterr().err
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM rule_setting").fetchall() == [(0,)]

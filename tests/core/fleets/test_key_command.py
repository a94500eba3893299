import json

import psycopg
import pytest

from keitora.cli import main
from keitora.fleets.tokens import token_sha256


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)


def test_create_makes_the_fleet_and_prints_the_key_once(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["key", "create", "--fleet", "Vermont", "--role", "manager", "--time-zone", "America/New_York", "--json"]

    assert main(words) == 0
    made = json.loads(capsys.readouterr().out)
    assert main(words[:-1]) == 0  # the fleet exists now
    printed = capsys.readouterr().out

    assert made["fleet"] == {"id": made["fleet"]["id"], "name": "Vermont", "time_zone": "America/New_York"}
    tokens = [made["key"], printed.split()[-1]]
    with psycopg.connect(database_url) as conn:
        kept = conn.execute("SELECT token_sha256 FROM api_key ORDER BY api_key_id").fetchall()
    assert kept == [(token_sha256(token),) for token in tokens]


def test_list_and_revoke(capsys: pytest.CaptureFixture[str]) -> None:
    main(["key", "create", "--fleet", "A", "--role", "driver", "--driver", "太郎", "--name", "phone"])
    token = capsys.readouterr().out.split()[-1]

    main(["key", "list", "--json"])
    (shown,) = json.loads(capsys.readouterr().out)
    assert main(["key", "revoke", str(shown["id"])]) == 0
    capsys.readouterr()
    main(["key", "list", "--fleet", "A"])
    listed = capsys.readouterr().out

    assert (shown["fleet"], shown["role"], shown["driver"], shown["name"]) == ("A", "driver", "太郎", "phone")
    assert "driver 太郎  phone  revoked" in listed
    assert token not in listed + str(shown)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["create", "--fleet", "A", "--role", "driver"], "--driver NAME goes with --role driver"),
        (["create", "--fleet", "A", "--role", "manager", "--driver", "B"], "--driver NAME goes with --role driver"),
        (["create", "--fleet", "A", "--role", "viewer", "--time-zone", "Mars"], "'Mars' is no time zone"),
        (["list", "--fleet", "A"], "there is no fleet 'A'"),
        (["revoke", "7"], "there is no key 7"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    database_url: str, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["key", *words]) == 1

    assert message in capsys.readouterr().err
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT count(*) FROM fleet").fetchone() == (0,)


def test_a_database_without_schema_is_told_apart(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url.rsplit("/", 1)[0] + "/postgres")
    assert main(["key", "list"]) == 1
    assert "keitora migrate" in capsys.readouterr().err

    monkeypatch.setenv("KEITORA_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/x")
    assert main(["key", "list"]) == 1
    assert "does not answer" in capsys.readouterr().err

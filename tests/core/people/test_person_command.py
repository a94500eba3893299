"""`keitora person`: letting people in from the console."""

import json

import psycopg
import pytest

from keitora.cli import main
from keitora.fleets.queries import create_fleet
from keitora.fleets.tokens import token_sha256

PURPOSE = "SELECT purpose, role, name FROM invitation WHERE token_sha256 = %s AND withdrawn_at IS NULL"


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    monkeypatch.setenv("KEITORA_PUBLIC_URL", "https://trucks.example.org")
    with psycopg.connect(database_url) as conn:
        create_fleet(conn, name="青木農園")


def meant(database_url: str, printed: str) -> tuple[str, ...] | None:
    token = printed.strip().rsplit("#token=", maxsplit=1)[-1].removesuffix('"}')
    with psycopg.connect(database_url) as conn:
        return conn.execute(PURPOSE, [token_sha256(token)]).fetchone()


def add_manager(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        conn.execute(
            "INSERT INTO person (fleet_id, name, login_name, role, password_hash)"
            " SELECT fleet_id, 'Ken', 'ken', 'manager', '$argon2id$' FROM fleet"
        )


def test_a_link_is_printed_for_who_is_invited(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["person", "invite", "Yuki", "--role", "driver"]) == 0

    printed = capsys.readouterr().out
    assert "https://trucks.example.org/join#token=ki_" in printed
    assert meant(database_url, printed) == ("join", "driver", "Yuki")


def test_the_first_manager_gets_a_link_and_the_newest_alone_is_good(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = []
    for _ in range(2):
        assert main(["person", "link", "--json"]) == 0
        printed.append(capsys.readouterr().out)

    assert meant(database_url, printed[0]) is None
    assert meant(database_url, printed[1]) == ("join", "manager", "Owner")


def test_a_fleet_with_a_manager_needs_no_link(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    add_manager(database_url)

    assert main(["person", "link", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": None}
    assert main(["person", "link"]) == 1
    assert "has a manager" in capsys.readouterr().err


def test_a_visitor_of_a_demo_gets_a_link_at_every_start_and_is_one_person(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert main(["person", "link", "--visitor", "--json"]) == 0
        assert meant(database_url, capsys.readouterr().out) == ("open", "manager", "Visitor")

    main(["person", "list", "--json"])
    [one] = json.loads(capsys.readouterr().out)
    assert (one["name"], one["role"]) == ("Visitor", "manager")


def test_a_forgotten_password_is_set_anew_by_a_link(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    add_manager(database_url)

    assert main(["person", "reset-password", "KEN"]) == 0
    assert meant(database_url, capsys.readouterr().out) == ("reset", "manager", "Ken")
    assert main(["person", "reset-password", "nobody"]) == 1


def test_what_is_done_at_the_console_is_in_the_log(database_url: str) -> None:
    main(["person", "invite", "Yuki", "--role", "manager"])

    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT who, action FROM audit_entry").fetchall() == [("console", "keitora person invite")]

"""`keitora doctor` says which database is used, and what it can do."""

import psycopg
import pytest

from keitora.errors import SetupError
from keitora.local.doctor import examine, reason_of
from keitora.local.testing import servers


def told(what: str) -> list[tuple[str, str]]:
    return [(finding.verdict, finding.detail) for finding in examine() if finding.what == what]


def test_the_edition_of_a_database_of_ones_own_is_asked_of_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    [(verdict, detail)] = told("TimescaleDB")
    assert verdict == "ok"
    assert detail.startswith(f"{servers().postgres.timescale}, {servers().postgres.edition} edition")


def test_a_database_that_does_not_answer_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    [(verdict, detail)] = told("TimescaleDB")
    assert verdict == "missing"
    assert "cannot be asked" in detail


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg.OperationalError("no route\nto the host"), "no route"),
        (psycopg.OperationalError("\n  no route\n"), "no route"),
        (psycopg.OperationalError(""), "OperationalError"),
        (psycopg.InterfaceError(), "InterfaceError"),
        (SetupError(" \n"), "SetupError"),
    ],
)
def test_an_error_that_says_nothing_is_told_by_its_kind(error: Exception, told: str) -> None:
    assert reason_of(error) == told

"""`keitora doctor` says which database is used, and what it can do."""

import pytest

from keitora.local.doctor import examine
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

"""The load generator against the real ingestor: every row it says is committed is there, once."""

import json
from pathlib import Path

import psycopg
import pytest

from keitora.local.testing import TemporaryBroker
from keitora_sim.commands import sim
from tests.system.stack import service, wait_for_ingestor


def test_all_rows_of_a_load_are_stored_once_each(
    database_url: str,
    broker: TemporaryBroker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    words = ["load", "--devices", "4", "--rate", "20000", "--seconds", "1.5", "--register", "--json", "--url"]

    with service("ingest", database_url, broker, tmp_path):
        wait_for_ingestor(database_url)
        assert sim([*words, broker.url]) == 0
        figures = json.loads(capsys.readouterr().out)
        with psycopg.connect(database_url) as conn:
            stored, times, dead = conn.execute(
                "SELECT count(*), count(DISTINCT (device_id, row_key)), (SELECT count(*) FROM dead_letter) FROM sample"
            ).fetchone() or (0, 0, 0)

    assert stored == times
    assert figures["confirmed_rows"] <= stored <= figures["sent_rows"]
    assert stored >= figures["sent_rows"] - 4 * 20 * 10
    assert dead == 0

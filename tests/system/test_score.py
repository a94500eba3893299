"""The whole way scored: four trucks' day through broker, ingestor, fold and API, held against what was true.

The floors are what the product reaches with a little room; a change that loses a trip, cuts one in two, or shifts
litres by a few per cent falls through them.
"""

import json
from pathlib import Path

import psycopg
import pytest

from keitora.errors import SetupError
from keitora.local import ports
from keitora.local.testing import TemporaryBroker
from keitora_sim.commands import score, sim
from tests.system.derived import derive_all
from tests.system.stack import service, wait_for_ingestor, wait_until

FLOORS = {
    # truck: most error of an edge (s: median, nine in ten) and of a distance (%: nine in ten, of the sum)
    "Carry": (1, 2, 1.0, 0.5),
    "Sambar": (1, 2, 1.0, 0.5),
    "Lunch van": (1, 2, 1.0, 0.5),
    "Old Carry": (3, 8, 1.5, 1.0),  # a phone's fix every ten seconds
}


def test_a_day_of_four_trucks_is_told_as_it_was(
    database_url: str,
    broker: TemporaryBroker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    truth, port = tmp_path / "truth.jsonl", ports.for_test()
    logs = tmp_path / "logs"
    logs.mkdir()

    with service("ingest", database_url, broker, logs):
        wait_for_ingestor(database_url)
        assert sim(["run", "small-check", "--url", broker.url, "--register", "--truth", str(truth)]) == 0
        said = capsys.readouterr().out
        key, rows = said.split("key ")[1].split()[0], int(said.split(" rows")[0].split()[-1].replace(",", ""))
        wait_until(lambda: stored(database_url) == rows, "all rows are stored")
    with psycopg.connect(database_url, autocommit=True) as conn:
        assert conn.execute("SELECT topic, reason, encode(payload, 'escape') FROM dead_letter").fetchall() == []
        derive_all(conn)
    with service("api", database_url, broker, logs, api_port=str(port)):
        api = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(api, key, truth, capsys), "the API answers")
        assert score(["--truth", str(truth), "--api", api, "--key", key, "--json"]) == 0
    scored = json.loads(capsys.readouterr().out)

    for truck, (edge_s, most_edge_s, distance_pct, total_pct) in FLOORS.items():
        part = scored["trucks"][truck]
        assert (part["trip_precision_ratio"], part["trip_recall_ratio"]) == (1, 1), truck
        assert part["edge_s"]["median"] <= edge_s, truck
        assert part["edge_s"]["p90"] <= most_edge_s, truck
        assert part["distance_pct"]["p90"] <= distance_pct, truck
        assert abs(part["distance_pct"]["total_pct"]) <= total_pct, truck
    assert abs(scored["trucks"]["Carry"]["fuel_pct"]["total_pct"]) < 4  # uncalibrated, by manifold pressure
    assert abs(scored["trucks"]["Sambar"]["fuel_pct"]["total_pct"]) < 1  # by mass air flow
    assert abs(scored["trucks"]["Old Carry"]["fuel_pct"]["total_pct"]) < 35  # a phone alone, no fill-up yet
    assert abs(scored["trucks"]["Lunch van"]["energy_pct"]["total_pct"]) < 1
    assert scored["events"].keys() >= {"harsh_braking"}
    assert sum(one["true_count"] for one in scored["events"].values()) >= 20
    assert sum(one["found_count"] for one in scored["events"].values()) >= 0.75 * sum(
        one["true_count"] for one in scored["events"].values()
    )
    assert sum(one["false_count"] for one in scored["events"].values()) == 0


def answers(api: str, key: str, truth: Path, capsys: pytest.CaptureFixture[str]) -> bool:
    try:
        return score(["--truth", str(truth), "--api", api, "--key", key, "--json"]) == 0
    except SetupError:
        return False
    finally:
        capsys.readouterr()


def stored(database_url: str) -> int:
    with psycopg.connect(database_url) as conn:
        row = conn.execute("SELECT count(*) FROM sample").fetchone()
    return row[0] if row else 0

"""`keitora fleet`: rules of trips, and that what they change is derived anew."""

from typing import Any

import pytest

from keitora.calibration.queries import learn_next
from keitora.cli import main
from tests.core.derive.drives import START_MS, Stretch, drive
from tests.ingestor.conftest import Yard, yard
from tests.system.derived import derive_all
from tests.system.test_arrival_order import messages

__all__ = ["yard"]


@pytest.fixture(autouse=True)
def _database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)


def derived(yard: Yard) -> tuple[Any, Any]:
    [(trips,)] = yard.rows("SELECT count(*) FROM trip")
    [(idlings,)] = yard.rows("SELECT count(*) FROM idling")
    return trips, idlings


@pytest.mark.parametrize(("word", "days"), [("400", 400), ("forever", 0), ("default", None)])
def test_how_long_samples_are_kept_is_set_for_a_fleet(yard: Yard, word: str, days: int | None) -> None:
    assert main(["fleet", "set", "--keep-samples-days", word]) == 0
    assert yard.rows("SELECT keep_samples_days FROM fleet") == [(days,)]


@pytest.mark.parametrize("word", ["30", "0", "-1", "soon"])
def test_a_time_too_short_to_keep_samples_is_refused(yard: Yard, word: str) -> None:
    assert main(["fleet", "set", f"--keep-samples-days={word}"]) == 1
    assert yard.rows("SELECT keep_samples_days FROM fleet") == [(None,)]


def test_a_pause_divides_a_trip_or_not_as_the_fleet_has_set_it(yard: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    """Two drives with 400 s between, the engine on."""
    course = [Stretch(300, 36, 2000), Stretch(400, 0, 800), Stretch(300, 36, 2000), Stretch(900, 0, 0)]
    yard.send_all(messages(list(drive(course, start_ms=START_MS, every_s=5)), "carry-1", 200))
    derive_all(yard.conn)
    assert derived(yard) == (2, 1)

    assert main(["fleet", "set", "--trip-end-s", "600", "--idling-s", "900"]) == 0
    derive_all(yard.conn)

    assert derived(yard) == (1, 0)
    capsys.readouterr()
    assert main(["fleet", "show"]) == 0
    assert "before 600 s" in capsys.readouterr().out


def test_setting_what_is_set_already_asks_for_nothing(yard: Yard) -> None:
    yard.send_all(messages(list(drive([Stretch(60, 36, 2000)], start_ms=START_MS, every_s=5)), "carry-1", 200))
    derive_all(yard.conn)

    assert main(["fleet", "set", "--trip-end-s", "300"]) == 0

    assert yard.rows("SELECT 1 FROM derive_touch") == []


@pytest.mark.parametrize("words", [[], ["--trip-end-s", "5"], ["--idling-s", "100000"]])
def test_what_makes_no_sense_is_refused_in_a_sentence(
    yard: Yard, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fleet", "set", *words]) != 0
    assert "Traceback" not in capsys.readouterr().err


def test_a_fleets_currency_and_country_decide_its_costs_and_co2(yard: Yard) -> None:
    assert main(["fleet", "set", "--currency", "USD", "--country", "US"]) == 0
    assert yard.rows("SELECT currency, country FROM fleet") == [("USD", "US")]
    derive_all(yard.conn)
    while learn_next(yard.conn) is not None:
        pass

    [(currency, co2_kg_per_l)] = yard.rows("SELECT DISTINCT currency, co2_kg_per_l FROM running_rate")
    assert currency == "USD"
    assert co2_kg_per_l == pytest.approx(2.348, abs=0.001)
    assert main(["fleet", "set", "--currency", "dollars"]) == 1

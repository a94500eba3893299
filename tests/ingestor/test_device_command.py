"""`keitora device`: a logger that changes trucks."""

from datetime import UTC, datetime

import pytest

from keitora.errors import KeitoraError
from keitora.vehicles.queries import create_vehicle
from keitora_ingestor.fitting.command import device
from tests.core.derive.drives import START_MS
from tests.ingestor.conftest import Yard
from tests.system.derived import derive_all, derived_rows, forget_samples
from tests.system.test_arrival_order import DONGLE, messages


@pytest.fixture
def here(yard: Yard, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Yard:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    create_vehicle(yard.conn, fleet_id=yard.fleet_id, name="Hijet", displacement_cc=658)
    return yard


def trips(yard: Yard) -> list[tuple[str, datetime]]:
    rows = yard.rows("SELECT v.name, t.started_at FROM trip AS t JOIN vehicle AS v USING (vehicle_id) ORDER BY 2")
    return [(name, at) for name, at in rows]


def test_a_device_moved_in_hindsight_takes_its_samples_and_trips_along(
    here: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    here.send_all(messages(DONGLE, "carry-1", 100))
    derive_all(here.conn)
    assert [name for name, _ in trips(here)] == ["Carry"] * 3
    second_trip_at = trips(here)[1][1]

    since = datetime.fromtimestamp(second_trip_at.timestamp() - 60, UTC).isoformat()
    assert device(["move", "carry-1", "--vehicle", "Hijet", "--at", since]) == 0
    derive_all(here.conn)

    assert [name for name, _ in trips(here)] == ["Carry", "Hijet", "Hijet"]
    assert "went with it" in capsys.readouterr().out
    assert here.rows("SELECT count(*) FROM vehicle_latest") == [(2,)]


def test_the_rows_after_a_move_are_those_of_a_device_that_was_there_from_the_start(here: Yard) -> None:
    at = datetime.fromtimestamp(START_MS / 1000 - 60, UTC).isoformat()
    here.send_all(messages(DONGLE, "carry-1", 100))
    derive_all(here.conn)
    device(["move", "carry-1", "--vehicle", "Hijet", "--at", at])
    derive_all(here.conn)
    moved = derived_rows(here.conn)

    forget_samples(here.conn)
    here.send_all(messages(DONGLE, "carry-1", 100))
    derive_all(here.conn)

    assert derived_rows(here.conn) == moved


def test_what_comes_after_a_move_goes_to_the_new_truck_at_once(here: Yard) -> None:
    first, *rest = messages(DONGLE, "carry-1", 500)
    here.send_all([first])
    device(["move", "carry-1", "--vehicle", "Hijet", "--at", "2026-01-01"])
    here.send_all(rest)

    assert here.rows("SELECT DISTINCT v.name FROM sample JOIN vehicle AS v USING (vehicle_id)") == [("Hijet",)]


def test_a_device_taken_off_is_kept_aside_and_shown_so(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    device(["take-off", "carry-1", "--at", "2026-01-01T00:00"])
    here.send_all(messages(DONGLE[:10], "carry-1", 10))

    assert here.rows("SELECT reason FROM dead_letter") == [("unassigned_device",)]
    device(["list"])
    assert "on no truck" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["move", "nobody", "--vehicle", "Hijet"], "keitora device list"),
        (["move", "carry-1", "--vehicle", "No such truck"], "keitora vehicle add"),
        (["move", "carry-1", "--vehicle", "Hijet", "--at", "yesterday"], "2026-04-01T07:30"),
    ],
)
def test_what_does_not_exist_is_refused_with_a_way_out(here: Yard, words: list[str], said: str) -> None:
    with pytest.raises(KeitoraError, match=said):
        device(words)

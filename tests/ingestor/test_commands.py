"""The ingestor's commands, as a person calls them."""

import gzip
import json

import pytest

from keitora.errors import KeitoraError
from keitora_ingestor.commands import adopt, dead_letters
from keitora_ingestor.queries import expire_buried
from keitora_ingestor.rebuild import rebuild
from tests.ingestor.conftest import NOW, Yard
from tests.system.derived import derive_all, derived_rows
from tests.system.test_arrival_order import DONGLE, messages


@pytest.fixture
def here(yard: Yard, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Yard:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    return yard


def test_a_stranger_is_adopted_with_its_history(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    for message in messages(DONGLE, "new-dongle", 100):
        here.send_all([message])
    assert adopt([]) == 0
    assert "new-dongle" in capsys.readouterr().out

    assert adopt(["new-dongle", "--vehicle", "Carry"]) == 0

    assert f"{len(DONGLE)} samples were new, 0 messages" in capsys.readouterr().out
    derive_all(here.conn)
    assert len(derived_rows(here.conn)["trip"]) == 3
    assert here.rows("SELECT count(*) FROM dead_letter") == [(0,)]


def test_an_undated_row_of_a_stranger_keeps_the_time_of_its_arrival(here: Yard) -> None:
    undated = {"v": 1, "b": 1, "q": 0, "u": 5000, "un": 7000, "c": 0, "f": ["spd"], "r": [[0, 1]]}
    here.send("kei/v1/new-dongle/t", json.dumps(undated).encode())

    adopt(["new-dongle", "--vehicle", "Carry"])

    assert here.rows("SELECT extract(epoch FROM sampled_at) * 1000 FROM sample") == [
        (round(NOW.timestamp() * 1000) - 2000,)
    ]


def test_adopting_needs_a_truck_that_exists(here: Yard) -> None:
    with pytest.raises(KeitoraError, match="keitora vehicle add"):
        adopt(["new-dongle", "--vehicle", "No such truck"])


def test_a_message_that_still_cannot_be_stored_stays_a_dead_letter(
    here: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    here.send("kei/v1/carry-1/t", b"{")

    assert dead_letters(["replay"]) == 0

    assert "1 messages could still not be stored" in capsys.readouterr().out
    assert dead_letters(["list", "--reason", "bad_json"]) == 0
    assert "kei/v1/carry-1/t" in capsys.readouterr().out


@pytest.mark.parametrize("which", [[], ["--vehicle", "Carry"], ["--since", "2026-04-01"], ["--fleet", "Testfarm"]])
def test_a_rebuild_by_hand_changes_nothing_and_says_so(
    here: Yard, capsys: pytest.CaptureFixture[str], which: list[str]
) -> None:
    here.send_all(messages(DONGLE, "carry-1", 100))
    derive_all(here.conn)
    before = derived_rows(here.conn)

    assert rebuild(which) == 0

    assert derived_rows(here.conn) == before
    assert f"Carry: {len(DONGLE):,} samples folded, 0 rows changed" in capsys.readouterr().out


def test_a_rebuild_mends_rows_that_were_damaged_and_counts_them(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    here.send_all(messages(DONGLE, "carry-1", 100))
    derive_all(here.conn)
    before = derived_rows(here.conn)
    here.conn.execute("UPDATE trip SET distance_m = 1 WHERE started_at = (SELECT min(started_at) FROM trip)")
    here.conn.execute("DELETE FROM trace WHERE at = (SELECT max(at) FROM trace)")

    rebuild([])

    assert derived_rows(here.conn) == before
    assert "2 rows changed" in capsys.readouterr().out


def test_a_rebuild_of_a_truck_nobody_knows_is_refused(here: Yard) -> None:
    with pytest.raises(KeitoraError, match="no truck 'Nobody'"):
        rebuild(["--vehicle", "Nobody"])


def test_dead_letters_that_came_long_ago_are_forgotten_and_others_kept(here: Yard) -> None:
    here.send_all([("kei/v1/carry-1/t", b"{"), ("kei/v1/carry-1/t", b"[")])
    here.conn.execute("UPDATE dead_letter SET last_received_at = now() - interval '89 days'")
    assert expire_buried(here.conn, days=90) == 0

    here.conn.execute("UPDATE dead_letter SET last_received_at = now() - interval '91 days' WHERE payload = '['")
    assert expire_buried(here.conn, days=90) == 1
    assert here.rows("SELECT payload FROM dead_letter") == [(b"{",)]


def test_a_replay_that_changes_nothing_leaves_the_letter_as_it_was(here: Yard) -> None:
    for _ in range(2):
        here.send("kei/v1/carry-1/t", b"{")
    here.conn.execute("UPDATE dead_letter SET last_received_at = last_received_at + interval '1 day'")
    before = here.rows("SELECT * FROM dead_letter")

    dead_letters(["replay"])

    assert here.rows("SELECT * FROM dead_letter") == before


def test_a_dead_letter_is_shown_so_that_it_can_be_read(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    here.send("kei/v1/carry-1/t", gzip.compress(b'{"v":7}'))
    here.send("kei/v1/carry-1/t", b"\xff\x00\x1b[31m")

    numbers = [number for (number,) in here.rows("SELECT dead_letter_id FROM dead_letter ORDER BY 1")]
    for number in numbers:
        assert dead_letters(["show", str(number)]) == 0

    shown = capsys.readouterr().out
    assert '{"v":7}' in shown
    assert "ff 00 1b 5b 33 31 6d" in shown
    assert "\x1b" not in shown
    with pytest.raises(KeitoraError, match="dead-letters list"):
        dead_letters(["show", "999999"])


def test_dead_letters_are_expired_by_hand_too(here: Yard, capsys: pytest.CaptureFixture[str]) -> None:
    here.send("kei/v1/carry-1/t", b"{")
    here.conn.execute("UPDATE dead_letter SET last_received_at = now() - interval '10 days'")

    assert dead_letters(["expire"]) == 0
    assert here.rows("SELECT count(*) FROM dead_letter") == [(1,)]
    assert dead_letters(["expire", "--days", "9"]) == 0

    assert here.rows("SELECT count(*) FROM dead_letter") == [(0,)]
    assert "1 dead letters forgotten" in capsys.readouterr().out

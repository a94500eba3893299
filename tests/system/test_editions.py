"""Promise 2 on both editions of TimescaleDB: compression changes no number, and takes in whatever comes late."""

import pytest

from keitora.db.edition import ask_edition
from keitora.derive.queries import touch_all
from keitora.storage.packing import compress_all
from keitora_ingestor.deriver import derive_next
from keitora_ingestor.fitting.command import device as device_command
from tests.ingestor.conftest import Yard
from tests.system.derived import derive_all, derived_rows, forget_samples
from tests.system.test_arrival_order import DONGLE, PHONE, messages, two_loggers

__all__ = ["two_loggers"]

ALL = [*messages(DONGLE, "carry-1", 100), *messages(PHONE, "phone-1", 100)]


@pytest.fixture
def compressing(two_loggers: Yard) -> Yard:
    """A truck with a dongle and a phone, in a database that compresses."""
    if not ask_edition(two_loggers.conn).can_compress:
        pytest.skip("TimescaleDB is the Apache edition here; KEITORA_TEST_PG_BIN may name a Community one's programs")
    return two_loggers


def expected_rows(yard: Yard) -> dict[str, list[object]]:
    """Return what is derived where everything comes in time and nothing is compressed; the yard is empty again."""
    yard.send_all(ALL)
    derive_all(yard.conn)
    expected = derived_rows(yard.conn)
    assert len(expected["trip"]) == 3
    forget_samples(yard.conn)
    return expected


def compressed_count(yard: Yard) -> int:
    [(count,)] = yard.rows(
        "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'sample' AND is_compressed"
    )
    return int(count)


def test_a_rebuild_from_compressed_samples_changes_nothing(compressing: Yard) -> None:
    yard = compressing
    yard.send_all(ALL)
    derive_all(yard.conn)
    before = derived_rows(yard.conn)
    samples = yard.rows("SELECT * FROM sample ORDER BY vehicle_id, sampled_at, device_id, row_key")

    compress_all(yard.conn)
    assert compressed_count(yard) > 0
    touch_all(yard.conn, None)
    derive_all(yard.conn)

    assert derived_rows(yard.conn) == before
    assert yard.rows("SELECT * FROM sample ORDER BY vehicle_id, sampled_at, device_id, row_key") == samples


@pytest.mark.parametrize("all_new", [False, True])
def test_a_device_whose_rows_come_after_the_week_was_compressed_counts_the_same(
    compressing: Yard, all_new: bool
) -> None:
    yard = compressing
    expected = expected_rows(yard)
    yard.send_all(messages(PHONE, "phone-1", 100))
    derive_all(yard.conn)
    compress_all(yard.conn)

    outcome = yard.send_all(messages(DONGLE, "carry-1", 60), all_new=all_new)
    derive_all(yard.conn)

    assert outcome.stored_count == len(DONGLE)
    assert derived_rows(yard.conn) == expected


@pytest.mark.parametrize("all_new", [False, True])
def test_what_comes_again_for_a_compressed_week_counts_once(compressing: Yard, all_new: bool) -> None:
    yard = compressing
    yard.send_all(ALL)
    derive_all(yard.conn)
    before = derived_rows(yard.conn)
    compress_all(yard.conn)

    outcome = yard.send_all([*ALL, *messages(DONGLE, "carry-1", 7)], all_new=all_new)
    derive_all(yard.conn)

    assert outcome.stored_count == 0
    assert yard.rows("SELECT count(*) FROM sample") == [(len(DONGLE) + len(PHONE),)]
    assert derived_rows(yard.conn) == before


def test_half_new_and_half_known_rows_for_a_compressed_week_come_out_right(compressing: Yard) -> None:
    yard = compressing
    expected = expected_rows(yard)
    stream = messages(DONGLE, "carry-1", 10)
    yard.send_all([*stream[::2], *messages(PHONE, "phone-1", 100)])
    derive_all(yard.conn)
    compress_all(yard.conn)

    yard.send_all(stream)
    derive_all(yard.conn)
    compress_all(yard.conn)  # the week is packed again, the late rows with it
    touch_all(yard.conn, None)
    derive_all(yard.conn)

    assert derived_rows(yard.conn) == expected


def test_a_device_is_moved_with_its_compressed_samples(
    compressing: Yard, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = compressing
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    yard.conn.execute("INSERT INTO vehicle (fleet_id, name) SELECT fleet_id, 'Hijet' FROM fleet")
    yard.send_all(ALL)
    derive_all(yard.conn)
    compress_all(yard.conn)

    assert device_command(["move", "carry-1", "--vehicle", "Hijet", "--at", "2026-01-01"]) == 0
    derive_all(yard.conn)

    counts = yard.rows("SELECT v.name, count(*) FROM sample JOIN vehicle AS v USING (vehicle_id) GROUP BY 1 ORDER BY 1")
    assert counts == [("Carry", len(PHONE)), ("Hijet", len(DONGLE))]
    before = derived_rows(yard.conn)
    touch_all(yard.conn, None)
    derive_all(yard.conn)
    assert derived_rows(yard.conn) == before
    assert not derive_next(yard.conn)

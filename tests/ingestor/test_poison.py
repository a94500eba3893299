"""A message that cannot be written is buried alone; what came with it is stored, and nothing waits for it."""

import json
from random import Random

import psycopg

from keitora.settings import IngestSettings
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.message import Message
from keitora_ingestor.service import limits_of
from keitora_ingestor.writer import write
from tests.ingestor.conftest import NOW, Yard

T = "kei/v1/carry-1/t"
AT_MS = 1_775_040_312_000


def good(number: int) -> tuple[str, bytes]:
    header = {"v": 1, "b": 1, "q": number, "t": AT_MS + 1000 * number, "u": 0, "un": 0, "c": 3, "f": ["spd"]}
    return T, json.dumps(header | {"r": [[0, 42]]}).encode()


def endless_name() -> tuple[str, bytes]:
    """A registered format, no registered device, and a name longer than an index row of the database."""
    return f"ovms/x/{Random(1).randbytes(4500).hex()}/metric/v/p/speed", b"42"


def test_a_name_longer_than_an_index_row_does_not_stop_the_stream(yard: Yard) -> None:
    outcome = yard.send_all([*map(good, range(50)), endless_name(), *map(good, range(50, 100))])

    assert outcome.dead_letter_count == 1
    assert outcome.stored_count == 100
    assert yard.rows("SELECT reason FROM dead_letter") == [("database_refused",)]
    assert yard.rows("SELECT count(*) FROM sample") == [(100,)]


def test_it_is_found_by_halving(yard: Yard) -> None:
    """One transaction a message would be slower than the patience where the disk is slow, and never come to an end."""
    batch = [Message(*one, NOW, 0, 1, 0) for one in [*map(good, range(255)), endless_name()]]
    [(before,)] = yard.rows("SELECT pg_current_xact_id()::text::bigint")

    write(yard.conn, batch, limits_of(IngestSettings()), DeviceCache())

    [(after,)] = yard.rows("SELECT pg_current_xact_id()::text::bigint")
    assert after - before < 30


def test_each_transaction_has_the_whole_patience(yard: Yard) -> None:
    class Counted:
        count = 0

        def __enter__(self) -> None:
            Counted.count += 1

        def __exit__(self, *_: object) -> None:
            pass

    batch = [Message(*one, NOW, 0, 1, 0) for one in [good(0), endless_name()]]
    write(yard.conn, batch, limits_of(IngestSettings()), DeviceCache(), patience=Counted)

    assert Counted.count == 4  # both, the good one, the other one, its burial


def test_text_that_no_database_holds_is_buried_with_what_can_be_kept_of_it(yard: Yard) -> None:
    yard.send_all([("kei/v1/\ud800/t", b"{"), ("kei/v1/a\x00b/t", b"{"), good(1)])

    assert yard.rows("SELECT count(*) FROM dead_letter") == [(2,)]
    assert yard.rows("SELECT count(*) FROM sample") == [(1,)]


def test_a_row_number_beyond_all_bounds_is_stored_or_buried(yard: Yard) -> None:
    header = {"v": 1, "b": 2**31 - 1, "q": 2**32 - 1, "t": AT_MS, "u": 0, "un": 0, "c": 3, "f": ["spd"]}
    outcome = yard.send_all([(T, json.dumps(header | {"r": [[0, 1], [1, 2]]}).encode()), good(1)])

    assert outcome.dead_letter_count == 1
    assert yard.rows("SELECT count(*) FROM sample") == [(1,)]


def test_a_table_that_is_missing_buries_nothing(yard: Yard) -> None:
    yard.conn.execute("ALTER TABLE sample RENAME TO elsewhere")

    try:
        yard.send_all([good(1)])
    except psycopg.ProgrammingError:
        pass
    else:
        raise AssertionError("it was not said that the installation is at fault")
    assert yard.rows("SELECT count(*) FROM dead_letter") == [(0,)]

"""Old weeks are packed as the edition can: compressed, or with a dense index."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import Connection
from psycopg.errors import FeatureNotSupported

from keitora.db.edition import Edition, ask_edition
from keitora.db.migrate import migrate
from keitora.errors import SetupError
from keitora.local.testing import TemporaryPostgres, servers, temporary_postgres
from keitora.storage.commands import storage
from keitora.storage.packing import (
    compress_all,
    drop_unfinished,
    read_compression,
    settle_packing,
    tighten_next,
    unpack,
)
from keitora.storage.queries import read_stored

COMMUNITY = "needs a Community edition of TimescaleDB; KEITORA_TEST_PG_BIN may name the folder of its programs"
# Ten trucks' rows side by side, as a fleet sends them, three weeks ago.
_ROWS = """
INSERT INTO sample (sampled_at, vehicle_id, device_id, row_key, delay_s, clock_quality, speed_kmh)
SELECT date_trunc('week', now()) - interval '20 days' + n * interval '1 second', v, v, n, 0, 3, n % 60
FROM generate_series(1, 2000) AS n, generate_series(1, 10) AS v ORDER BY n, v
"""


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


def index_bytes(conn: Connection) -> int:
    row = conn.execute("SELECT sum(pg_indexes_size(c)) FROM show_chunks('sample') AS c").fetchone()
    return int(row[0]) if row else 0


def test_the_index_of_a_week_that_is_over_is_made_dense_by_the_worker(conn: Connection) -> None:
    conn.execute(_ROWS)
    conn.execute("ANALYZE sample")
    before = index_bytes(conn)
    conn.execute("SET ROLE keitora_ingestor")

    assert tighten_next(conn, after_days=3) is not None
    assert tighten_next(conn, after_days=3) is None

    assert index_bytes(conn) < 0.75 * before
    assert conn.execute("SELECT count(*) FROM sample").fetchone() == (20_000,)


def test_what_a_killed_worker_left_of_an_index_is_removed(conn: Connection) -> None:
    conn.execute(_ROWS)
    row = conn.execute("SELECT show_chunks('sample')::text").fetchone()
    chunk = row[0] if row else ""
    conn.execute(f"CREATE INDEX left_ccnew ON {chunk} (row_key)")
    conn.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '_timescaledb_internal.left_ccnew'::regclass"
    )

    assert drop_unfinished(conn) == 1
    assert drop_unfinished(conn) == 0

    assert conn.execute("SELECT to_regclass('_timescaledb_internal.left_ccnew')").fetchone() == (None,)
    assert conn.execute("SELECT count(*) FROM sample").fetchone() == (20_000,)


def test_a_week_that_is_young_or_is_never_to_be_packed_is_left_alone(conn: Connection) -> None:
    conn.execute(_ROWS)
    conn.execute("ANALYZE sample")

    assert tighten_next(conn, after_days=60) is None
    assert tighten_next(conn, after_days=0) is None


def test_where_the_edition_cannot_compress_nothing_of_it_is_asked(conn: Connection) -> None:
    settle_packing(conn, Edition("apache", "2.29.2"), after_days=14)
    settle_packing(conn, Edition("community", "2.19.3"), after_days=14)


def test_the_apache_edition_refuses_what_we_do_not_ask_of_it(conn: Connection) -> None:
    if ask_edition(conn).name != "apache":
        pytest.skip("this is a Community edition")
    with pytest.raises(FeatureNotSupported):
        settle_packing(conn, Edition("community", "2.29.2"), after_days=14)
    assert not read_compression(conn).is_enabled


def test_the_policy_follows_the_setting(conn: Connection) -> None:
    edition = ask_edition(conn)
    if not edition.can_compress:
        pytest.skip(COMMUNITY)
    for days, policy_days in ((14, 14), (30, 30), (30, 30), (0, None), (14, 14)):
        settle_packing(conn, edition, after_days=days)
        assert read_compression(conn).policy_days == policy_days


def test_the_command_shows_the_edition_and_what_samples_take(
    conn: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    monkeypatch.setenv("KEITORA_KEEP_SAMPLES_DAYS", "400")
    conn.execute("INSERT INTO fleet (name, time_zone, currency, locale) VALUES ('Farm', 'Asia/Tokyo', 'JPY', 'ja')")
    conn.execute(_ROWS)
    conn.execute("ANALYZE")

    assert storage(["tidy"]) == 0
    assert storage([]) == 0

    told = capsys.readouterr().out
    assert f"{servers().postgres.timescale}, {servers().postgres.edition} edition" in told
    assert "bytes each with their indexes" in told
    assert "Farm: samples are kept 400 days, as the installation says" in told
    assert read_stored(conn).packed_count == read_stored(conn).chunk_count


def sums(conn: Connection) -> object:
    return conn.execute("SELECT count(*), sum(speed_kmh), sum(row_key) FROM sample").fetchone()


def restart_as(server: TemporaryPostgres, licence: str) -> None:
    server.stop()
    (server.folder / "data/extra.conf").write_text(f"timescaledb.license = '{licence}'\n", encoding="utf-8")
    server.start()


def test_an_installation_compresses_from_the_start_at_which_it_finds_the_community_edition() -> None:
    """And back again only after it was unpacked, which is said before anything is touched."""
    if servers().postgres.edition != "community":
        pytest.skip(COMMUNITY)
    with temporary_postgres(fsync=False) as server:
        restart_as(server, "apache")
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            assert not ask_edition(conn).can_compress
            conn.execute(_ROWS)
            before = sums(conn)

        restart_as(server, "timescale")
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            assert read_compression(conn).policy_days == 14
            compress_all(conn)
            assert sums(conn) == before

        restart_as(server, "apache")
        with pytest.raises(SetupError, match="keitora storage unpack"):
            migrate(server.url)

        restart_as(server, "timescale")
        with psycopg.connect(server.url, autocommit=True) as conn:
            assert unpack(conn) > 0
        restart_as(server, "apache")
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            assert sums(conn) == before

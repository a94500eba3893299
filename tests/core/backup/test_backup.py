"""A backup brought back is the database it was made of."""

import contextlib
import os
import subprocess
import sys
import threading
import tracemalloc
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from keitora.backup import queries
from keitora.backup.archive import reading, writing
from keitora.backup.commands import backup, restore
from keitora.backup.model import Manifest, TableCopy
from keitora.backup.save import save
from keitora.db.migrate import migrate
from keitora.errors import SetupError
from keitora.fleets.queries import create_fleet
from tests.api.builders import NOW
from tests.core.backup.looking import contents, databases

KILLED = """
import sys, time
from keitora.backup import load, queries
from keitora.backup.commands import restore

def stop(conn, table, blocks):
    print("filling", flush=True)
    time.sleep(60)

queries.copy_in = stop
restore([sys.argv[1], "--replace"])
"""


def test_what_is_brought_back_is_what_there_was(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "all.zip"
    before = contents(url)
    backup([str(file), "--quiet"])
    with psycopg.connect(url) as conn:
        conn.execute("UPDATE fleet SET name = 'spoilt'")
        conn.execute("DELETE FROM sample")

    assert restore([str(file), "--replace"]) == 0

    assert contents(url) == before
    assert len(before["sample"]) == 101
    # What was there is kept aside, whole.
    name = url.rsplit("/", 1)[1]
    (aside,) = databases(url, f"{name}_before_%")
    spoilt = contents(f"{url.rsplit('/', 1)[0]}/{aside}")
    assert spoilt["sample"] == [b""]
    assert "is kept as the database" in capsys.readouterr().out
    with psycopg.connect(url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as conn:
        queries.drop_database(conn, aside)


def test_numbers_go_on_after_the_last(url: str, tmp_path: Path) -> None:
    backup([str(tmp_path / "all.zip"), "--quiet"])
    restore([str(tmp_path / "all.zip"), "--replace"])

    with psycopg.connect(url) as conn:
        made = create_fleet(conn, name="Next", time_zone="Asia/Tokyo")
        before = conn.execute("SELECT min(fleet_id) FROM fleet").fetchone()
    assert before
    assert made.fleet_id > before[0]


def test_a_check_changes_nothing_and_leaves_nothing(url: str, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    before = contents(url)

    assert backup([str(file), "--check", "--quiet"]) == 0
    assert restore([str(file), "--check"]) == 0

    assert contents(url) == before
    assert databases(url, "keitora_restore_%") == []


def test_a_database_with_a_fleet_is_not_replaced_by_mistake(url: str, tmp_path: Path) -> None:
    backup([str(tmp_path / "all.zip"), "--quiet"])
    before = contents(url)

    with pytest.raises(SetupError, match="--replace"):
        restore([str(tmp_path / "all.zip")])

    assert contents(url) == before


def test_services_that_are_connected_find_the_restored_database(url: str, tmp_path: Path) -> None:
    backup([str(tmp_path / "all.zip"), "--quiet"])
    service = psycopg.connect(url)

    restore([str(tmp_path / "all.zip"), "--replace"])

    with pytest.raises(psycopg.OperationalError):
        service.execute("SELECT 1")
    with psycopg.connect(url) as again:
        assert again.execute("SELECT count(*) FROM sample").fetchone() == (100,)


def test_services_that_come_back_at_once_do_not_stop_a_restore(url: str, tmp_path: Path) -> None:
    backup([str(tmp_path / "all.zip"), "--quiet"])
    done = threading.Event()

    def service() -> None:
        while not done.is_set():
            with contextlib.suppress(psycopg.Error), psycopg.connect(url) as conn:
                conn.execute("SELECT pg_sleep(0.2)")

    threads = [threading.Thread(target=service) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert restore([str(tmp_path / "all.zip"), "--replace"]) == 0
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert databases(url, "keitora_restore_%") == []


def test_who_never_leaves_stops_a_restore_with_everything_as_it_was(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_ATTEMPTS", 1)
    monkeypatch.setattr(queries, "_OTHERS", "SELECT %(name)s::text")
    before = contents(url)
    base, name = url.rsplit("/", 1)
    with psycopg.connect(f"{base}/postgres", autocommit=True) as admin, psycopg.connect(url):
        queries.create_database(admin, "keitora_another")
        with pytest.raises(psycopg.errors.ObjectInUse):
            queries.replace_database(admin, old=name, new="keitora_another", aside=f"{name}_before")
        queries.drop_database(admin, "keitora_another")

    assert contents(url) == before
    assert databases(url, f"{name}_before%") == []


def test_a_restore_that_was_killed_leaves_nothing_for_good(url: str, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    backup([str(file), "--quiet"])
    before = contents(url)
    # It is killed where it has a database of its own, half filled.
    killed = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(file)],
        env={**os.environ, "KEITORA_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
    )
    with killed:
        assert killed.stdout
        assert killed.stdout.readline() == "filling\n"
        killed.kill()
    assert len(databases(url, "keitora_restore_%")) == 1
    assert contents(url) == before

    assert restore([str(file), "--check"]) == 0

    assert databases(url, "keitora_restore_%") == []


def test_a_server_that_fails_half_way_leaves_the_database_as_it_was(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "all.zip"
    backup([str(file), "--quiet"])
    before = contents(url)
    copy_in = queries.copy_in

    def cut(conn: psycopg.Connection[Any], table: TableCopy, blocks: Iterable[bytes]) -> str:
        if table.name == "sample":
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [conn.info.backend_pid])
        return copy_in(conn, table, blocks)

    monkeypatch.setattr(queries, "copy_in", cut)

    with pytest.raises(SetupError, match="the database refused"):
        restore([str(file), "--replace"])

    assert contents(url) == before
    assert databases(url, "keitora_restore_%") == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(url: str, tmp_path: Path) -> None:
    def fill() -> None:
        with writing(tmp_path / "all.zip") as writer, Path("/dev/full").open("wb") as full:
            os.dup2(full.fileno(), draft_descriptor(tmp_path))
            writer.add_table("sample", ["a"], [os.urandom(2**20)] * 3)

    with pytest.raises(SetupError, match="cannot write"):
        fill()

    assert list(tmp_path.iterdir()) == []


def draft_descriptor(folder: Path) -> int:
    """Return the descriptor by which this process writes a file in a folder."""
    return next(
        int(link.name)
        for link in Path("/proc/self/fd").iterdir()
        if link.is_symlink() and folder in link.resolve().parents
    )


def test_what_a_killed_backup_left_is_removed_by_the_next(url: str, tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f".keitora-backup-{dead.pid}").write_text("half")
    (tmp_path / f".keitora-backup-{os.getppid()}").write_text("of one that lives")

    backup([str(tmp_path / "all.zip"), "--quiet"])

    assert {path.name for path in tmp_path.iterdir()} == {"all.zip", f".keitora-backup-{os.getppid()}"}


def test_a_large_table_is_written_and_read_in_blocks(tmp_path: Path) -> None:
    row_count = 400_000
    block = b"".join(b"%d\t36.65\t138.18\t41.5\n" % number for number in range(1000))
    file = tmp_path / "all.zip"
    tracemalloc.start()

    with writing(file) as writer:
        table = writer.add_table("sample", ["a"], (block for _ in range(row_count // 1000)))
        writer.finish(Manifest(made_at=NOW, version="1", schema_revision="1", tables=(table,), sequences={}))
    with reading(file) as archive:
        read = sum(part.count(b"\n") for part in archive.rows(archive.manifest.tables[0]))
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert read == table.row_count == row_count
    # Of about ten megabytes.
    assert most_bytes < 4e6


def test_of_a_folder_the_newest_are_kept_and_what_is_no_backup_stays(url: str, tmp_path: Path) -> None:
    for name in ("keitora-notes.zip", "photos.zip"):
        (tmp_path / name).write_text("mine")
    for number in range(3):
        backup([str(tmp_path / f"keitora-{number}.zip"), "--quiet"])
    backup([str(tmp_path / "before-the-upgrade.zip"), "--quiet"])

    backup([str(tmp_path), "--quiet", "--keep", "2"])

    left = {path.name for path in tmp_path.iterdir()} - {"keitora-notes.zip", "photos.zip", "before-the-upgrade.zip"}
    assert len(left) == 2
    assert "keitora-2.zip" in left
    assert (tmp_path / "keitora-notes.zip").read_text() == "mine"


def test_the_backup_just_made_is_kept_also_by_a_clock_that_is_behind(url: str, tmp_path: Path) -> None:
    for year in (2098, 2099):
        save(url, tmp_path / f"keitora-{year}.zip", extra=[], now=NOW.replace(year=year), tell=lambda _: None)

    backup([str(tmp_path / "keitora-just-made.zip"), "--quiet", "--keep", "2"])

    assert {path.name for path in tmp_path.iterdir()} == {"keitora-2099.zip", "keitora-just-made.zip"}


def test_a_backup_knows_nothing_of_how_the_server_stores_rows(url: str, tmp_path: Path) -> None:
    backup([str(tmp_path / "all.zip"), "--quiet"])

    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        names = archive.namelist()
        everything = b"".join(archive.read(name) for name in names)
    with psycopg.connect(url) as conn:
        chunks = conn.execute("SELECT chunk_name FROM timescaledb_information.chunks").fetchall()
    assert chunks
    assert "tables/sample.txt" in names
    assert not [name for name in names if "timescale" in name or "hyper" in name]
    assert not [name for (name,) in chunks if name.encode() in everything]


def test_tables_of_somebody_else_are_told_and_do_not_stop_a_restore(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE my_notes (id bigserial, note text)")
        conn.execute("INSERT INTO my_notes (note) VALUES ('apples')")
    backup([str(tmp_path / "all.zip"), "--quiet"])

    assert restore([str(tmp_path / "all.zip"), "--check"]) == 0

    assert "my_notes is no table of Keitora's; it is left out, with its 1 rows" in capsys.readouterr().out


def test_a_backup_of_a_newer_keitora_is_refused(url: str, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    backup([str(file), "--quiet"])
    with zipfile.ZipFile(file) as archive:
        told = archive.read("manifest.json").decode()
    newest = Manifest.model_validate_json(told).schema_revision
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(tmp_path / "new.zip", "w") as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, text.replace(newest.encode(), b"from-the-future") if name == "manifest.json" else text)

    with pytest.raises(SetupError, match="of a newer Keitora \\(schema from-the-future\\)"):
        restore([str(tmp_path / "new.zip"), "--replace"])


def test_a_backup_of_an_older_keitora_is_brought_up_to_date(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, base = tmp_path / "old.zip", url.rsplit("/", 1)[0]
    with psycopg.connect(url) as conn:
        newest = queries.read_revision(conn)
    with psycopg.connect(f"{base}/postgres", autocommit=True) as admin:
        queries.create_database(admin, "keitora_older")
        try:
            migrate(f"{base}/keitora_older", f"{int(newest) - 1:04d}")
            with psycopg.connect(f"{base}/keitora_older") as conn:
                conn.execute("INSERT INTO fleet (name, time_zone) VALUES ('Old farm', 'Asia/Tokyo')")
            monkeypatch.setenv("KEITORA_DATABASE_URL", f"{base}/keitora_older")
            backup([str(file), "--quiet"])
        finally:
            queries.drop_database(admin, "keitora_older")
    monkeypatch.setenv("KEITORA_DATABASE_URL", url)

    assert restore([str(file), "--replace"]) == 0

    with psycopg.connect(url) as conn:
        assert queries.read_revision(conn) == newest
        assert conn.execute("SELECT name FROM fleet").fetchall() == [("Old farm",)]


def test_files_beside_the_database_come_along(url: str, tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("KEITORA_API_PASSWORD=secret\n")
    backup([str(tmp_path / "all.zip"), "--quiet", "--include", str(env)])

    restore([str(tmp_path / "all.zip"), "--replace", "--files-to", str(tmp_path / "out")])

    kept = tmp_path / "out" / ".env"
    assert kept.read_text() == "KEITORA_API_PASSWORD=secret\n"
    assert kept.stat().st_mode & 0o077 == 0

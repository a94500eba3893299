"""A backup brought back is the database it was made of."""

import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from keitora.backup import queries
from keitora.backup.commands import backup, restore
from keitora.errors import SetupError
from keitora.fleets.queries import create_fleet
from tests.api.builders import NOW, add_fill_up, add_place, add_samples, add_trip, add_world, drive


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with a fleet, samples and what people entered, two of them with what breaks lines."""
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        world = add_world(conn, "畑\n\t\\N")
        add_samples(conn, world.trucks[0], drive(NOW - timedelta(days=30), 50))
        add_samples(conn, world.trucks[0], drive(NOW, 50))
        add_trip(conn, world.trucks[0], NOW)
        add_place(conn, world, name="two\nlines")
        add_fill_up(conn, world, NOW, total_price=4828)
    return database_url


def contents(url: str) -> dict[str, list[Any]]:
    with psycopg.connect(url) as conn:
        return {
            name: sorted(b"".join(queries.copy_out(conn, name, columns)).split(b"\n"))
            for name, columns in queries.list_tables(conn)
        }


def databases(url: str, like: str) -> list[str]:
    with psycopg.connect(url) as conn:
        found = conn.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [like]).fetchall()
    return [row[0] for row in found]


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


def damage(file: Path, member: str, change: bytes) -> None:
    with zipfile.ZipFile(file) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts[member] += change
    with zipfile.ZipFile(file, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)


def test_a_damaged_backup_changes_nothing(url: str, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"
    backup([str(file), "--quiet"])
    with zipfile.ZipFile(file) as archive:
        row = archive.read("tables/vehicle.txt").splitlines(keepends=True)[0].replace(b" A\t", b" Z\t")
    before = contents(url)
    damage(file, "tables/vehicle.txt", row.replace(row.split(b"\t")[0], b"999", 1))

    with pytest.raises(SetupError, match="damaged"):
        restore([str(file), "--replace"])

    assert contents(url) == before
    assert databases(url, "keitora_restore_%") == []


@pytest.mark.parametrize("content", [b"", b"not a zip"])
def test_what_is_no_backup_is_refused(url: str, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "all.zip"
    file.write_bytes(content)

    with pytest.raises(SetupError, match=r"cannot read|no backup"):
        restore([str(file), "--check"])


def test_a_backup_is_for_its_owner_only_and_appears_whole(url: str, tmp_path: Path) -> None:
    file = tmp_path / "all.zip"

    backup([str(file), "--quiet"])

    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["all.zip"]


def test_files_beside_the_database_come_along(url: str, tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("KEITORA_API_PASSWORD=secret\n")
    backup([str(tmp_path / "all.zip"), "--quiet", "--include", str(env)])

    restore([str(tmp_path / "all.zip"), "--replace", "--files-to", str(tmp_path / "out")])

    kept = tmp_path / "out" / ".env"
    assert kept.read_text() == "KEITORA_API_PASSWORD=secret\n"
    assert kept.stat().st_mode & 0o077 == 0

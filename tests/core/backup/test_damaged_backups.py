"""What is no whole backup of ours changes nothing."""

import zipfile
from pathlib import Path

import pytest

from keitora.backup.commands import backup, restore
from keitora.errors import SetupError
from tests.core.backup.looking import contents, databases


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


def test_a_folder_of_secrets_comes_along(url: str, tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "api_password").write_text("word")
    backup([str(tmp_path / "all.zip"), "--quiet", "--include", str(folder)])

    restore([str(tmp_path / "all.zip"), "--check", "--files-to", str(tmp_path / "out")])

    assert (tmp_path / "out" / "secrets" / "api_password").read_text() == "word"


@pytest.mark.parametrize("member", ["manifest.json", "tables/sample.txt"])
def test_a_block_that_does_not_unpack_is_told(url: str, tmp_path: Path, member: str) -> None:
    file = tmp_path / "all.zip"
    backup([str(file), "--quiet"])
    with zipfile.ZipFile(file) as archive:
        packed = archive.getinfo(member)
    content = bytearray(file.read_bytes())
    middle = packed.header_offset + 60 + packed.compress_size // 2
    content[middle : middle + 16] = b"\xff" * 16
    file.write_bytes(content)

    with pytest.raises(SetupError, match=r"damaged|cannot read"):
        restore([str(file), "--check"])

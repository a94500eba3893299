"""A backup's file: a zip of each table's rows, of files beside the database, and last of what is in it."""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from keitora.backup.model import Manifest, TableCopy
from keitora.errors import SetupError
from keitora.local.state import pid_started_ticks

_MANIFEST: Final = "manifest.json"
_BLOCK_BYTES: Final = 256 * 1024
_LEVEL: Final = 6
_DRAFT: Final = ".keitora-backup-"


class Writer:
    """Writes a backup."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def add_table(self, name: str, columns: list[str], blocks: Iterable[bytes]) -> TableCopy:
        """Write a table's rows and return what was written."""
        seen, row_count = hashlib.sha256(), 0
        with self._archive.open(_member(name), "w", force_zip64=True) as file:
            for block in blocks:
                seen.update(block)
                # In PostgreSQL's text format a row is a line: what breaks lines is escaped.
                row_count += block.count(b"\n")
                file.write(block)
        return TableCopy(name=name, columns=tuple(columns), row_count=row_count, sha256=seen.hexdigest())

    def add_file(self, path: Path, name: str) -> None:
        """Write a file that belongs to the installation."""
        self._archive.write(path, f"files/{name}")

    def finish(self, manifest: Manifest) -> None:
        """Write what is in it."""
        self._archive.writestr(_MANIFEST, manifest.model_dump_json(indent=2))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """Write a backup whole or not at all; only its owner may read it. Raises SetupError if that fails."""
    draft = path.with_name(f"{_DRAFT}{os.getpid()}")
    try:
        _clear_drafts(path.parent)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
                yield Writer(archive)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _keep_name(path.parent)
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


def _clear_drafts(folder: Path) -> None:
    """Remove what was left by backups that were killed: a disk must not fill with them."""
    for draft in folder.glob(f"{_DRAFT}*"):
        pid = draft.name.removeprefix(_DRAFT)
        if pid.isdigit() and pid_started_ticks(int(pid)) is None:
            draft.unlink(missing_ok=True)


def _keep_name(folder: Path) -> None:
    """Let a new name survive a power cut as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Reader:
    """Reads a backup."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def rows(self, table: TableCopy) -> Iterator[bytes]:
        """Yield a table's rows. Raises SetupError if the file is damaged."""
        try:
            with self._archive.open(_member(table.name)) as file:
                while block := file.read(_BLOCK_BYTES):
                    yield block
        except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
            raise SetupError(f"the backup is damaged at {table.name}: {error}") from error

    def extract_files(self, folder: Path) -> list[Path]:
        """Write the files beside the database into a folder, for their owner only, and return where they are.

        Raises SetupError if that fails.
        """
        try:
            return self._extract(folder)
        except (OSError, zipfile.BadZipFile, zlib.error) as error:
            raise SetupError(f"cannot write the backup's files to {folder}: {error}") from error

    def _extract(self, folder: Path) -> list[Path]:
        written = []
        for name in self.manifest.files:
            target = folder / name
            if not target.resolve().is_relative_to(folder.resolve()):
                raise SetupError(f"the backup holds a file with the name {name}, which leads out of its folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._archive.read(f"files/{name}"))
            written.append(target)
        return written


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Open a backup. Raises SetupError if it is none, not whole, or of a Keitora that is newer."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Reader(archive, Manifest.model_validate_json(archive.read(_MANIFEST)))
    except (OSError, zipfile.BadZipFile, zlib.error) as error:
        raise SetupError(f"cannot read {path}: {error}") from error
    except KeyError as error:
        raise SetupError(f"{path} is no backup, or one that was never finished") from error
    except ValidationError as error:
        raise SetupError(f"{path} was made by another version of Keitora that this one does not know") from error


def _member(table: str) -> str:
    return f"tables/{table}.txt"

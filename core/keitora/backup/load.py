"""Bringing a backup back: into a database of its own, counted, and only then in the place of the one there is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import Connection

from keitora.backup import queries
from keitora.backup.archive import Reader, reading
from keitora.backup.model import Manifest
from keitora.db.migrate import knows, migrate
from keitora.errors import SetupError

Tell = Callable[[str], None]

_MAINTENANCE: Final = "postgres"
_SCRATCH: Final = "keitora_restore_"


def check(url: str, path: Path, *, tell: Tell) -> Manifest:
    """Bring a backup back into a database of its own, compare every count, and throw that away again."""
    with reading(path) as backup, _scratch(url) as (_, name):
        _fill(_at(url, name), backup, tell)
        migrate(_at(url, name))
        return backup.manifest


def restore(url: str, path: Path, *, replace: bool, now: datetime, tell: Tell) -> tuple[Manifest, str | None]:
    """Put a backup in the place of the database, and return under which name the old one is kept (None: it was empty).

    Raises SetupError, with the database as it was, if the backup is damaged or incomplete, or if the database holds
    something and `replace` is not said.
    """
    old = urlsplit(url).path.lstrip("/")
    with reading(path) as backup:
        with psycopg.connect(url) as conn:
            is_used = queries.has_fleet(conn)
        if is_used and not replace:
            raise SetupError("the database holds a fleet already; --replace puts the backup in its place")
        with _scratch(url) as (admin, name):
            _fill(_at(url, name), backup, tell)
            migrate(_at(url, name))
            aside = f"{old}_before_{now:%Y%m%d_%H%M%S}"
            queries.replace_database(admin, old=old, new=name, aside=aside)
            if not is_used:
                queries.drop_database(admin, aside)
        return backup.manifest, aside if is_used else None


@contextmanager
def _scratch(url: str) -> Iterator[tuple[Connection[Any], str]]:
    """Yield a database of its own that is gone in the end; those of restores that were killed go first."""
    name = f"{_SCRATCH}{uuid4().hex[:12]}"
    with psycopg.connect(_at(url, _MAINTENANCE), autocommit=True) as admin:
        if not queries.is_superuser(admin):
            raise SetupError(
                "a backup is brought back by the database's superuser; give its address as KEITORA_DATABASE_URL"
            )
        for left in queries.list_left(admin, f"{_SCRATCH}%"):
            queries.drop_database(admin, left)
        queries.hold(admin, name)
        try:
            queries.create_database(admin, name)
            yield admin, name
        finally:
            queries.drop_database(admin, name)


def _fill(url: str, backup: Reader, tell: Tell) -> None:
    manifest = backup.manifest
    if not knows(manifest.schema_revision):
        raise SetupError(f"the backup is of a newer Keitora (schema {manifest.schema_revision}); update this one first")
    migrate(url, manifest.schema_revision)
    with psycopg.connect(url) as conn:
        known = {name for name, _ in queries.list_tables(conn)}
        ours = [table for table in manifest.tables if table.name in known]
        for table in manifest.tables:
            if table.name not in known:
                tell(f"{table.name} is no table of Keitora's; it is left out, with its {table.row_count:,} rows")
        queries.begin_load(conn)
        for table in ours:
            if queries.copy_in(conn, table, backup.rows(table)) != table.sha256:
                raise SetupError(f"the backup is damaged: the rows of {table.name} are not those that were written")
        queries.set_sequences(conn, manifest.sequences)
        for table in ours:
            found = queries.count_rows(conn, table.name)
            if found != table.row_count:
                raise SetupError(f"{table.name} has {found} rows of {table.row_count}; nothing was changed")
            if found:
                tell(f"{found:>12,}  {table.name}")


def _at(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))

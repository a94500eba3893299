"""Making a backup."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import psycopg

from keitora import __version__
from keitora.backup import queries
from keitora.backup.archive import writing
from keitora.backup.model import Manifest
from keitora.local.paths import Home

Tell = Callable[[str], None]


def save(url: str, path: Path, *, extra: Iterable[tuple[Path, str]], now: datetime, tell: Tell) -> Manifest:
    """Write everything in the database, as it is at this moment, and some files beside it; services may run on."""
    with psycopg.connect(url, autocommit=True) as conn, writing(path) as writer:
        queries.begin_copy(conn)
        revision = queries.read_revision(conn)
        tables = []
        for name, columns in queries.list_tables(conn):
            made = writer.add_table(name, columns, queries.copy_out(conn, name, columns))
            tables.append(made)
            if made.row_count:
                tell(f"{made.row_count:>12,}  {name}")
        names = []
        for file, name in extra:
            writer.add_file(file, name)
            names.append(name)
        manifest = Manifest(
            made_at=now,
            version=__version__,
            schema_revision=revision,
            tables=tuple(tables),
            sequences=queries.read_sequences(conn),
            files=tuple(names),
        )
        writer.finish(manifest)
    return manifest


def files_of(home: Home) -> list[tuple[Path, str]]:
    """Return the files of an installation on this box that are not in its database: passwords, keys, certificates."""
    kept = [home.secrets_file, home.logins_file, *sorted(home.tls.glob("*"))]
    return [(path, str(path.relative_to(home.path))) for path in kept if path.is_file()]

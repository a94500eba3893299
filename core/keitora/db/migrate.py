"""Bring a database to the newest schema."""

from importlib.resources import files

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from keitora.db.edition import ask_edition
from keitora.settings import StorageSettings
from keitora.storage.packing import require_readable, settle_packing

_LOCK = 0x4B656974  # any fixed number: two migrating processes take turns


def migrate(conninfo: str, revision: str = "head") -> None:
    """Apply the migrations that are missing up to `revision`, one transaction each; then use what the edition can do.

    Safe to call from several processes at once. Raises SetupError where old samples are compressed and the server's
    edition cannot read them.
    """
    engine = create_engine(conninfo.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    config = _config()
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        config.attributes["connection"] = connection
        with psycopg.connect(conninfo, autocommit=True) as conn:
            require_readable(conn)
            command.upgrade(config, revision)
            settle_packing(conn, ask_edition(conn), after_days=StorageSettings().pack_samples_after_days)
    engine.dispose()


def knows(revision: str) -> bool:
    """Tell whether a migration is one of ours, so that a database of that schema can be made and brought further."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("keitora.db.migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config

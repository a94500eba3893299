"""Bring a database to the newest schema."""

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

_LOCK = 0x4B656974  # any fixed number: two migrating processes take turns


def migrate(conninfo: str) -> None:
    """Apply the migrations that are missing, one transaction each. Safe to call from several processes at once."""
    engine = create_engine(conninfo.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    config = Config()
    config.set_main_option("script_location", str(files("keitora.db.migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()

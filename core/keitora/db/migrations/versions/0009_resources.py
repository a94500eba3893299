"""Upkeep that comes round, when it was done, and answers to writes that may be repeated."""

from importlib.resources import files

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the tables."""
    sql = files("keitora.db.migrations").joinpath("sql", "0009_resources.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

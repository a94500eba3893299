"""Samples are packed, and dropped where that is asked for."""

from importlib.resources import files

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Create the table of closed books."""
    sql = files("keitora.db.migrations").joinpath("sql", "0016_storage.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

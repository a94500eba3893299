"""Rows that statistics add up, made beforehand."""

from importlib.resources import files

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Create the tables, the functions that fill them, and the triggers that tell when they must be filled anew."""
    sql = files("keitora.db.migrations").joinpath("sql", "0014_stat_parts.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

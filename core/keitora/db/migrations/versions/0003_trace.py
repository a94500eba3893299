"""The trace, idling, trips by day, readings of odometers, and what is known of the engine."""

from importlib.resources import files

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables and columns, and have every truck folded anew."""
    sql = files("keitora.db.migrations").joinpath("sql", "0003_trace.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

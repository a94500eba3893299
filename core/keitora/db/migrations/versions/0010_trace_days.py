"""What each local day adds to the own odometer and engine hours."""

from importlib.resources import files

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Create the table and fill it."""
    sql = files("keitora.db.migrations").joinpath("sql", "0010_trace_days.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

"""Units that devices announce, and when a truck last said something new."""

from importlib.resources import files

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns."""
    sql = files("keitora.db.migrations").joinpath("sql", "0008_repeats_and_units.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

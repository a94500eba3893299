"""Units that devices announce."""

from importlib.resources import files

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column."""
    sql = files("keitora.db.migrations").joinpath("sql", "0008_device_units.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

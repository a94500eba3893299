"""Litres by method, fill-ups asked about, factors learnt from them, prices, and energy."""

from importlib.resources import files

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables and columns, and have every truck folded anew."""
    sql = files("keitora.db.migrations").joinpath("sql", "0007_fuel.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

"""Electric trucks, tank levels, what litres and kilowatt-hours cost, and their CO2."""

from importlib.resources import files

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the tables, columns and functions, and have every truck folded anew."""
    sql = files("keitora.db.migrations").joinpath("sql", "0013_energy.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

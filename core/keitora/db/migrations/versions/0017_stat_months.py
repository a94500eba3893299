"""Statistics of whole months are made beforehand."""

from importlib.resources import files

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create the table of months, and fill it from the days there are."""
    sql = files("keitora.db.migrations").joinpath("sql", "0017_stat_months.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

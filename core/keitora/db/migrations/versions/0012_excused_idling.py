"""Places at which idling is excused."""

from importlib.resources import files

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column; have only what matters ask the past."""
    sql = files("keitora.db.migrations").joinpath("sql", "0012_excused_idling.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

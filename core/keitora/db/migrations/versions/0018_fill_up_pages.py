"""Pages of fill-ups are found by an index."""

from importlib.resources import files

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the index."""
    sql = files("keitora.db.migrations").joinpath("sql", "0018_fill_up_pages.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

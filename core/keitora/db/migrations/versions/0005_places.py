"""Places with outlines, visits to them, what was driven on the farm; entries that merge, split and correct trips."""

from importlib.resources import files

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Widen places and trip entries, and add what is derived from places."""
    statements = files("keitora.db.migrations").joinpath("sql", "0005_places.sql").read_text("utf-8")
    # Past SQLAlchemy, which would read every % in the SQL as a placeholder.
    op.get_bind().connection.cursor().execute(statements)

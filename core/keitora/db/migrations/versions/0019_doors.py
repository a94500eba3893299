"""A request is let in by one function instead of two."""

from importlib.resources import files

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the functions that let a key's or a session's holder in."""
    sql = files("keitora.db.migrations").joinpath("sql", "0019_doors.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

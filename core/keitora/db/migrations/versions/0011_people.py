"""People who sign in: accounts, invitations, sessions, login attempts, and the log of changes."""

from importlib.resources import files

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the tables, and let the API's role write what managers set up."""
    sql = files("keitora.db.migrations").joinpath("sql", "0011_people.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

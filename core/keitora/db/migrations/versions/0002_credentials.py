"""A credential for each device, and how many of its messages were too much."""

from importlib.resources import files

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables of credentials."""
    statements = files("keitora.db.migrations").joinpath("sql", "0002_credentials.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(statements)

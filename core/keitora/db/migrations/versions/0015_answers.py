"""Answers to writes that may be repeated: of every route, with their status."""

from importlib.resources import files

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Change the table."""
    sql = files("keitora.db.migrations").joinpath("sql", "0015_answers.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

"""Episodes, their acknowledgements, and the settings of their rules."""

from importlib.resources import files

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables, and the columns the battery's forecast is made from."""
    cursor = op.get_bind().connection.cursor()
    cursor.execute(files("keitora.db.migrations").joinpath("sql", "0004_episodes.sql").read_text("utf-8"))

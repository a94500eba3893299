"""How many samples a day come, over all fleets, for the forecast of the disk."""

from importlib.resources import files

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create the function that counts them."""
    sql = files("keitora.db.migrations").joinpath("sql", "0020_sample_pace.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

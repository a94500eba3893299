"""A truck can be changed, and what follows from its properties is made anew."""

from importlib.resources import files

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Give the API's role the right, and add the triggers."""
    sql = files("keitora.db.migrations").joinpath("sql", "0021_vehicle_changes.sql").read_text("utf-8")
    op.get_bind().connection.cursor().execute(sql)

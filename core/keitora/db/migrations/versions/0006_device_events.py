"""What devices say has happened, and how well each of them delivers."""

from importlib.resources import files

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables of device events and of device quality."""
    sql = files("keitora.db.migrations").joinpath("sql")
    cursor = op.get_bind().connection.cursor()
    cursor.execute(sql.joinpath("0006_device_events.sql").read_text("utf-8"))
    cursor.execute(sql.joinpath("0006_device_quality.sql").read_text("utf-8"))

"""The data model's keys: fleets, people, vehicles, devices, samples, and what is derived from them."""

from importlib.resources import files

from alembic import op

from keitora.db.generated import sample_table_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table, role and policy."""
    sql = files("keitora.db.migrations").joinpath("sql")
    # SQLAlchemy always passes parameters, so it would read every % in the SQL as a placeholder; the driver does not.
    cursor = op.get_bind().connection.cursor()
    for statements in (
        sql.joinpath("0001_roles.sql").read_text("utf-8"),
        sql.joinpath("0001_tenants.sql").read_text("utf-8"),
        sample_table_sql(),
        sql.joinpath("0001_ingest.sql").read_text("utf-8"),
        sql.joinpath("0001_derived.sql").read_text("utf-8"),
        sql.joinpath("0001_entries.sql").read_text("utf-8"),
        sql.joinpath("0001_policies.sql").read_text("utf-8"),
    ):
        cursor.execute(statements)

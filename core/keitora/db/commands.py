"""`keitora migrate`."""

import argparse

from keitora.db.migrate import migrate as migrate_database
from keitora.settings import DatabaseSettings


def migrate(argv: list[str]) -> int:
    """Bring the database of KEITORA_DATABASE_URL to the newest schema."""
    argparse.ArgumentParser(prog="keitora migrate", description=migrate.__doc__).parse_args(argv)
    migrate_database(DatabaseSettings().conninfo())
    print("The database has the newest schema.")
    return 0

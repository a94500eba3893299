"""All SQL of the embedded mode: its database, and passwords for the services' roles."""

import psycopg
from psycopg import sql

_EXISTS = "SELECT 1 FROM pg_database WHERE datname = %(name)s"


def create_database(owner_url: str, name: str) -> bool:
    """Create a database if there is none of that name. Return whether it is new."""
    with psycopg.connect(owner_url, dbname="postgres", autocommit=True) as connection:
        if connection.execute(_EXISTS, {"name": name}).fetchone():
            return False
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return True


def allow_login(owner_url: str, role: str, password: str) -> None:
    """Let a role that the migrations made log in with this password."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        # Hashed here, so that the password itself is in no log.
        hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
        connection.execute(statement.format(sql.Identifier(role), sql.Literal(hashed)))

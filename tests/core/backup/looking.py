"""Looking at all that a database holds, and which there are."""

from typing import Any

import psycopg

from keitora.backup import queries


def contents(url: str) -> dict[str, list[Any]]:
    with psycopg.connect(url) as conn:
        return {
            name: sorted(b"".join(queries.copy_out(conn, name, columns)).split(b"\n"))
            for name, columns in queries.list_tables(conn)
        }


def databases(url: str, like: str) -> list[str]:
    with psycopg.connect(url) as conn:
        found = conn.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [like]).fetchall()
    return [row[0] for row in found]

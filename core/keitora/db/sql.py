"""Long statements live in files beside the queries that run them."""

from importlib.resources import files


def load(package: str, name: str) -> bytes:
    """Return the statement in `<package>/sql/<name>.sql`; bytes, because psycopg takes those as a query as they are."""
    return files(package).joinpath("sql", f"{name}.sql").read_bytes()

"""A database worth a backup."""

from datetime import timedelta

import psycopg
import pytest

from tests.api.builders import NOW, add_fill_up, add_place, add_samples, add_trip, add_world, drive


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with a fleet, samples and what people entered, two of them with what breaks lines."""
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        world = add_world(conn, "畑\n\t\\N")
        add_samples(conn, world.trucks[0], drive(NOW - timedelta(days=30), 50))
        add_samples(conn, world.trucks[0], drive(NOW, 50))
        add_trip(conn, world.trucks[0], NOW)
        add_place(conn, world, name="two\nlines")
        add_fill_up(conn, world, NOW, total_price=4828)
    return database_url

"""`GET /v1/states` and `GET /v1/service`."""

from datetime import timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora_api.service.forecast import days_left
from tests.api.builders import NOW, World, add_day, add_idling, add_latest, add_samples, add_stop, add_trip, drive

HOUR = timedelta(hours=1)


def told(client: TestClient, world: World, **params: str) -> list[tuple[str, str | None]]:
    answer = client.get("/v1/states", headers=world.headers("viewer"), params=params)
    assert answer.status_code == 200, answer.text
    return [(item["at"], item["state"]) for item in answer.json()["items"]]


def test_a_truck_drives_idles_parks_and_is_not_heard_of(
    client: TestClient, conn: psycopg.Connection, world: World, other: World
) -> None:
    begun = add_trip(conn, world.trucks[0], NOW - 50 * HOUR)
    add_idling(conn, world.trucks[0], begun + timedelta(minutes=5), ended_at=begun + timedelta(minutes=10))
    add_stop(conn, world.trucks[0], begun + timedelta(minutes=20), ended_at=None)
    add_latest(conn, world.trucks[0], NOW - 40 * HOUR)
    add_trip(conn, other.trucks[0], NOW - 50 * HOUR)

    found = told(client, world, **{"from": (NOW - 60 * HOUR).isoformat()})

    assert [state for _, state in found] == ["driving", "idling", "driving", "standing", "silent"]
    assert found[-1][0] == (NOW - 16 * HOUR).isoformat().replace("+00:00", "Z")


def test_a_long_range_is_told_in_pieces(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_trip(conn, world.trucks[0], NOW - 3 * 24 * HOUR)

    answer = client.get("/v1/states?from=2026-01-01T00:00:00Z", headers=world.headers("viewer")).json()

    # Days of Tokyo: the trip was at its noon of the 19th.
    assert answer["step_s"] == 86_400
    assert [(item["at"], item["state"]) for item in answer["items"]] == [
        ("2026-11-18T15:00:00Z", "driving"),
        ("2026-11-19T15:00:00Z", None),
    ]


@pytest.mark.parametrize("begin", ["2000-01-01T00:00:00Z", "2026-11-22T02:59:59Z", "2027-06-01T00:00:00Z"])
def test_no_range_is_refused(client: TestClient, world: World, begin: str) -> None:
    assert told(client, world, **{"from": begin}) == []


@pytest.mark.parametrize("path", ["/v1/states", "/v1/service"])
def test_a_drivers_key_may_not_read_it(client: TestClient, world: World, path: str) -> None:
    assert client.get(path, headers=world.headers("driver")).status_code == 403


def test_the_installation_tells_of_its_size_and_its_disk(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_samples(conn, world.trucks[0], drive(NOW - HOUR, 10))
    add_stop(conn, world.trucks[0], NOW - HOUR)
    add_day(conn, world.trucks[0], NOW.date(), sample_count=10)

    answer = client.get("/v1/service", headers=world.headers("viewer"))

    found = answer.json()
    assert answer.status_code == 200, answer.text
    assert found["database_mb"] > 1
    assert found["timescale_edition"] in {"apache", "community"}
    assert found["sample_mb"] > 0
    assert found["growth_mb_per_day"] > 0
    assert found["compressed_week_count"] == 0
    assert 0 < found["disk_used_ratio"] < 1
    assert found["disk_free_mb"] > 0


@pytest.mark.parametrize(("growth", "days"), [(None, None), (0.0, None), (-5.0, None), (2.0, 50.0)])
def test_days_left_are_only_told_where_the_samples_grow(growth: float | None, days: float | None) -> None:
    assert days_left(free_bytes=100, growth_bytes_per_day=growth) == days

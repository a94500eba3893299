"""The client against the real API, over HTTP."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from keitora_client import ApiError, Keitora, client
from tests.api.builders import (
    NOW,
    World,
    add_day,
    add_episode,
    add_latest,
    add_samples,
    add_trip,
    add_upkeep,
    add_world,
    drive,
)
from tests.api.serving import served

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def url(module_database_url: str) -> Iterator[str]:
    app = create_app(ServiceSettings(database_url=SecretStr(module_database_url)), clock=lambda: NOW)
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def world(module_database_url: str) -> World:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        made = add_world(conn, "農園")
        for number in range(7):
            start = add_trip(conn, made.trucks[number % 2], NOW - (9 - number) * HOUR)
        add_samples(conn, made.trucks[0], drive(start, 20))
        for number in range(3):
            add_day(conn, made.trucks[0], date(2026, 11, 20) + timedelta(days=number))
        add_latest(conn, made.trucks[0], NOW)
        add_episode(conn, made.trucks[0], NOW - HOUR)
        add_upkeep(conn, made.trucks[0])
        return made


@pytest.fixture
def keitora(url: str, world: World) -> Iterator[Keitora]:
    with Keitora(url, world.keys["manager"]) as opened:
        yield opened


def test_everything_there_is_can_be_read(keitora: Keitora, world: World) -> None:
    assert (keitora.fleet().name, keitora.fleet().time_zone) == ("農園", "Asia/Tokyo")
    assert [truck.id for truck in keitora.vehicles()] == [truck.vehicle_id for truck in world.trucks]
    assert [one.vehicle.id for one in keitora.positions()] == [world.trucks[0].vehicle_id]
    assert [one.kind for one in keitora.episodes()] == ["overheating"]
    assert list(keitora.episodes(is_open=True)) == []
    assert [one.name for one in keitora.upkeep()] == ["Oil"]
    [total] = keitora.stats(bucket="total")
    assert (total.trip_count, total.distance_km) == (6, 90.0)


def test_pages_are_joined(keitora: Keitora, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PAGE", 2)
    trips = list(keitora.trips())

    assert len(trips) == len({trip.id for trip in trips}) == 7
    assert [trip.started_at for trip in trips] == sorted(trip.started_at for trip in trips)
    assert [trip.id for trip in keitora.trips(newest_first=True)] == [trip.id for trip in reversed(trips)]
    assert len(list(keitora.trips(from_at=NOW - 5 * HOUR, to_at=datetime(2027, 1, 1, tzinfo=UTC)))) == 3
    assert keitora.trip(trips[-1].id) == trips[-1]
    assert len(keitora.track(trips[-1].id).points) > 1


def test_what_is_said_of_a_trip_is_seen_and_counts_once(keitora: Keitora) -> None:
    trip = next(keitora.trips())
    for _ in range(2):
        keitora.describe_trip(trip.id, purpose="farm", idempotency_key="once")

    assert keitora.trip(trip.id).purpose == "farm"
    assert [one.id for one in keitora.trips(purposes=["farm"])] == [trip.id]


def test_a_table_becomes_a_file(keitora: Keitora, tmp_path: Path) -> None:
    keitora.export("trips", tmp_path / "trips.csv", language="en")
    keitora.export("trips", tmp_path / "trips.xlsx")

    assert len((tmp_path / "trips.csv").read_text("utf-8-sig").splitlines()) == 8
    assert (tmp_path / "trips.xlsx").read_bytes().startswith(b"PK")


def test_problems_are_errors_that_say_what_to_change(keitora: Keitora, url: str) -> None:
    with pytest.raises(ApiError, match="there is no trip") as gone:
        keitora.trip("1-a")
    assert (gone.value.status, gone.value.type) == (404, "/problems/not-found")
    with pytest.raises(ApiError) as wrong:
        list(keitora.stats(bucket="fortnight"))  # type: ignore[arg-type]
    assert list(wrong.value.errors) == ["query.bucket"]
    with Keitora(url, "kt_wrong") as stranger, pytest.raises(ApiError) as refused:
        stranger.fleet()
    assert refused.value.status == 401

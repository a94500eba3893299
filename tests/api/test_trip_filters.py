"""Lists of trips by what people say of them: purpose, driver, place; and pages that hold what they promise."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.builders import NOW, World, add_entry, add_place, add_trip, add_visit

MINUTE = timedelta(minutes=1)


@pytest.fixture
def busy(conn: psycopg.Connection, world: World) -> World:
    """Six trips of 20 minutes, an hour apart; the last began an hour ago."""
    for number in range(6):
        add_trip(conn, world.trucks[0], hour(number))
    return world


def hour(number: int) -> Any:
    return NOW - timedelta(hours=6 - number)


def listed(client: TestClient, world: World, **params: Any) -> dict[str, Any]:
    answer = client.get("/v1/trips", headers=world.headers(), params={"order": "asc", **params})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def hours(told: dict[str, Any]) -> list[str]:
    return [item["started_at"][11:16] for item in told["items"]]


def driver_of(conn: psycopg.Connection, world: World) -> int:
    row = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s", [world.fleet.fleet_id]).fetchone()
    assert row
    return int(row[0])


def test_trips_are_chosen_by_purpose(client: TestClient, conn: psycopg.Connection, busy: World) -> None:
    add_entry(conn, busy.trucks[0], hour(1) + MINUTE, purpose="farm")
    add_entry(conn, busy.trucks[0], hour(2) + MINUTE, purpose="farm")
    add_entry(conn, busy.trucks[0], hour(2) + MINUTE, purpose="private")

    assert hours(listed(client, busy, purpose="farm")) == ["22:00"]
    assert hours(listed(client, busy, purpose=["farm", "private"])) == ["22:00", "23:00"]


def test_trips_are_chosen_by_driver_and_by_having_none(
    client: TestClient, conn: psycopg.Connection, busy: World
) -> None:
    driver_id = driver_of(conn, busy)
    add_entry(conn, busy.trucks[0], hour(3) + MINUTE, driver_id=driver_id)

    assert hours(listed(client, busy, driver=driver_id)) == ["00:00"]
    assert len(listed(client, busy, driver=0)["items"]) == 5
    assert len(listed(client, busy, driver=[0, driver_id])["items"]) == 6
    assert len(listed(client, busy, driver=f"0,{driver_id}")["items"]) == 6


def test_all_and_nothing_choose_every_trip(client: TestClient, busy: World) -> None:
    for said in ("all", "", ["all", ""]):
        assert len(listed(client, busy, driver=said, purpose=said, place=said)["items"]) == 6
    assert len(listed(client, busy, driver=["0", "all"], purpose="farm,all", place=["1", "all"])["items"]) == 6


@pytest.mark.parametrize(
    "wrong",
    [
        {"driver": "Ken"},
        {"driver": "all,Ken"},
        {"purpose": "all,fun"},
        {"place": "-1"},
        {"purpose": "farm,fun"},
        {"place": str(2**31)},
    ],
)
def test_what_names_nothing_is_refused_by_its_name(client: TestClient, world: World, wrong: dict[str, str]) -> None:
    answer = client.get("/v1/trips", headers=world.headers(), params=wrong)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == f"query.{next(iter(wrong))}"


def test_trips_are_chosen_by_where_they_began_or_ended(
    client: TestClient, conn: psycopg.Connection, busy: World
) -> None:
    place_id = add_place(conn, busy)
    add_visit(conn, busy.trucks[0], place_id, hour(4) + 15 * MINUTE)  # until 25 minutes after the end

    assert hours(listed(client, busy, place=place_id)) == ["01:00"]
    assert listed(client, busy, place=place_id + 1)["items"] == []


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_every_page_but_the_last_is_full_though_trips_were_merged_and_split(
    client: TestClient, conn: psycopg.Connection, busy: World, order: str
) -> None:
    add_entry(conn, busy.trucks[0], hour(0) + MINUTE, action="merge", other_at=hour(2) + MINUTE)
    add_entry(conn, busy.trucks[0], hour(4) + 5 * MINUTE, action="split")
    add_trip(conn, busy.trucks[1], hour(4) + 3 * MINUTE)  # begins between the halves of a split trip
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}

    while True:
        told = listed(client, busy, order=order, limit=2, **cursor)
        pages.append(hours(told))
        if told["next_cursor"] is None:
            break
        cursor = {"cursor": told["next_cursor"]}

    whole = ["21:00", "00:00", "01:00", "01:03", "01:05", "02:00"]
    assert [len(page) for page in pages] == [2, 2, 2]
    assert [one for page in pages for one in page] == (whole if order == "asc" else whole[::-1])


@pytest.mark.parametrize("params", [{"purpose": "holiday"}, {"driver": "Ken"}, {"place": -1}])
def test_what_cannot_be_chosen_by_is_refused(client: TestClient, busy: World, params: dict[str, Any]) -> None:
    assert client.get("/v1/trips", headers=busy.headers(), params=params).status_code == 422

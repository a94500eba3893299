"""What people say of trips: through the API, by whom, and what the lists and sums make of it."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.builders import NOW, World, add_day, add_entry, add_trip

HOUR = timedelta(hours=1)


@pytest.fixture
def morning(conn: psycopg.Connection, world: World) -> World:
    """Three trips of one truck, 20 minutes and 9,876.5 m each, an hour apart, and their day."""
    for number in (3, 2, 1):
        add_trip(conn, world.trucks[0], NOW - number * HOUR)
    add_day(conn, world.trucks[0], (NOW - HOUR).date(), trip_count=3, distance_m=3 * 9876.5)
    return world


def trips(client: TestClient, world: World, **params: Any) -> list[dict[str, Any]]:
    answer = client.get("/v1/trips", headers=world.headers(), params={"order": "asc", **params})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def say(client: TestClient, world: World, trip: dict[str, Any], role: str = "manager", **body: Any) -> dict[str, Any]:
    answer = client.post(f"/v1/trips/{trip['id']}/overlay", headers=world.headers(role), json=body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def day(client: TestClient, world: World) -> tuple[int, float]:
    [row] = client.get("/v1/stats/fuel?bucket=day", headers=world.headers()).json()["items"]
    return row["trip_count"], row["distance_km"]


def test_a_purpose_is_told_with_the_trip_and_who_said_it_when(client: TestClient, morning: World) -> None:
    trip = trips(client, morning)[0]

    entry = say(client, morning, trip, action="describe", purpose="farm", note="seedlings")

    assert entry["entered_by"].startswith("manager, key ")
    told = client.get(f"/v1/trips/{trip['id']}", headers=morning.headers()).json()
    assert (told["purpose"], told["note"]) == ("farm", "seedlings")
    history = client.get(f"/v1/trips/{trip['id']}/overlay", headers=morning.headers("viewer")).json()["items"]
    assert history == [entry]


def test_undo_brings_back_what_was_said_before_and_is_itself_remembered(client: TestClient, morning: World) -> None:
    trip = trips(client, morning)[0]
    say(client, morning, trip, action="describe", purpose="farm")
    entry = say(client, morning, trip, action="describe", purpose="private")

    undone = client.delete(f"/v1/trips/{trip['id']}/overlay/{entry['id']}", headers=morning.headers()).json()
    again = client.delete(f"/v1/trips/{trip['id']}/overlay/{entry['id']}", headers=morning.headers()).json()

    assert undone["withdrawn_by"].startswith("manager, key ")
    assert again == undone
    assert trips(client, morning)[0]["purpose"] == "farm"
    history = client.get(f"/v1/trips/{trip['id']}/overlay", headers=morning.headers()).json()["items"]
    assert [one["withdrawn_at"] is None for one in history] == [True, False]


def test_merged_trips_are_one_in_the_list_and_the_day_counts_one_fewer(client: TestClient, morning: World) -> None:
    first, second, third = trips(client, morning)

    say(client, morning, second, action="merge", with_trip_id=first["id"])

    merged, rest = trips(client, morning)
    assert (merged["id"], merged["ended_at"], merged["part_count"]) == (first["id"], second["ended_at"], 2)
    assert merged["distance_km"] == pytest.approx(19.753)
    assert rest["id"] == third["id"]
    assert client.get(f"/v1/trips/{second['id']}", headers=morning.headers()).json() == merged
    count, distance_km = day(client, morning)
    assert count == 2
    assert distance_km == pytest.approx(29.63, abs=0.001)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_merged_trip_is_on_one_page_only(client: TestClient, morning: World, order: str) -> None:
    first, second, _ = trips(client, morning)
    say(client, morning, first, action="merge", with_trip_id=second["id"])
    found: list[str] = []
    cursor: dict[str, str] = {}

    while True:
        params = {"limit": "1", "order": order, **cursor}
        page = client.get("/v1/trips", headers=morning.headers(), params=params).json()
        found += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert found == [item["id"] for item in trips(client, morning, order=order)]
    assert len(found) == 2


def test_a_split_trip_is_two_that_add_up(client: TestClient, morning: World) -> None:
    trip = trips(client, morning)[0]
    at = datetime.fromisoformat(trip["started_at"]) + timedelta(minutes=5)

    say(client, morning, trip, action="split", at=at.isoformat())

    one, two, *_ = trips(client, morning)
    assert (one["ended_at"], two["started_at"]) == (two["started_at"], at.isoformat().replace("+00:00", "Z"))
    assert one["distance_km"] + two["distance_km"] == pytest.approx(9.877, abs=0.002)
    assert client.get(f"/v1/trips/{two['id']}", headers=morning.headers()).json() == two
    assert day(client, morning)[0] == 4


def test_a_corrected_distance_is_the_days_too(client: TestClient, morning: World) -> None:
    trip = trips(client, morning)[0]

    say(client, morning, trip, action="correct", distance_km=12.0)

    told = trips(client, morning)
    assert (told[0]["distance_km"], told[0]["distance_source"], told[0]["derived_distance_km"]) == (
        12,
        "entered",
        9.877,
    )
    count, distance_km = day(client, morning)
    assert count == 3
    assert distance_km == pytest.approx(sum(one["distance_km"] for one in told), abs=0.002)


def test_a_corrected_start_keeps_the_trips_name(client: TestClient, morning: World) -> None:
    trip = trips(client, morning)[0]
    earlier = datetime.fromisoformat(trip["started_at"]) - timedelta(minutes=7)

    say(client, morning, trip, action="correct", started_at=earlier.isoformat())

    told = client.get(f"/v1/trips/{trip['id']}", headers=morning.headers()).json()
    assert told["id"] == trip["id"]
    assert datetime.fromisoformat(told["started_at"]) == earlier


@pytest.mark.parametrize(
    "body",
    [
        {"action": "describe"},
        {"action": "describe", "purpose": "theft"},
        {"action": "describe", "driver_id": 999_999},
        {"action": "split", "at": "2026-01-01T00:00:00Z"},
        {"action": "correct"},
        {"action": "correct", "distance_km": -1},
        {"action": "correct", "started_at": "2020-01-01T00:00:00Z"},
        {"action": "correct", "started_at": "2026-11-22T00:10:00Z", "ended_at": "2026-11-22T00:05:00Z"},
        {"action": "forget"},
    ],
)
def test_what_makes_no_sense_is_refused(client: TestClient, morning: World, body: dict[str, Any]) -> None:
    trip = trips(client, morning)[0]

    answer = client.post(f"/v1/trips/{trip['id']}/overlay", headers=morning.headers(), json=body)

    assert answer.status_code == 422, answer.text
    assert client.get(f"/v1/trips/{trip['id']}/overlay", headers=morning.headers()).json()["items"] == []


def test_trips_of_two_trucks_are_never_merged(client: TestClient, conn: psycopg.Connection, morning: World) -> None:
    add_trip(conn, morning.trucks[1], NOW - 2 * HOUR)
    one = trips(client, morning, vehicle=morning.trucks[0].vehicle_id)[0]
    [other] = trips(client, morning, vehicle=morning.trucks[1].vehicle_id)

    body = {"action": "merge", "with_trip_id": other["id"]}
    assert client.post(f"/v1/trips/{one['id']}/overlay", headers=morning.headers(), json=body).status_code == 422


def test_a_repeated_key_makes_no_second_entry(client: TestClient, morning: World) -> None:
    trip = trips(client, morning)[0]
    headers = {**morning.headers(), "Idempotency-Key": "phone-7-42"}
    body = {"action": "describe", "purpose": "work"}

    first = client.post(f"/v1/trips/{trip['id']}/overlay", headers=headers, json=body)
    second = client.post(f"/v1/trips/{trip['id']}/overlay", headers=headers, json=body)

    assert first.json() == second.json()
    assert len(client.get(f"/v1/trips/{trip['id']}/overlay", headers=headers).json()["items"]) == 1


def test_a_driver_describes_and_undoes_only_that(client: TestClient, morning: World) -> None:
    trip = trips(client, morning)[0]
    path, driver = f"/v1/trips/{trip['id']}/overlay", morning.headers("driver")
    managers = say(client, morning, trip, action="describe", purpose="work")
    own = say(client, morning, trip, "driver", action="describe", purpose="private")

    assert client.post(path, headers=driver, json={"action": "correct", "distance_km": 3}).status_code == 403
    assert client.post(path, headers=driver, json={"action": "describe", "driver_id": 999_999}).status_code == 403
    assert client.delete(f"{path}/{managers['id']}", headers=driver).status_code == 403
    assert client.delete(f"{path}/{own['id']}", headers=driver).status_code == 200
    history = client.get(path, headers=driver).json()["items"]
    assert [one["withdrawn_at"] is None for one in history] == [True, False]


def test_a_viewer_changes_nothing(client: TestClient, morning: World) -> None:
    trip = trips(client, morning)[0]
    entry = say(client, morning, trip, action="describe", purpose="work")
    path, viewer = f"/v1/trips/{trip['id']}/overlay", morning.headers("viewer")

    assert client.post(path, headers=viewer, json={"action": "describe", "purpose": "work"}).status_code == 403
    assert client.delete(f"{path}/{entry['id']}", headers=viewer).status_code == 403


def test_another_fleet_can_neither_say_nor_undo(client: TestClient, morning: World, other: World) -> None:
    trip = trips(client, morning)[0]
    entry = say(client, morning, trip, action="describe", purpose="work")
    path, headers = f"/v1/trips/{trip['id']}/overlay", other.headers()

    assert client.post(path, headers=headers, json={"action": "describe", "purpose": "farm"}).status_code == 404
    assert client.delete(f"{path}/{entry['id']}", headers=headers).status_code == 404
    assert client.get("/v1/overlays/orphans", headers=headers).json()["items"] == []
    assert trips(client, morning)[0]["purpose"] == "work"


def test_an_entry_without_its_trip_is_listed_and_comes_back_with_it(
    client: TestClient, conn: psycopg.Connection, morning: World
) -> None:
    truck = morning.trucks[0]
    add_entry(conn, truck, NOW - 5 * HOUR + timedelta(minutes=10), purpose="work")

    [orphan] = client.get("/v1/overlays/orphans", headers=morning.headers()).json()["items"]
    add_trip(conn, truck, NOW - 5 * HOUR)

    assert orphan["purpose"] == "work"
    assert client.get("/v1/overlays/orphans", headers=morning.headers()).json()["items"] == []
    assert trips(client, morning)[0]["purpose"] == "work"


def test_an_entry_between_two_trips_that_were_merged_has_found_one(
    client: TestClient, conn: psycopg.Connection, morning: World
) -> None:
    truck = morning.trucks[0]
    first, second = (add_trip(conn, truck, NOW - hours * HOUR) for hours in (6, 5))
    add_entry(conn, truck, first + timedelta(minutes=40), purpose="work")
    add_entry(conn, truck, first + timedelta(minutes=5), purpose="farm")

    [before] = client.get("/v1/overlays/orphans", headers=morning.headers()).json()["items"]
    add_entry(
        conn, truck, first + timedelta(minutes=5), action="merge", other_at=second + timedelta(minutes=5),
        entered_at=NOW - 10 * HOUR,
    )  # fmt: skip
    add_entry(conn, truck, first + timedelta(minutes=5), action="merge", other_at=second + timedelta(minutes=40))
    after = client.get("/v1/overlays/orphans", headers=morning.headers()).json()["items"]

    assert before["purpose"] == "work"
    assert [(one["action"], one["purpose"]) for one in after] == [("merge", None)]


def test_orphans_are_told_of_the_time_that_is_asked_for(
    client: TestClient, conn: psycopg.Connection, morning: World
) -> None:
    at = NOW - 40 * HOUR
    add_entry(conn, morning.trucks[0], at, purpose="work")

    def told(**times: Any) -> int:
        asked = {name: moment.isoformat() for name, moment in times.items()}
        answer = client.get("/v1/overlays/orphans", headers=morning.headers(), params=asked)
        return len(answer.json()["items"])

    assert told() == 1
    assert told(**{"from": at, "to": at + HOUR}) == 1
    assert told(**{"from": at - HOUR, "to": at}) == 0
    assert told(**{"from": at + HOUR}) == 0
    assert told(to=at - HOUR) == 0

"""A truck is changed: what is said changes, the rest stays; put away and taken back."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.builders import NOW, World, add_trip

TRUCK = {
    "name": "キャリイ1号", "plate": "長野 480 あ 12-34", "maker": "Suzuki", "model": "Carry", "chassis_code": "DA63T",
    "energy": "diesel", "displacement_cc": 650.0, "tank_l": 38.0, "battery_kwh": 16.0, "kerb_kg": 700.0,
    "built_on": "2010-05-01",
}  # fmt: skip
MORE = {"volumetric_efficiency": 0.8, "induction": "turbo", "has_fuel_cut": False}


def path(world: World) -> str:
    return f"/v1/vehicles/{world.trucks[0].vehicle_id}"


def change(client: TestClient, world: World, **said: Any) -> Any:
    return client.patch(path(world), headers=world.headers(), json=said)


def read(client: TestClient, world: World) -> Any:
    return client.get(path(world), headers=world.headers()).json()


def names(client: TestClient, world: World, **asked: Any) -> list[str]:
    told = client.get("/v1/vehicles", headers=world.headers(), params=asked).json()["items"]
    return [truck["name"] for truck in told]


def test_every_property_can_be_set_and_taken_back(client: TestClient, world: World) -> None:
    said = TRUCK | MORE

    made = change(client, world, **said)

    assert made.status_code == 200
    assert {name: made.json()[name] for name in said} == said
    assert made.json() == read(client, world)
    kept = {"name", "energy", "induction"}
    bare = change(client, world, **dict.fromkeys(said.keys() - kept)).json()
    assert {name for name in said if bare[name] is not None} == kept


@pytest.mark.parametrize("name", sorted(TRUCK | MORE))
def test_only_what_is_said_changes(client: TestClient, world: World, name: str) -> None:
    before = read(client, world)

    after = change(client, world, **{name: (TRUCK | MORE)[name]}).json()

    assert {key for key in after if after[key] != before[key]} == {name}
    assert change(client, world).json() == after


def test_a_chassis_code_is_kept_as_the_catalogue_writes_it_and_fills_nothing_in(
    client: TestClient, world: World
) -> None:
    before = read(client, world)

    after = change(client, world, name=" Carry 2 ", chassis_code=" EBD-DA16T ").json()

    assert (after["name"], after["chassis_code"]) == ("Carry 2", "DA16T")
    assert after | {"name": 0, "chassis_code": 0} == before | {"name": 0, "chassis_code": 0}


@pytest.mark.parametrize(
    "said",
    [
        {"kerb_kg": 5}, {"displacement_cc": 20}, {"tank_l": 0}, {"battery_kwh": -1}, {"volumetric_efficiency": 3},
        {"energy": "steam"}, {"induction": "none"}, {"name": " "}, {"name": ""}, {"name": "x" * 101},
        {"name": None}, {"energy": None}, {"induction": None}, {"archived": None}, {"built_on": "spring"},
        {"plate": "x" * 41}, {"colour": "white"}, {"fuel_density_gpl": 700}, {"archived_at": None}, {"fleet_id": 1},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(client: TestClient, world: World, said: dict[str, Any]) -> None:
    before = read(client, world)

    answer = change(client, world, **{"maker": "new", **said})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["location"] == f"body.{next(iter(said))}"
    assert read(client, world) == before


def test_a_name_belongs_to_one_truck_of_a_fleet_also_while_that_is_put_away(
    client: TestClient, world: World, other: World
) -> None:
    taken = world.trucks[1].name

    for archived in (False, True):
        url = f"/v1/vehicles/{world.trucks[1].vehicle_id}"
        assert client.patch(url, headers=world.headers(), json={"archived": archived}).status_code == 200
        answer = change(client, world, name=taken)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
        assert taken in answer.json()["detail"]
    assert change(client, world, name=world.trucks[0].name).status_code == 200
    for fleet in (world, other):
        assert change(client, fleet, name="of both fleets").status_code == 200


def test_a_truck_is_put_away_with_all_it_did_and_taken_back(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_trip(conn, world.trucks[0], NOW - timedelta(hours=2))
    both = names(client, world)
    name = world.trucks[0].name

    away = change(client, world, archived=True).json()
    again = change(client, world, archived=True).json()

    assert away["archived_at"] is not None
    assert again == away
    assert names(client, world) == [one for one in both if one != name]
    assert names(client, world, archived=True) == [name]
    assert len(client.get("/v1/trips", headers=world.headers()).json()["items"]) == 1
    assert change(client, world, archived=False).json()["archived_at"] is None
    assert names(client, world) == both


def test_who_changed_what_from_what_stands_in_the_log(client: TestClient, world: World) -> None:
    before = read(client, world)

    change(client, world, plate="長野 480 あ 12-34", kerb_kg=720, archived=True, built_on="2011-04-01")

    [entry] = client.get("/v1/audit", headers=world.headers(), params={"limit": 1}).json()["items"]
    assert entry["action"] == "PATCH /v1/vehicles/{vehicle_id}"
    assert entry["object"] == f"vehicle {world.trucks[0].vehicle_id}"
    was = {name: before[name] for name in ("plate", "kerb_kg", "built_on")}
    assert entry["before"] == was | {"archived": False}
    became = {"plate": "長野 480 あ 12-34", "kerb_kg": 720.0, "built_on": "2011-04-01", "archived": True}
    assert entry["after"] == became


def test_a_change_with_a_key_counts_once(client: TestClient, world: World) -> None:
    headers = world.headers() | {"Idempotency-Key": "put away"}
    first = client.patch(path(world), headers=headers, json={"archived": True})
    change(client, world, archived=False)

    again = client.patch(path(world), headers=headers, json={"archived": True})

    assert again.content == first.content
    assert read(client, world)["archived_at"] is None


def test_what_is_known_of_a_truck_is_sent_once(client: TestClient, world: World) -> None:
    told = client.get(path(world), headers=world.headers())
    asked = world.headers() | {"If-None-Match": told.headers["etag"]}
    assert client.get(path(world), headers=asked).status_code == 304

    change(client, world, plate="other")

    assert client.get(path(world), headers=asked).status_code == 200


def test_another_fleets_truck_is_not_there(client: TestClient, world: World, other: World) -> None:
    foreign = f"/v1/vehicles/{other.trucks[0].vehicle_id}"

    assert client.get(foreign, headers=world.headers()).status_code == 404
    assert client.patch(foreign, headers=world.headers(), json={"name": "mine"}).status_code == 404
    assert read(client, other)["name"] == other.trucks[0].name


def test_a_truck_is_renamed_while_its_years_are_folded(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    """Whoever stores rows of a truck holds its key until he commits, which takes minutes."""
    with conn.transaction():
        add_trip(conn, world.trucks[0], NOW - timedelta(hours=2))

        answer = change(client, world, name="renamed", displacement_cc=660)

    assert answer.status_code == 200
    assert read(client, world)["name"] == "renamed"

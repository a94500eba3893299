"""Pages that the database cuts, joined, are the list: every row once, in order, told as in the whole list."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.energy.charges import matched
from keitora.energy.queries import read_charges_of, read_entries_of
from keitora.fillups.checks import questions
from keitora.fillups.queries import read_fill_ups_of
from keitora.vehicles.queries import create_vehicle
from keitora_api.paging import TimeKey, cursor_of
from tests.api.builders import World, add_fill_up, add_world, insert

BEGAN: Final = datetime(2026, 10, 1, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
MICROSECOND: Final = timedelta(microseconds=1)
LISTS: Final = ("fill-ups", "charges", "tank-events")
Item = dict[str, Any]


@pytest.fixture(scope="module")
def full(api_database: str) -> World:
    """A fleet with rows in every one of the lists, many of them at the same time."""
    with psycopg.connect(api_database, autocommit=True) as conn:
        world = add_world(conn, "joined pages", trucks=())
        fleet_id = world.fleet.fleet_id
        for name in "ABC":
            named = f"joined {name}"
            world.trucks.append(create_vehicle(conn, fleet_id=fleet_id, name=named, energy="electric", battery_kwh=20))
        random = Random(20)
        for truck in world.trucks:
            common = {"fleet_id": fleet_id, "vehicle_id": truck.vehicle_id}
            for begins, ends in spells(random):
                insert(conn, "charge", **common, started_at=begins, ended_at=ends, heard_at=ends, rules_version="test")
                level = {"volume_l": 9, "plus_minus_l": 1, "from_pct": 20, "to_pct": 60, "kind": "refuel"}
                insert(conn, "tank_event", **common, from_at=begins, to_at=ends, **level)
                for at in random.choices(
                    (begins - 50 * MINUTE, begins, ends + 20 * MINUTE, ends + 60 * MINUTE), k=random.choice((0, 1, 2))
                ):
                    drawn = {"volume_l": None, "energy_kwh": random.choice((5, 6)), "total_price": 100}
                    add_fill_up(conn, world, at, vehicle_id=truck.vehicle_id, **drawn)
                litres = random.choice((20.0, 20.0, 21.0, 90.0))
                odometer = random.choice((None, *[1000 + (begins - BEGAN) / MINUTE] * 7))
                by = random.choice(("somebody", f"driver, key {key_number(conn, world)}"))
                for _ in range(random.choice((1, 1, 2))):
                    add_fill_up(
                        conn, world, begins, vehicle_id=truck.vehicle_id, volume_l=litres, odometer_km=odometer,
                        entered_by=by, withdrawn_at=random.choice((None, None, None, begins)),
                    )  # fmt: skip
        return world


def spells(random: Random) -> Iterator[tuple[datetime, datetime]]:
    """Yield times one after the other, often close to each other, and often where other trucks have theirs."""
    at = BEGAN
    for _ in range(16):
        ends = at + random.choice((10, 60, 180)) * MINUTE
        yield at, ends
        at = ends + random.choice((0, 10, 50, 110, 121, 600)) * MINUTE


def key_number(conn: psycopg.Connection, world: World) -> int:
    asked = "SELECT api_key_id FROM api_key WHERE fleet_id = %s AND role = 'driver'"
    [(number,)] = conn.execute(asked, [world.fleet.fleet_id])
    return int(number)


def ask(client: TestClient, full: World, name: str, role: str = "manager", **params: Any) -> Item:
    answer = client.get(f"/v1/{name}", headers=full.headers(role), params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def joined(client: TestClient, full: World, name: str, role: str = "manager", **params: Any) -> list[Item]:
    found: list[Item] = []
    while True:
        told = ask(client, full, name, role, **params)
        assert len(told["items"]) == params["limit"] or told["next_cursor"] is None
        assert all(item not in found for item in told["items"])
        found += told["items"]
        if told["next_cursor"] is None:
            return found
        params["cursor"] = told["next_cursor"]


def edges(item: Item) -> tuple[datetime, datetime]:
    """Return when a row of any of the lists begins and ends."""
    begins = next(item[key] for key in ("filled_at", "started_at", "from_at") if key in item)
    ends = next(item[key] for key in ("filled_at", "ended_at", "to_at") if key in item)
    return datetime.fromisoformat(begins), datetime.fromisoformat(ends)


def truck_ids(full: World) -> list[int]:
    return [truck.vehicle_id for truck in full.trucks]


def truck_of(item: Item) -> int:
    return int(item["vehicle_id"] if "vehicle_id" in item else item["vehicle"]["id"])


def order_of(item: Item) -> tuple[datetime, int]:
    return edges(item)[0], int(item["id"] if "id" in item else truck_of(item))


@pytest.mark.parametrize("name", LISTS)
def test_pages_of_any_size_joined_are_the_whole_list_in_order(client: TestClient, full: World, name: str) -> None:
    whole = ask(client, full, name)["items"]

    assert len(whole) >= 40
    assert len({edges(item)[0] for item in whole}) < len(whole), "some share a time"
    assert [order_of(item) for item in whole] == sorted(order_of(item) for item in whole)
    for limit in (1, 7, len(whole) - 1, len(whole)):
        assert joined(client, full, name, limit=limit) == whole, limit


@pytest.mark.parametrize("name", LISTS)
def test_filters_choose_rows_and_change_nothing_in_them(client: TestClient, full: World, name: str) -> None:
    whole = ask(client, full, name)["items"]
    random = Random(name)
    moments = sorted({at for item in whole for at in edges(item)})
    for _ in range(12):
        begins, ends = sorted(random.sample(moments, 2))
        begins += random.choice((-1, 0, 1)) * MICROSECOND
        trucks = random.sample(truck_ids(full), 2)
        chosen = [
            item
            for item in whole
            if truck_of(item) in trucks
            and (edges(item)[0] >= begins or (name != "fill-ups" and edges(item)[1] > begins))
            and edges(item)[0] < ends
        ]
        said = {"from": begins.isoformat(), "to": ends.isoformat(), "vehicle": ",".join(map(str, trucks))}
        assert joined(client, full, name, **said, limit=random.choice((2, 5, 9))) == chosen, said


def test_a_cursor_from_before_the_time_asked_for_brings_nothing_from_before(client: TestClient, full: World) -> None:
    early = cursor_of(TimeKey(BEGAN, 1))
    for name in LISTS:
        since = edges(ask(client, full, name)["items"][20])[0].isoformat()

        told = ask(client, full, name, **{"from": since, "cursor": early})
        assert told["items"] == ask(client, full, name, **{"from": since})["items"]


def test_what_is_asked_about_fill_ups_is_what_all_of_a_trucks_say(
    client: TestClient, conn: psycopg.Connection, full: World
) -> None:
    fleet_id = full.fleet.fleet_id
    odd = {
        (question.fill_up_id, question.kind)
        for vehicle_id in truck_ids(full)
        for question in questions(read_fill_ups_of(conn, fleet_id=fleet_id, vehicle_id=vehicle_id))
    }
    told = ask(client, full, "fill-ups")["items"]

    assert {(item["id"], item["question"]["kind"]) for item in told if item["question"]} == odd
    assert {kind for _, kind in odd} >= {"duplicate", "volume"}


def test_the_entry_of_a_charge_is_the_one_found_among_all_of_its_truck(
    client: TestClient, conn: psycopg.Connection, full: World
) -> None:
    fleet_id = full.fleet.fleet_id
    entered = {
        (vehicle_id, at): entry.fill_up_id
        for vehicle_id in truck_ids(full)
        for at, entry in matched(
            read_charges_of(conn, fleet_id=fleet_id, vehicle_id=vehicle_id),
            read_entries_of(conn, fleet_id=fleet_id, vehicle_id=vehicle_id),
        ).items()
    }
    told = ask(client, full, "charges")["items"]

    found = {(truck_of(item), edges(item)[0]): item["entry_id"] for item in told if item["entry_id"] is not None}
    assert found == entered
    assert len(entered) < len(told), "some have none"


def test_a_driver_gets_full_pages_of_what_he_has_typed(client: TestClient, full: World) -> None:
    everything = ask(client, full, "fill-ups")["items"]
    own = [item for item in everything if item["entered_by"] != "somebody"]

    assert 0 < len(own) < len(everything)
    assert joined(client, full, "fill-ups", "driver", limit=4) == own


def test_rows_that_stay_are_told_once_whatever_comes_and_goes(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    ids = [add_fill_up(conn, world, BEGAN + number // 3 * MINUTE) for number in range(9)]
    first = ask(client, world, "fill-ups", limit=4)
    conn.execute("UPDATE fill_up SET withdrawn_at = now() WHERE fill_up_id = ANY (%s)", [[ids[1], ids[3], ids[5]]])
    add_fill_up(conn, world, BEGAN)  # before what has been told
    later = add_fill_up(conn, world, BEGAN + MINUTE)
    rest = joined(client, world, "fill-ups", limit=2, cursor=first["next_cursor"])

    assert [item["id"] for item in first["items"]] == ids[:4]
    assert [item["id"] for item in rest] == [ids[4], later, *ids[6:]]

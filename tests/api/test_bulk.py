"""Many writes at once: all or none, every wrong row named, and safe to send again."""

from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.fillups.commands import fill_ups
from tests.api.builders import NOW, World, add_trip
from tests.api.test_problems import assert_problem


def rows(world: World, count: int) -> list[dict[str, Any]]:
    truck = world.trucks[0].vehicle_id
    return [
        {
            "vehicle_id": truck,
            "filled_at": f"2025-{1 + number // 28:02}-{1 + number % 28:02}T00:00:00Z",
            "volume_l": 20 + number % 7,
            "odometer_km": 10_000 + 300 * number,
        }
        for number in range(count)
    ]


def post(client: TestClient, world: World, path: str, items: list[Any], **headers: str) -> Any:
    return client.post(f"/v1/{path}/bulk", headers={**world.headers(), **headers}, json={"items": items})


def listed(client: TestClient, world: World, path: str = "fill-ups") -> list[Any]:
    found: list[Any] = client.get(f"/v1/{path}", headers=world.headers()).json()["items"]
    return found


def wrong_parts(answer: Any) -> dict[str, str]:
    body = assert_problem(answer, 422, "invalid-request")
    return {part["location"]: part["detail"] for part in body["errors"]}


def test_a_spreadsheet_of_four_hundred_fill_ups_is_kept(client: TestClient, world: World) -> None:
    sent = rows(world, 336)
    sent += [row | {"filled_at": row["filled_at"].replace("T00", "T09")} for row in sent[:64]]

    answer = post(client, world, "fill-ups", sent)

    assert (answer.status_code, answer.json()["new_count"]) == (201, 400)
    assert [one["filled_at"] for one in answer.json()["items"]] == [row["filled_at"] for row in sent]
    assert len(listed(client, world)) == 400


def test_if_one_row_is_wrong_none_is_kept_and_every_wrong_one_is_named(client: TestClient, world: World) -> None:
    sent = rows(world, 10)
    sent[3]["vehicle_id"] = 2**31 - 1
    sent[6]["vehicle_id"] = 2**31 - 1

    answer = post(client, world, "fill-ups", sent)

    assert wrong_parts(answer) == {
        "body.items.3": f"there is no truck {2**31 - 1}",
        "body.items.6": f"there is no truck {2**31 - 1}",
    }
    assert answer.json()["detail"] == "2 of 10 rows are wrong, and none is kept; see `errors`"
    assert listed(client, world) == []


def test_a_text_that_cannot_be_kept_is_named(client: TestClient, world: World) -> None:
    sent = rows(world, 3)
    sent[1]["station"] = "a\x00b"

    assert wrong_parts(post(client, world, "fill-ups", sent)) == {"body.items.1.station": "a text holds no NUL"}
    assert wrong_parts(post(client, world, "vehicles", [{"name": "a"}, {"name": "a\x00b"}])) == {
        "body.items.1.name": "a text holds no NUL"
    }


def test_what_is_no_value_at_all_is_named_by_row_and_field(client: TestClient, world: World) -> None:
    sent = rows(world, 9)
    for row in sent[1:]:
        row["volume_l"] = -1
    del sent[0]["filled_at"]

    answer = post(client, world, "fill-ups", sent)

    assert set(wrong_parts(answer)) == {
        "body.items.0.filled_at",
        *(f"body.items.{number}.volume_l" for number in range(1, 9)),
    }
    assert answer.json()["detail"].endswith("and 4 more, see `errors`")


def test_the_file_may_be_sent_again_also_when_it_has_grown(client: TestClient, world: World) -> None:
    sent = rows(world, 5)
    twice = [*sent, sent[0]]  # two equal lines are two entries
    post(client, world, "fill-ups", twice)

    again, grown = (
        post(client, world, "fill-ups", twice),
        post(client, world, "fill-ups", [*twice, *rows(world, 7)[5:]]),
    )

    assert (again.json()["new_count"], grown.json()["new_count"]) == (0, 2)
    assert len(listed(client, world)) == 8


def test_what_was_imported_by_the_command_is_known_again(
    client: TestClient, world: World, api_database: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "fuel.csv"
    file.write_text("filled_at,volume_l,odometer_km\n2025-03-01T09:00:00,21.5,10300\n", "utf-8")
    monkeypatch.setenv("KEITORA_DATABASE_URL", api_database)
    fill_ups(["import", str(file), "--vehicle", world.trucks[0].name, "--fleet", world.fleet.name])

    row = {"filled_at": "2025-03-01T09:00:00+09:00", "volume_l": 21.5, "odometer_km": 10300}
    answer = post(client, world, "fill-ups", [{"vehicle_id": world.trucks[0].vehicle_id, **row}])

    assert answer.json()["new_count"] == 0
    assert len(listed(client, world)) == 1


@pytest.mark.parametrize("count", [0, 1001])
def test_a_bulk_write_has_bounds(client: TestClient, world: World, count: int) -> None:
    assert set(wrong_parts(post(client, world, "fill-ups", rows(world, 1) * count))) == {"body.items"}


def test_the_log_holds_how_many_and_not_every_row(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    post(client, world, "fill-ups", rows(world, 3))

    logged = conn.execute(
        "SELECT action, after FROM audit_entry WHERE fleet_id = %s", [world.fleet.fleet_id]
    ).fetchall()
    assert logged == [("POST /v1/fill-ups/bulk", {"rows": 3, "new": 3})]


def test_charges_come_in_bulk_for_electric_trucks(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    electric, petrol = (truck.vehicle_id for truck in world.trucks)
    conn.execute("UPDATE vehicle SET energy = 'electric' WHERE vehicle_id = %s", [electric])
    row = {"charged_at": "2026-11-20T00:00:00Z", "energy_kwh": 9.5}

    wrong = post(client, world, "charges", [{"vehicle_id": electric, **row}, {"vehicle_id": petrol, **row}])
    assert wrong_parts(wrong) == {"body.items.1": f"there is no electric truck {petrol}"}

    answers = [post(client, world, "charges", [{"vehicle_id": electric, **row}]).json() for _ in range(2)]
    assert [answer["new_count"] for answer in answers] == [1, 0]
    assert answers[0]["items"] == answers[1]["items"]


def test_readings_come_in_bulk(client: TestClient, world: World) -> None:
    first, second = (truck.vehicle_id for truck in world.trucks)
    read = [
        {"vehicle_id": first, "read_at": "2026-11-01T00:00:00Z", "odometer_km": 5000},
        {"vehicle_id": second, "read_at": "2026-11-01T00:00:00Z", "engine_hours_h": 70, "source": "workshop"},
    ]
    nothing = {"vehicle_id": first, "read_at": "2026-11-01T00:00:00Z"}
    to_come = {"vehicle_id": first, "read_at": "2027-01-01T00:00:00Z", "odometer_km": 1}

    wrong = post(client, world, "odometer", [*read, nothing, to_come])
    assert set(wrong_parts(wrong)) == {"body.items.2", "body.items.3.read_at"}

    kept = [post(client, world, "odometer", read).json() for _ in range(2)]
    assert kept == [{"kept_count": 2, "new_count": 2}, {"kept_count": 2, "new_count": 0}]
    shown = client.get(f"/v1/vehicles/{first}/odometer", headers=world.headers()).json()
    assert shown["odometer_km"] == 5000


def test_trucks_come_in_bulk(client: TestClient, world: World) -> None:
    new = [{"name": f"{world.fleet.name} new {number}", "chassis_code": "DA16T"} for number in range(3)]
    known = {"name": world.trucks[0].name}

    assert set(wrong_parts(post(client, world, "vehicles", [*new, known, new[0]]))) == {"body.items.3", "body.items.4"}
    assert len(listed(client, world, "vehicles")) == 2

    key = {"Idempotency-Key": f"trucks of {world.fleet.name}"}
    answers = [post(client, world, "vehicles", new, **key) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {201}
    assert answers[0].content == answers[1].content
    assert len(listed(client, world, "vehicles")) == 5
    assert {one["model"] for one in answers[0].json()["items"]} == {"Carry"}


def test_many_trips_are_described_at_once(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    for day in range(1, 4):
        add_trip(conn, world.trucks[0], NOW.replace(day=day))
    ids = [one["id"] for one in listed(client, world, "trips")]

    def said(purpose: str, *more: Any) -> Any:
        entries = [{"trip_id": one, "entry": {"action": "describe", "purpose": purpose}} for one in ids]
        return post(client, world, "overlays", [*entries, *more])

    nowhere = {"trip_id": "1-a", "entry": {"action": "describe", "purpose": "farm"}}
    nobody = {"trip_id": ids[0], "entry": {"action": "describe", "driver_id": 2**31 - 1}}
    nothing = {"trip_id": ids[0], "entry": {"action": "describe"}}
    assert wrong_parts(said("farm", nowhere, nobody, nothing)) == {
        "body.items.3": "there is no trip '1-a'",
        "body.items.4.entry.driver_id": "the fleet has no such driver",
        "body.items.5.entry": "say a purpose, a driver or a note",
    }
    assert {one["purpose"] for one in listed(client, world, "trips")} == {None}

    assert said("farm").status_code == said("private").status_code == said("farm").status_code == 201
    assert {one["purpose"] for one in listed(client, world, "trips")} == {"farm"}


def test_a_driver_describes_his_trips_in_bulk_and_nothing_more(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_trip(conn, world.trucks[0], NOW.replace(day=1))
    [trip] = listed(client, world, "trips")
    row = {"trip_id": trip["id"], "entry": {"action": "split", "at": trip["ended_at"]}}

    answer = client.post("/v1/overlays/bulk", headers=world.headers("driver"), json={"items": [row]})

    assert wrong_parts(answer) == {"body.items.0": "a driver's key describes trips; ask a manager for more"}

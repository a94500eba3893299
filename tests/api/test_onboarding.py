"""Adding a truck and letting its loggers in, as a manager does it on the page."""

import json
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.access.passwords import matches
from tests.api.builders import World


def add_truck(client: TestClient, world: World, **said: Any) -> Any:
    return client.post("/v1/vehicles", headers=world.headers(), json={"name": "キャリイ2号", **said})


def let_in(client: TestClient, world: World, **said: Any) -> Any:
    path = f"/v1/vehicles/{world.trucks[0].vehicle_id}/devices"
    return client.post(path, headers=world.headers(), json=said)


def test_what_is_known_of_a_chassis_code_is_filled_in(client: TestClient, world: World) -> None:
    made = add_truck(client, world, chassis_code="EBD-DA16T", tank_l=38).json()

    assert (made["name"], made["chassis_code"], made["maker"], made["tank_l"]) == (
        "キャリイ2号",
        "DA16T",
        "Suzuki",
        38,
    )
    assert made["displacement_cc"] == 658
    assert made["id"] in [one["id"] for one in client.get("/v1/vehicles", headers=world.headers()).json()["items"]]


def test_a_name_is_given_once_in_a_fleet(client: TestClient, world: World, other: World) -> None:
    assert add_truck(client, world).status_code == 201
    assert add_truck(client, world).status_code == 409
    assert add_truck(client, other).status_code == 201


def test_numbers_that_cannot_be_true_are_refused(client: TestClient, world: World) -> None:
    light = add_truck(client, world, kerb_kg=5)
    assert light.status_code == 422
    assert light.json()["errors"][0]["location"] == "body.kerb_kg"
    assert add_truck(client, world, kerb_kg=-5).status_code == 422


def test_a_phone_is_let_in_by_a_link_that_sets_owntracks_up(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    told = let_in(client, world, source="owntracks").json()
    configuration = json.loads(b64decode(parse_qs(urlsplit(told["link"]).query)["inline"][0]))

    [(username, kept)] = conn.execute(
        "SELECT username, password_hash FROM device_credential WHERE device_id = %s", [told["device_id"]]
    ).fetchall()
    [(vehicle_id,)] = conn.execute(
        "SELECT vehicle_id FROM device_assignment WHERE device_id = %s AND during @> now()", [told["device_id"]]
    ).fetchall()
    assert configuration["_type"] == "configuration"
    assert configuration["username"] == username == told["username"]
    assert matches(configuration["password"], kept)
    assert vehicle_id == world.trucks[0].vehicle_id
    assert unquote(told["qr_svg"]).startswith("data:image/svg+xml")
    audited = conn.execute("SELECT string_agg(t::text, ' ') FROM audit_entry AS t").fetchone()
    assert audited is not None
    assert configuration["password"] not in audited[0]


def test_two_fleets_with_trucks_of_one_name_get_devices_of_two_names(
    client: TestClient, world: World, other: World
) -> None:
    names = set()
    for fleet in (world, other):
        vehicle_id = add_truck(client, fleet, name="Carry").json()["id"]
        for _ in range(2):
            made = client.post(f"/v1/vehicles/{vehicle_id}/devices", headers=fleet.headers(), json={"source": "native"})
            assert made.status_code == 201
            names.add(made.json()["device_key"])

    assert len(names) == 4


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"source": "wican"}, "say how the device calls itself"),
        ({"source": "native", "device_key": "A B"}, "no device key"),
        ({"source": "native", "device_key": "ingestor"}, "no device can be called"),
    ],
)
def test_a_device_that_cannot_be_is_refused(client: TestClient, world: World, said: dict[str, Any], what: str) -> None:
    answer = let_in(client, world, **said)

    assert answer.status_code == 409
    assert what in answer.json()["detail"]


def test_a_new_password_cuts_the_old_one_and_shutting_out_both(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    device_id = let_in(client, world, source="native").json()["device_id"]
    hashes = "SELECT password_hash, revoked_at IS NOT NULL FROM device_credential WHERE device_id = %s"
    first = conn.execute(hashes, [device_id]).fetchone()

    told = client.post(f"/v1/devices/{device_id}/renew", headers=world.headers()).json()
    second = conn.execute(hashes, [device_id]).fetchone()
    password = next(one["value"] for one in told["settings"] if one["name"] == "password")

    assert first is not None
    assert second is not None
    assert first != second
    assert matches(password, second[0])
    assert client.post(f"/v1/devices/{device_id}/revoke", headers=world.headers()).status_code == 204
    assert conn.execute(hashes, [device_id]).fetchone() == (second[0], True)
    assert client.post(f"/v1/devices/{device_id}/revoke", headers=world.headers()).status_code == 404


def test_a_source_whose_devices_come_by_a_server_of_ones_own_says_so(client: TestClient, world: World) -> None:
    told = let_in(client, world, source="traccar", device_key=f"{world.fleet.fleet_id}").json()

    assert (told["username"], told["settings"], told["link"]) == (None, [], None)
    assert "server of your own" in told["remark"]

"""Inviting people, what they become, keys, the fleet's settings, and the log of all of it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import World
from tests.api.people import PASSWORD, add_invitation, add_person, add_session, audit, bearer, sign_in


@pytest.fixture
def chief(conn: psycopg.Connection, world: World) -> dict[str, str]:
    return bearer(add_session(conn, world, add_person(conn, world).person_id))


def token_of(link: str) -> str:
    return urlsplit(link).fragment.removeprefix("token=")


@pytest.mark.parametrize(
    ("called", "told"),
    [
        ("http://127.0.0.1:8080", "http://trucks.example.org:8080/join#"),
        ("http://localhost", "http://trucks.example.org/join#"),
        ("http://192.168.1.5:8080", "http://192.168.1.5:8080/join#"),
    ],
)
def test_a_link_made_at_the_box_itself_leads_a_phone_to_the_box(
    api_database: str, world: World, monkeypatch: pytest.MonkeyPatch, called: str, told: str
) -> None:
    monkeypatch.setenv("KEITORA_PUBLIC_HOST", "trucks.example.org")
    app = create_app(ServiceSettings(database_url=SecretStr(api_database)))
    with TestClient(app, base_url=called) as client:
        body = {"name": "Yuki", "role": "driver"}
        invited = client.post("/v1/invitations", headers=world.headers(), json=body).json()

    assert invited["link"].startswith(told)


def accept(client: TestClient, token: str, **more: Any) -> Any:
    body = {"token": token, "kind": "bearer", **more}
    return client.post("/v1/invitations/accept", json=body)


def test_who_is_invited_makes_an_account_and_is_signed_in(
    client: TestClient, world: World, chief: dict[str, str]
) -> None:
    invited = client.post("/v1/invitations", headers=chief, json={"name": "Yuki", "role": "driver"}).json()
    token = token_of(invited["link"])
    looked = client.post("/v1/invitations/look", json={"token": token}).json()
    name = f"yuki-{world.fleet.fleet_id}"

    begun = accept(client, token, login_name=name.upper(), password=PASSWORD)
    me = client.get("/v1/me", headers=bearer(begun.json()["token"])).json()

    assert invited["link"].startswith("http://testserver/join#token=ki_")
    assert unquote(invited["qr_svg"]).startswith("data:image/svg+xml")
    assert (looked["fleet_name"], looked["name"], looked["role"]) == (world.fleet.name, "Yuki", "driver")
    assert (me["name"], me["role"], me["login_name"]) == ("Yuki", "driver", name)
    assert me["driver_id"] is not None
    assert sign_in(client, name).status_code == 201
    assert client.get("/v1/invitations", headers=chief).json()["items"] == []


def test_a_link_is_good_once(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    token = add_invitation(conn, world)
    people = [f"p{number}-{world.fleet.fleet_id}" for number in range(4)]

    with ThreadPoolExecutor(4) as pool:
        told = [
            answer.status_code
            for answer in pool.map(lambda name: accept(client, token, login_name=name, password=PASSWORD), people)
        ]

    assert sorted(told) == [201, 404, 404, 404]
    assert client.post("/v1/invitations/look", json={"token": token}).status_code == 404


@pytest.mark.parametrize("change", ["expires_at = now()", "withdrawn_at = now()", "used_at = now()"])
def test_an_old_withdrawn_or_used_link_is_worthless(
    client: TestClient, conn: psycopg.Connection, world: World, change: str
) -> None:
    token = add_invitation(conn, world)
    conn.execute(f"UPDATE invitation SET {change} WHERE fleet_id = {world.fleet.fleet_id}".encode())

    assert accept(client, token, login_name=f"late-{world.fleet.fleet_id}", password=PASSWORD).status_code == 404


@pytest.mark.parametrize(
    ("login_name", "password", "location"),
    [("no", PASSWORD, "body.login_name"), ("a b c", PASSWORD, "body.login_name"), ("fine", "short", "body.password")],
)
def test_what_is_wrong_is_said_and_the_link_stays_good(
    client: TestClient, conn: psycopg.Connection, world: World, login_name: str, password: str, location: str
) -> None:
    token = add_invitation(conn, world)

    answer = accept(client, token, login_name=login_name, password=password)

    assert answer.status_code == 422
    assert [part["location"] for part in answer.json()["errors"]] == [location]
    assert client.post("/v1/invitations/look", json={"token": token}).status_code == 200


def test_a_login_name_that_is_taken_says_so_and_the_link_stays_good(
    client: TestClient, conn: psycopg.Connection, world: World, other: World
) -> None:
    token, taken = add_invitation(conn, world), add_person(conn, other).login_name

    answer = accept(client, token, login_name=taken, password=PASSWORD)

    assert answer.status_code == 422
    assert "taken" in answer.json()["detail"]
    assert other.fleet.name not in answer.text
    assert client.post("/v1/invitations/look", json={"token": token}).status_code == 200


def test_a_reset_sets_a_new_password_and_ends_all_sessions(
    client: TestClient, conn: psycopg.Connection, world: World, chief: dict[str, str]
) -> None:
    member = add_person(conn, world)
    session = bearer(add_session(conn, world, member.person_id))
    path = f"/v1/people/{member.person_id}/reset-password"
    first, second = (token_of(client.post(path, headers=chief).json()["link"]) for _ in range(2))

    assert accept(client, first, password="snow on the tin roof").status_code == 404  # the newest link counts
    assert accept(client, second, password="snow on the tin roof").status_code == 201

    assert client.get("/v1/me", headers=session).status_code == 401
    assert sign_in(client, member.login_name).status_code == 401
    assert sign_in(client, member.login_name, "snow on the tin roof").status_code == 201


def test_a_closed_account_is_out_at_once_and_its_links_are_worthless(
    client: TestClient, conn: psycopg.Connection, world: World, chief: dict[str, str]
) -> None:
    member = add_person(conn, world, "driver")
    session = bearer(add_session(conn, world, member.person_id))
    link = client.post(f"/v1/people/{member.person_id}/reset-password", headers=chief).json()["link"]

    path = f"/v1/people/{member.person_id}"
    closed = client.patch(path, headers=chief, json={"is_disabled": True}).json()

    assert closed["disabled_at"] is not None
    assert client.get("/v1/me", headers=session).status_code == 401
    assert sign_in(client, member.login_name).status_code == 401
    assert accept(client, token_of(link), password="snow on the tin roof").status_code == 404
    assert client.post(f"{path}/reset-password", headers=chief).status_code == 404
    assert client.patch(path, headers=chief, json={"is_disabled": False}).json()["disabled_at"] is None
    assert sign_in(client, member.login_name).status_code == 201


@pytest.mark.parametrize("change", [{"is_disabled": True}, {"role": "driver"}])
def test_the_last_manager_cannot_be_taken_away(
    client: TestClient, conn: psycopg.Connection, world: World, change: dict[str, Any]
) -> None:
    only = add_person(conn, world)
    headers = bearer(add_session(conn, world, only.person_id))

    refused = client.patch(f"/v1/people/{only.person_id}", headers=headers, json=change)
    add_person(conn, world)
    done = client.patch(f"/v1/people/{only.person_id}", headers=headers, json=change)

    assert (refused.status_code, done.status_code) == (409, 200)


def test_two_managers_cannot_close_each_other_out(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    pair = [add_person(conn, world) for _ in range(2)]
    headers = [bearer(add_session(conn, world, one.person_id)) for one in pair]

    def close(number: int) -> int:
        path = f"/v1/people/{pair[1 - number].person_id}"
        return client.patch(path, headers=headers[number], json={"is_disabled": True}).status_code

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(close, range(2)))

    [(left,)] = conn.execute(
        "SELECT count(*) FROM person WHERE fleet_id = %s AND disabled_at IS NULL", [world.fleet.fleet_id]
    ).fetchall()
    assert left == 1
    assert told[0] == 200


def test_a_key_works_until_it_is_revoked(client: TestClient, world: World, chief: dict[str, str]) -> None:
    made = client.post("/v1/keys", headers=chief, json={"name": "Grafana", "role": "viewer"}).json()

    assert client.get("/v1/me", headers=bearer(made["key"])).json()["role"] == "viewer"
    assert made["key"] not in client.get("/v1/keys", headers=chief).text
    assert client.delete(f"/v1/keys/{made['id']}", headers=chief).status_code == 204
    assert client.get("/v1/me", headers=bearer(made["key"])).status_code == 401
    assert client.delete(f"/v1/keys/{made['id']}", headers=chief).status_code == 404


def test_a_drivers_key_belongs_to_a_driver(client: TestClient, world: World, chief: dict[str, str]) -> None:
    assert client.post("/v1/keys", headers=chief, json={"name": "x", "role": "driver"}).status_code == 422
    body = {"name": "phone", "role": "driver", "driver_name": "Yuki"}
    made = client.post("/v1/keys", headers=chief, json=body).json()

    assert client.get("/v1/me", headers=bearer(made["key"])).json()["driver_id"] is not None


def test_settings_of_the_fleet_are_changed_one_by_one(client: TestClient, world: World, chief: dict[str, str]) -> None:
    before = client.get("/v1/fleet", headers=chief).json()

    after = client.patch("/v1/fleet", headers=chief, json={"time_zone": "America/New_York", "units": "us"}).json()

    assert after == {**before, "time_zone": "America/New_York", "units": "us"}
    assert client.get("/v1/fleet", headers=chief).json() == after


@pytest.mark.parametrize(
    "body", [{"time_zone": "Mars/Olympus"}, {"currency": "yen"}, {"locale": "fr"}, {"name": " "}, {"owner": "me"}]
)
def test_settings_that_make_no_sense_are_refused(
    client: TestClient, world: World, chief: dict[str, str], body: dict[str, str]
) -> None:
    before = client.get("/v1/fleet", headers=chief).json()

    assert client.patch("/v1/fleet", headers=chief, json=body).status_code == 422
    assert client.get("/v1/fleet", headers=chief).json() == before


def test_another_zone_makes_other_days(
    client: TestClient, conn: psycopg.Connection, world: World, chief: dict[str, str]
) -> None:
    conn.execute(
        "INSERT INTO derive_state (vehicle_id, fleet_id, rules_version, last_sample_at) VALUES (%s, %s, 'x', now())",
        [world.trucks[0].vehicle_id, world.fleet.fleet_id],
    )
    touched = "SELECT count(*) FROM derive_touch JOIN vehicle USING (vehicle_id) WHERE fleet_id = %s"

    client.patch("/v1/fleet", headers=chief, json={"locale": "en"})
    assert conn.execute(touched, [world.fleet.fleet_id]).fetchone() == (0,)
    client.patch("/v1/fleet", headers=chief, json={"time_zone": "America/New_York"})
    assert conn.execute(touched, [world.fleet.fleet_id]).fetchone() == (1,)


def test_every_change_is_in_the_log_with_what_was_before_and_after(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    member = add_person(conn, world)
    headers = bearer(add_session(conn, world, member.person_id))
    client.patch("/v1/fleet", headers=headers, json={"locale": "en"})
    client.patch("/v1/fleet", headers=headers, json={"locale": "fr"})  # refused: no change
    key = client.post("/v1/keys", headers=world.headers(), json={"name": "Grafana", "role": "viewer"}).json()["key"]

    entries = client.get("/v1/audit", headers=headers).json()["items"]

    assert [(one["action"], one["before"], one["after"]) for one in entries] == [
        ("POST /v1/keys", None, {"name": "Grafana", "role": "viewer"}),
        ("PATCH /v1/fleet", {"locale": "ja"}, {"locale": "en"}),
    ]
    assert entries[0]["who"].startswith("manager, key ")
    assert entries[1]["who"] == f"{member.login_name}, person {member.person_id}"
    assert key not in str(entries)
    assert audit(conn, world)[0][1] == "PATCH /v1/fleet"


def test_the_log_is_read_page_by_page(client: TestClient, world: World, chief: dict[str, str]) -> None:
    for number in range(5):
        client.post("/v1/keys", headers=chief, json={"name": f"k{number}", "role": "viewer"})
    names, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/audit", headers=chief, params=params).json()
        names += [one["after"]["name"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert names == ["k4", "k3", "k2", "k1", "k0"]


def test_the_log_can_be_neither_changed_nor_removed_by_the_api(conn: psycopg.Connection, world: World) -> None:
    with conn.transaction(force_rollback=True):
        conn.execute("SET ROLE keitora_api")
        conn.execute("SELECT set_config('keitora.fleet_id', %s, true)", [str(world.fleet.fleet_id)])
        for statement in (b"UPDATE audit_entry SET who = 'me'", b"DELETE FROM audit_entry", b"TRUNCATE audit_entry"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                conn.execute(statement)

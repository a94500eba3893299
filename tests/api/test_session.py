"""Signing in and out, sessions, passwords, and what keeps guessing from working."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.people.passwords import matches
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import World
from tests.api.people import OWN_PAGE, PASSWORD, add_person, add_session, audit, bearer, sign_in

COOKIE = "keitora-80"


def test_the_right_password_opens_a_session_of_that_person(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    member = add_person(conn, world)

    begun = sign_in(client, f" {member.login_name.upper()} ")
    me = client.get("/v1/me", headers=bearer(begun.json()["token"])).json()

    assert begun.status_code == 201
    assert (me["person_id"], me["role"], me["login_name"]) == (member.person_id, "manager", member.login_name)
    assert me["fleet"]["name"] == world.fleet.name


def test_neither_token_nor_password_are_kept(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    token = sign_in(client, add_person(conn, world).login_name).json()["token"]

    for table in ("person", "person_session", "audit_entry", "login_attempt"):
        [(text,)] = conn.execute(f"SELECT string_agg(t::text, ' ') FROM {table} AS t".encode()).fetchall()
        assert token not in (text or ""), table
        assert PASSWORD not in (text or ""), table


@pytest.mark.parametrize("change", [{"disabled_at": "2026-01-01T00:00:00Z"}, {"password_hash": None}])
def test_a_closed_account_and_one_without_password_stay_out(
    client: TestClient, conn: psycopg.Connection, world: World, change: dict[str, Any]
) -> None:
    assert sign_in(client, add_person(conn, world, **change).login_name).status_code == 401


def test_an_unknown_name_and_a_wrong_password_are_told_the_same(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    known = sign_in(client, add_person(conn, world).login_name, "wrong wrong wrong")
    unknown = sign_in(client, "nobody-is-called-so", "wrong wrong wrong")

    assert known.status_code == unknown.status_code == 401
    assert known.json() == unknown.json()
    assert dict(known.headers) == dict(unknown.headers)


@pytest.mark.parametrize("is_known", [True, False])
def test_after_five_wrong_passwords_the_next_has_to_wait_even_the_right_one(
    client: TestClient, conn: psycopg.Connection, world: World, *, is_known: bool
) -> None:
    name = add_person(conn, world).login_name if is_known else f"nobody of {world.fleet.name}".replace(" ", "-")
    for _ in range(5):
        assert sign_in(client, name, "wrong wrong wrong").status_code == 401

    waits = sign_in(client, name)

    assert waits.status_code == 429
    assert waits.json()["type"] == "/problems/too-many-attempts"
    assert 0 < int(waits.headers["retry-after"]) <= 900


def test_the_wait_ends_by_itself_and_waiting_attempts_do_not_lengthen_it(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    name = add_person(conn, world).login_name
    for _ in range(8):
        sign_in(client, name, "wrong wrong wrong")
    [(count,)] = conn.execute(
        "SELECT count(*) FROM login_attempt WHERE login_sha256 = sha256(%s)", [name.encode()]
    ).fetchall()
    conn.execute("UPDATE login_attempt SET attempted_at = attempted_at - interval '15 minutes'")

    assert count == 5
    assert sign_in(client, name).status_code == 201


def test_mistyping_now_and_then_locks_nobody_out(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    name = add_person(conn, world).login_name
    for _ in range(3):
        assert [sign_in(client, name, word).status_code for word in ("a", "b", "c", "d", PASSWORD)] == [*[401] * 4, 201]


def test_many_guesses_at_once_are_counted_like_one_after_the_other(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    name = add_person(conn, world).login_name
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda number: sign_in(client, name, f"guess {number}").status_code, range(12)))

    assert sorted(told) == [*[401] * 5, *[429] * 7]


def test_somebody_elsewhere_who_guesses_does_not_lock_the_owner_out(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    name = add_person(conn, world).login_name
    conn.execute(
        "INSERT INTO login_attempt (login_sha256, address) "
        "SELECT sha256(%s), '203.0.113.7' FROM generate_series(1, 10)",
        [name.encode()],
    )

    assert sign_in(client, name).status_code == 201


def test_guesses_from_many_addresses_are_counted_together(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    name = add_person(conn, world).login_name
    conn.execute(
        "INSERT INTO login_attempt (login_sha256, address) "
        "SELECT sha256(%s), '203.0.113.0'::inet + n FROM generate_series(1, 25) AS n",
        [name.encode()],
    )

    assert sign_in(client, name).status_code == 429


def test_a_page_gets_a_cookie_that_scripts_and_other_sites_cannot_use(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    body = {"login_name": add_person(conn, world).login_name, "password": PASSWORD}

    answer = client.post("/v1/session", json=body, headers=OWN_PAGE)
    client.cookies.clear()

    cookie = answer.headers["set-cookie"]
    assert answer.json()["token"] is None
    assert cookie.startswith(f"{COOKIE}=ks_")
    assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_behind_tls_the_cookie_is_for_tls_only(
    api_database: str, client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    settings = ServiceSettings(database_url=SecretStr(api_database), public_url="https://trucks.example.org")
    body = {"login_name": add_person(conn, world).login_name, "password": PASSWORD}
    with TestClient(create_app(settings), base_url="https://trucks.example.org") as encrypted:
        answer = encrypted.get("/")
        cookie = encrypted.post("/v1/session", json=body, headers=OWN_PAGE).headers["set-cookie"]

    assert cookie.startswith("__Host-keitora=ks_")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=strict"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "strict-transport-security" not in client.get("/").headers


def test_no_other_site_can_sign_a_browser_in(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    body = {"login_name": add_person(conn, world).login_name, "password": PASSWORD}
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert client.post("/v1/session", json=body, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("headers", "reads", "writes"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True, True),
        ({"Origin": "http://testserver"}, True, True),
        ({"Sec-Fetch-Site": "none"}, True, False),
        ({}, True, False),
        ({"Sec-Fetch-Site": "same-site"}, False, False),
        ({"Sec-Fetch-Site": "cross-site"}, False, False),
        ({"Origin": "http://elsewhere.example"}, False, False),
        ({"Origin": "null"}, False, False),
        ({"Origin": "http://testserver:81"}, False, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://elsewhere.example"}, False, False),
    ],
)
def test_a_cookie_counts_only_for_our_own_pages(
    client: TestClient, conn: psycopg.Connection, world: World, headers: dict[str, str], *, reads: bool, writes: bool
) -> None:
    token = add_session(conn, world, add_person(conn, world).person_id, kind="cookie")
    sent = {**headers, "Cookie": f"{COOKIE}={token}"}

    assert client.get("/v1/me", headers=sent).status_code == (200 if reads else 403)
    changed = client.patch("/v1/fleet", headers=sent, json={"locale": "en"})
    assert changed.status_code == (200 if writes else 403)


def test_signing_out_ends_the_session_and_takes_the_cookie_away(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    sent = {**OWN_PAGE, "Cookie": f"{COOKIE}={add_session(conn, world, add_person(conn, world).person_id)}"}

    out = client.delete("/v1/session", headers=sent)

    assert out.status_code == 204
    assert 'keitora-80=""' in out.headers["set-cookie"]
    assert client.get("/v1/me", headers=sent).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        "expires_at = now()",
        "seen_at = now() - idle",
        "ended_at = now()",
    ],
)
def test_a_session_that_was_idle_or_is_too_old_or_was_ended_opens_nothing(
    client: TestClient, conn: psycopg.Connection, world: World, change: str
) -> None:
    token = add_session(conn, world, add_person(conn, world).person_id)
    assert client.get("/v1/me", headers=bearer(token)).status_code == 200

    conn.execute(f"UPDATE person_session SET {change} WHERE fleet_id = {world.fleet.fleet_id}".encode())

    assert client.get("/v1/me", headers=bearer(token)).status_code == 401


def test_use_keeps_a_session_open_also_where_it_only_reads(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    token = add_session(conn, world, add_person(conn, world).person_id)
    ago = f"UPDATE person_session SET seen_at = now() - interval '23 hours' WHERE fleet_id = {world.fleet.fleet_id}"

    for method, body in (("GET", None), ("PATCH", {"locale": "en"})):
        conn.execute(ago.encode())
        assert client.request(method, "/v1/fleet", headers=bearer(token), json=body).status_code == 200
        [(age_s,)] = conn.execute(
            "SELECT extract(epoch FROM now() - seen_at) FROM person_session WHERE fleet_id = %s", [world.fleet.fleet_id]
        ).fetchall()
        assert age_s < 60


def test_another_password_ends_all_other_sessions(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    member = add_person(conn, world)
    this, that = (add_session(conn, world, member.person_id) for _ in range(2))
    body = {"password": PASSWORD, "new_password": "snow on the tin roof"}

    assert client.put("/v1/me/password", headers=bearer(this), json=body).status_code == 204

    assert client.get("/v1/me", headers=bearer(this)).status_code == 200
    assert client.get("/v1/me", headers=bearer(that)).status_code == 401
    assert sign_in(client, member.login_name).status_code == 401
    assert sign_in(client, member.login_name, "snow on the tin roof").status_code == 201


@pytest.mark.parametrize(
    ("password", "new_password", "location"),
    [
        ("wrong wrong wrong", "snow on the tin roof", "body.password"),
        (PASSWORD, "too short", "body.new_password"),
        (PASSWORD, "x" * 129, "body.new_password"),
        (PASSWORD, "password2026!", "body.new_password"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_one_that_is_guessed(
    client: TestClient, conn: psycopg.Connection, world: World, password: str, new_password: str, location: str
) -> None:
    member = add_person(conn, world)
    token = add_session(conn, world, member.person_id)

    body = {"password": password, "new_password": new_password}
    answer = client.put("/v1/me/password", headers=bearer(token), json=body)

    assert answer.status_code == 422
    assert [part["location"] for part in answer.json()["errors"]] == [location]
    assert new_password not in answer.text
    assert sign_in(client, member.login_name).status_code == 201


def test_guessing_the_present_password_at_an_open_session_is_counted_too(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    token = add_session(conn, world, add_person(conn, world).person_id)
    body = {"password": "wrong wrong wrong", "new_password": "snow on the tin roof"}
    told = [client.put("/v1/me/password", headers=bearer(token), json=body).status_code for _ in range(6)]

    assert told == [*[422] * 5, 429]


def test_a_manager_ends_anybodys_session_and_a_driver_his_own(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    manager, driver = add_person(conn, world), add_person(conn, world, "driver")
    chief = bearer(add_session(conn, world, manager.person_id))
    phone, own = (bearer(add_session(conn, world, driver.person_id)) for _ in range(2))

    listed = client.get("/v1/sessions", headers=chief).json()["items"]
    owned = client.get("/v1/sessions", headers=own).json()["items"]
    by_holder = {one["is_this"]: one["id"] for one in owned}
    [chiefs] = [one["id"] for one in listed if one["is_this"]]

    assert len(listed) == 3
    assert {one["person_id"] for one in owned} == {driver.person_id}
    assert client.delete(f"/v1/sessions/{chiefs}", headers=own).status_code == 404
    assert client.delete(f"/v1/sessions/{by_holder[False]}", headers=own).status_code == 204
    assert client.get("/v1/me", headers=phone).status_code == 401
    assert client.delete(f"/v1/sessions/{by_holder[True]}", headers=chief).status_code == 204
    assert client.get("/v1/me", headers=own).status_code == 401


def test_signing_in_and_failing_to_are_logged(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    member = add_person(conn, world)
    sign_in(client, member.login_name, "wrong wrong wrong")
    sign_in(client, member.login_name)

    assert [entry[:2] for entry in audit(conn, world)] == [
        (f"somebody, as {member.login_name}", "sign-in refused"),
        (f"{member.login_name}, person {member.person_id}", "signed in"),
    ]


def test_a_hash_made_with_old_parameters_is_renewed_by_signing_in(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    from argon2 import PasswordHasher  # noqa: PLC0415 -- only here

    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    member = add_person(conn, world, password_hash=old)

    assert sign_in(client, member.login_name).status_code == 201

    [(kept,)] = conn.execute("SELECT password_hash FROM person WHERE person_id = %s", [member.person_id]).fetchall()
    assert kept != old
    assert matches(PASSWORD, kept)


def test_every_answer_of_the_door_forbids_to_be_kept(app: FastAPI, client: TestClient, world: World) -> None:
    assert sign_in(client, "nobody-is-called-so").headers["cache-control"] == "no-store"


def test_a_token_planted_in_a_browser_before_it_signs_in_is_worthless_afterwards(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    planted = "ks_" + "A" * 43
    client.cookies.set(COOKIE, planted)

    body = {"login_name": add_person(conn, world).login_name, "password": PASSWORD}
    begun = client.post("/v1/session", json=body, headers=OWN_PAGE)
    client.cookies.clear()

    assert begun.status_code == 201
    assert planted not in begun.headers["set-cookie"]
    assert client.get("/v1/me", headers=bearer(planted)).status_code == 401


def test_each_sign_in_makes_another_token(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    name = add_person(conn, world).login_name

    assert len({sign_in(client, name).json()["token"] for _ in range(3)}) == 3

"""Two managers at once: nothing is lost without a word, nobody is kept waiting for ever, nothing goes wrong here."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import psycopg
import pytest
from pydantic import SecretStr

from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World, add_place, add_trip, add_upkeep
from tests.api.people import add_person, add_session, bearer
from tests.api.serving import served

ROUNDS = 12
Asked = tuple[str, str, Any]


@pytest.fixture(scope="module")
def url(api_database: str) -> Iterator[str]:
    app = create_app(ServiceSettings(database_url=SecretStr(api_database), database_pool_size=6), clock=lambda: NOW)
    with served(app) as url:
        yield url


def at_once(url: str, world: World, requests: list[Asked]) -> list[httpx2.Response]:
    """Ask all together, and return the answers in the order asked."""

    async def ask() -> list[httpx2.Response]:
        async with httpx2.AsyncClient(base_url=url, headers=world.headers(), timeout=30) as client:
            return await asyncio.gather(*(client.request(how, path, json=body) for how, path, body in requests))

    return asyncio.run(ask())


def get(url: str, world: World, path: str) -> Any:
    answer = httpx2.get(f"{url}{path}", headers=world.headers())
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_settings_changed_by_two_at_once_keep_both_changes(url: str, world: World) -> None:
    for number in range(ROUNDS):
        locale, units = ("en", "ja")[number % 2], ("km-per-l", "l-per-100km")[number % 2]
        currency = ("EUR", "USD")[number % 2]
        said: list[dict[str, str]] = [{"locale": locale}, {"units": units}, {"currency": currency}]

        answers = at_once(url, world, [("PATCH", "/v1/fleet", one) for one in said])

        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        told = get(url, world, "/v1/fleet")
        assert (told["locale"], told["units"], told["currency"]) == (locale, units, currency)


def test_an_account_that_is_closed_stays_closed_though_another_changes_its_role(
    url: str, conn: psycopg.Connection, world: World
) -> None:
    add_person(conn, world, "manager")  # somebody has to manage the fleet
    for _ in range(ROUNDS):
        member = add_person(conn, world, "driver")
        token = add_session(conn, world, member.person_id)
        path = f"/v1/people/{member.person_id}"

        answers = at_once(url, world, [("PATCH", path, {"is_disabled": True}), ("PATCH", path, {"role": "manager"})])

        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        [told] = [one for one in get(url, world, "/v1/people")["items"] if one["id"] == member.person_id]
        assert (told["role"], told["disabled_at"] is None) == ("manager", False)
        assert httpx2.get(f"{url}/v1/me", headers=bearer(token)).status_code == 401


def test_the_last_word_on_a_place_holds_whole_and_both_are_on_record(
    url: str, conn: psycopg.Connection, world: World
) -> None:
    place_id = add_place(conn, world)
    said: list[dict[str, Any]] = [
        {"name": f"Barn {one}", "kind": "base", "geometry": {"type": "Point", "coordinates": [138.1, 36.6 + one / 1e3]}}
        for one in range(6)
    ]
    said = [{**one, "radius_m": 50 + number} for number, one in enumerate(said)]

    answers = at_once(url, world, [("PUT", f"/v1/places/{place_id}", one) for one in said])

    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    told = get(url, world, f"/v1/places/{place_id}")
    assert (told["name"], told["radius_m"]) in {(one["name"], one["radius_m"]) for one in said}
    logged = [one for one in get(url, world, "/v1/audit")["items"] if one["object"] == f"/v1/places/{place_id}"]
    assert {one["after"]["name"] for one in logged} == {one["name"] for one in said}
    assert logged[0]["after"]["name"] == told["name"], "the newest on record is what holds"


def test_a_place_removed_while_it_is_changed_is_one_or_the_other(
    url: str, conn: psycopg.Connection, world: World
) -> None:
    body = {"name": "Shed", "geometry": {"type": "Point", "coordinates": [138.1, 36.6]}, "radius_m": 50}
    for _ in range(ROUNDS):
        path = f"/v1/places/{add_place(conn, world)}"

        changed, removed = at_once(url, world, [("PUT", path, body), ("DELETE", path, None)])

        assert removed.status_code == 204
        assert changed.status_code in {200, 404}
        assert httpx2.get(f"{url}{path}", headers=world.headers()).status_code == 404


def test_upkeep_changed_done_and_removed_at_once_loses_no_work_done(
    url: str, conn: psycopg.Connection, world: World
) -> None:
    vehicle_id = world.trucks[0].vehicle_id
    for _ in range(ROUNDS):
        path = f"/v1/upkeep/{add_upkeep(conn, world.trucks[0])}"
        body = {"vehicle_id": vehicle_id, "kind": "oil", "name": "Oil", "every_km": 6000}

        changed, done, again = at_once(
            url,
            world,
            [
                ("PUT", path, body),
                ("POST", f"{path}/done", {"done_on": "2026-11-20"}),
                ("POST", f"{path}/done", {"done_on": "2026-11-21"}),
            ],
        )

        assert (changed.status_code, done.status_code, again.status_code) == (200, 201, 201)
        told = get(url, world, f"{path}/done")["items"]
        assert [one["done_on"] for one in told] == ["2026-11-21", "2026-11-20"]


def test_what_two_say_of_a_trip_at_once_is_all_on_record_and_the_newest_counts(
    url: str, conn: psycopg.Connection, world: World
) -> None:
    start = add_trip(conn, world.trucks[0], NOW - timedelta(hours=2))
    path = f"/v1/trips/{trip_id(TripKey(world.trucks[0].vehicle_id, start))}"
    said: list[dict[str, str]] = [
        {"action": "describe", "purpose": purpose, "note": f"note {number}"}
        for number, purpose in enumerate(["work", "farm", "private", "commute"] * 3)
    ]

    answers = at_once(url, world, [("POST", f"{path}/overlay", one) for one in said])

    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    entries = get(url, world, f"{path}/overlay")["items"]
    assert {one["note"] for one in entries} == {one["note"] for one in said}
    newest = max(entries, key=lambda one: (one["entered_at"], one["id"]))
    told = get(url, world, path)
    assert (told["purpose"], told["note"]) == (newest["purpose"], newest["note"])

"""Sparse answers: on every list, and nothing else changes."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel

from keitora_api.app import FEATURES
from keitora_api.fields import chosen_fields, included, known_fields
from keitora_api.problems import ProblemError
from keitora_api.rights import RIGHTS
from keitora_api.routing import Route
from keitora_api.trips.schemas import TripAnswer, TripList
from tests.api.bodies import QUERIES
from tests.api.builders import NOW, World, add_trip
from tests.api.walk import headers_of, ids_of

WITHOUT = {
    "GET /v1/positions/stream",
    "GET /v1/vehicles/{vehicle_id}/samples.csv",
    "GET /v1/vehicles/{vehicle_id}/samples.parquet",
}
"""No JSON."""


def sparse_routes() -> dict[str, Route]:
    found = (route for router in FEATURES for route in router.routes)
    return {f"GET {route.path}": route for route in found if isinstance(route, Route) and route.known_fields}


def test_a_trip_tells_what_was_asked_for_and_no_more(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    add_trip(conn, world.trucks[0], NOW - timedelta(hours=2))
    whole = client.get("/v1/trips", headers=world.headers()).json()

    told = client.get("/v1/trips?fields=id,vehicle.name,distance_km&fields=start.lat", headers=world.headers()).json()

    [trip] = whole["items"]
    assert told == {
        **whole,
        "items": [
            {
                "id": trip["id"],
                "vehicle": {"name": trip["vehicle"]["name"]},
                "start": {"lat": trip["start"]["lat"]},
                "distance_km": trip["distance_km"],
            }
        ],
    }


def test_a_field_that_is_not_there_is_named_with_those_that_are(client: TestClient, world: World) -> None:
    answer = client.get("/v1/trips?fields=id,speed,vehicle.colour", headers=world.headers())

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unknown-field")
    assert answer.json()["errors"][0]["location"] == "query.fields"
    detail = answer.json()["detail"]
    assert detail.startswith(
        "there is no field speed, vehicle.colour; there are: id, vehicle, vehicle.id, vehicle.name,"
    )


def test_fewer_fields_are_another_answer_to_caches(client: TestClient, world: World) -> None:
    paths = ("/v1/vehicles", "/v1/vehicles?fields=id", "/v1/vehicles?fields=name")
    tags = [client.get(path, headers=world.headers()).headers["etag"] for path in paths]

    assert len(set(tags)) == 3
    again = client.get(paths[1], headers={**world.headers(), "If-None-Match": tags[1]})
    assert again.status_code == 304


def test_fields_are_chosen_by_their_own_names_also_in_other_units(client: TestClient, conn: Any, world: World) -> None:
    add_trip(conn, world.trucks[0], NOW - timedelta(hours=2))

    told = client.get("/v1/trips?fields=distance_km&units=us", headers=world.headers()).json()

    assert [set(item) for item in told["items"]] == [{"distance_mi"}]


def test_every_list_takes_fields_and_says_so(app: FastAPI) -> None:
    routes = sparse_routes()
    for path, told in app.openapi()["paths"].items():
        operation = f"GET {path}"
        if "get" not in told or "/v1/" not in path or "/exports/" in path:
            continue
        offered = [one for one in told["get"].get("parameters", ()) if one["name"] == "fields"]
        assert bool(offered) == (operation in routes) == (operation not in WITHOUT), operation
    assert len(routes) > 40


def test_every_route_tells_any_one_of_its_fields_alone(
    client: TestClient,
    conn: psycopg.Connection,
    busy: World,
) -> None:
    ids, headers = ids_of(conn, busy), headers_of(conn, busy, "manager")
    for operation, route in sparse_routes().items():
        path, query = operation.split()[1].format(**ids), QUERIES.get(operation, {})
        whole = client.get(path, headers=headers, params=query).json()
        for field in (route.known_fields[0], route.known_fields[-1]):
            answer = client.get(path, headers=headers, params={**query, "fields": field})

            assert answer.status_code == 200, operation
            assert_part(answer.json(), whole, field, operation)


def assert_part(told: dict[str, Any], whole: dict[str, Any], field: str, operation: str) -> None:
    first = field.split(".", maxsplit=1)[0]
    if "items" in whole:
        assert set(told) == set(whole), operation
        assert [set(item) for item in told["items"]] == [{first}] * len(whole["items"]), operation
    else:
        assert set(told) == {first}, operation


def test_fields_change_nothing_about_who_may(client: TestClient, world: World) -> None:
    assert client.get("/v1/keys?fields=id").status_code == 401
    assert client.get("/v1/keys?fields=id", headers=world.headers("driver")).status_code == 403
    assert "GET /v1/keys" in RIGHTS


class Inner(BaseModel):
    a: int
    b: int


class Outer(BaseModel):
    one: Inner
    maybe: Inner | None
    rows: list[Inner]
    either: Inner | TripAnswer
    plain: dict[str, int]


def test_nested_fields_are_those_of_one_model() -> None:
    assert known_fields(Outer) == ("one", "one.a", "one.b", "maybe", "maybe.a", "maybe.b", "rows", "either", "plain")
    assert known_fields(None) == known_fields(dict) == ()


def test_who_asks_for_the_whole_has_its_parts() -> None:
    assert included(frozenset({"one", "one.a", "maybe.b"}), Outer) == {"one": True, "maybe": {"b": True}}
    assert included(frozenset({"id"}), TripList) == {
        "time_zone": True,
        "items": {"__all__": {"id": True}},
        "next_cursor": True,
    }


@pytest.mark.parametrize(("said", "asked"), [([""], set()), ([" a , b"], {"a", "b"}), (["a", "b,a"], {"a", "b"})])
def test_fields_come_by_commas_or_repeated(said: list[str], asked: set[str]) -> None:
    assert chosen_fields(said, ("a", "b")) == asked


def test_a_name_that_is_not_known_is_refused_whatever_its_length() -> None:
    with pytest.raises(ProblemError) as refused:
        chosen_fields(["x" * 10_000], ("a",))
    assert len(refused.value.detail) < 200

"""The index of routes finds what trying them all in turn would have found."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import Match, NoMatchFound, Route

from keitora_api.routing import Index
from tests.api.builders import World
from tests.api.walk import operations


def scope(method: str, path: str, **more: Any) -> dict[str, Any]:
    return {"type": "http", "method": method, "path": path, "headers": [], **more}


def in_turn(app: FastAPI, asked: dict[str, Any]) -> Any:
    """Return the first route that fits, of all."""
    found = (route for route in app.routes if isinstance(route, Route) and route.matches(asked)[0] is Match.FULL)
    return next(found, None)


def test_every_route_is_in_the_index_and_is_the_first_that_fits(app: FastAPI) -> None:
    [index] = [route for route in app.routes if isinstance(route, Index)]

    for operation in [
        *operations(app),
        "GET /",
        "GET /v1/places/geojson",
        "GET /docs",
    ]:
        method, path = operation.split(" ")
        asked = scope(method, path.replace("{", "").replace("}", ""))
        match, found = index.matches(asked)

        assert match is Match.FULL, operation
        assert found["route"] is in_turn(app, asked), operation


@pytest.mark.parametrize(
    "asked",
    [("GET", "/v1/nothing"), ("GET", "/v1/trips/1/2/3"), ("PUT", "/v1/trips"), ("GET", "/problems/none"), ("GET", "")],
)
def test_what_is_not_found_is_left_to_the_routes_behind(app: FastAPI, asked: tuple[str, str]) -> None:
    [index] = [route for route in app.routes if isinstance(route, Index)]

    assert index.matches(scope(*asked))[0] is Match.NONE
    assert index.matches(scope("GET", "/v1/trips", root_path="/below"))[0] is Match.NONE
    with pytest.raises(NoMatchFound):
        index.url_path_for("list_trips")


def test_a_part_of_the_path_that_is_a_variable_reaches_the_route(client: TestClient, world: World) -> None:
    assert client.get("/v1/places/geojson", headers=world.headers()).json()["type"] == "FeatureCollection"
    assert client.get("/v1/places/999999", headers=world.headers()).status_code == 404
    assert client.put("/v1/trips", headers=world.headers()).headers["allow"] == "GET"
    assert client.get("/web/app.js").status_code == 200

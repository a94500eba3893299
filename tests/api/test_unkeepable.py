"""What JSON can say and nobody can keep is refused by its place: NULs, halves of characters, times of no calendar."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from keitora_api.unkeepable import HALF, NUL, unkeepable
from tests.api.bodies import BODIES
from tests.api.builders import World
from tests.api.walk import ids_of

SQUARE: Final = {"type": "Polygon", "coordinates": [[[138.1, 36.6], [138.2, 36.6], [138.2, 36.7], [138.1, 36.6]]]}
NOT_WALKED: Final = {
    "PUT /v1/me/password": "only for people",
    "POST /v1/session": "who is not known is told no more than that",
    "POST /v1/invitations/look": "a token that nobody has is a 404",
    "POST /v1/invitations/accept": "the same",
    "POST /v1/places/geojson": "its names are tested below",
    "POST /v1/vehicles/{vehicle_id}/devices": "what is no device's key is a 409",
}
OUT_OF_TIME: Final = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1969-12-31T23:59:59Z",
    "2200-01-01T00:00:00Z",
)


def texts_of(app: FastAPI, operation: str) -> Iterator[str]:
    """Yield the fields of a route's body that take any text."""
    method, path = operation.split()
    told = app.openapi()
    [content] = told["paths"][path][method.lower()]["requestBody"]["content"].values()
    schema = content["schema"]
    if "$ref" in schema:
        schema = told["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for name, said in schema.get("properties", {}).items():
        forms = said.get("anyOf", [said])
        if any(form.get("type") == "string" and not {"enum", "const", "format"} & set(form) for form in forms):
            yield name


def send(client: TestClient, world: World, operation: str, body: Any, **headers: str) -> Any:
    """Return the problem that is answered; the body is sent as ASCII, which can say what UTF-8 cannot."""
    method, path = operation.split()
    answer = client.request(
        method,
        path,
        content=json.dumps(body),
        headers={**world.headers(), "Content-Type": "application/json", **headers},
    )
    assert answer.status_code == 422, (operation, body, answer.text)
    return answer.json()


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_every_text_of_every_body_that_cannot_be_kept_is_refused_by_its_name(
    app: FastAPI, client: TestClient, conn: Any, busy: World, text: str
) -> None:
    ids = ids_of(conn, busy)
    tried = 0
    for operation, body in BODIES.items():
        if body is None or operation in NOT_WALKED:
            continue
        for name in texts_of(app, operation):
            known = {**body, **({"vehicle_id": ids["vehicle_id"]} if "vehicle_id" in body else {})}
            problem = send(client, busy, operation.format(**ids), {**known, name: text})

            assert [part["location"] for part in problem["errors"]] == [f"body.{name}"], (operation, problem)
            tried += 1
    assert tried >= 30


@pytest.mark.parametrize(("name", "detail"), [("a\0b", NUL), ("a\ud800b", HALF)])
def test_names_of_imported_places_are_refused_by_their_row(
    client: TestClient, world: World, name: str, detail: str
) -> None:
    feature = {"type": "Feature", "properties": {"name": name}, "geometry": SQUARE}
    body = {"type": "FeatureCollection", "features": [feature]}
    problem = send(client, world, "POST /v1/places/geojson", body)

    assert problem["errors"] == [{"location": "body.features.0.properties.name", "detail": detail}]


def test_a_row_among_many_is_refused_by_its_field(client: TestClient, world: World) -> None:
    trucks = {"items": [{"name": "D"}, {"name": "E", "plate": "\0"}]}
    filled = {"vehicle_id": world.trucks[0].vehicle_id, "filled_at": "2026-11-20T00:00:00Z", "volume_l": 20}
    fills = {"items": [filled, {**filled, "note": "\0"}]}

    for operation, body, place in (
        ("POST /v1/vehicles/bulk", trucks, "body.items.1.plate"),
        ("POST /v1/fill-ups/bulk", fills, "body.items.1.note"),
    ):
        assert send(client, world, operation, body)["errors"] == [{"location": place, "detail": NUL}]


def test_what_stands_in_an_address_or_a_header_is_refused_by_its_name(client: TestClient, world: World) -> None:
    asked = client.get("/v1/search", params={"q": "a\0b"}, headers=world.headers()).json()
    body = {"name": "D"}
    keyed = send(client, world, "POST /v1/vehicles", body, **{"Idempotency-Key": "a\0b"})

    assert asked["errors"] == [{"location": "query.q", "detail": NUL}]
    assert keyed["errors"] == [{"location": "header.idempotency-key", "detail": NUL}]


def test_passwords_are_whole_characters(client: TestClient, world: World) -> None:
    body = {"login_name": "nobody", "password": "\ud800", "kind": "bearer"}
    assert send(client, world, "POST /v1/session", body)["errors"][0]["location"] == "body.password"


@pytest.mark.parametrize("at", OUT_OF_TIME)
def test_times_at_the_edge_of_the_calendar_are_refused_by_their_name(client: TestClient, world: World, at: str) -> None:
    truck = {"vehicle_id": world.trucks[0].vehicle_id}
    fill, charge = {**truck, "filled_at": at, "volume_l": 20}, {**truck, "charged_at": at, "energy_kwh": 9}
    reading = {**truck, "read_at": at, "odometer_km": 9}
    for operation, body, place in (
        ("POST /v1/fill-ups", fill, "body.filled_at"),
        ("POST /v1/fill-ups/bulk", {"items": [fill]}, "body.items.0.filled_at"),
        ("POST /v1/charges", charge, "body.charged_at"),
        ("POST /v1/charges/bulk", {"items": [charge]}, "body.items.0.charged_at"),
        ("POST /v1/odometer/bulk", {"items": [reading]}, "body.items.0.read_at"),
    ):
        [part] = send(client, world, operation, body)["errors"]
        assert part["location"] == place
        assert "1970 to 2199" in part["detail"]


@pytest.mark.parametrize("name", ["\x1d", "\x85", "\u3000\t", "\ufeff"])
def test_a_name_has_something_to_be_seen(client: TestClient, world: World, name: str) -> None:
    for operation, body in (
        ("POST /v1/invitations", {"name": name, "role": "driver"}),
        ("POST /v1/vehicles", {"name": name}),
        ("POST /v1/places", {"name": name, "geometry": SQUARE}),
    ):
        assert send(client, world, operation, body)["errors"][0]["location"] == "body.name", operation


def test_names_of_parts_are_looked_at_too() -> None:
    [part] = unkeepable({"a": [{"b\0": 1}]}, "body")
    assert (part.location, part.detail) == ("body.a.0", rf"'b\x00': {NUL}")

"""Whatever is asked, the answer is never that something went wrong here."""

from typing import Any, Final

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api.builders import World

TEXTS: Final = (
    "", " ", "\0", "a\0b", "%00", "'; DROP TABLE trip; --", "畑" * 300, "-1", "0", "2147483648", "9" * 30, "NaN",
    "null", "true", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "-62135596800000",
    "253402300799999", "2026-02-30T00:00:00Z", "1-zzzzzzzzz", "1_zzzzzzzzzzz", "9999-12-31_1", "0000-00-00_1", "{}",
    "1e309", "..",
)  # fmt: skip
ENDLESS: Final = {"/v1/positions/stream"}
NEEDED: Final = {"signal": "speed_kmh", "q": "a"}


def operations(app: FastAPI) -> list[tuple[str, dict[str, Any]]]:
    return [
        (path, offered["get"])
        for path, offered in app.openapi()["paths"].items()
        if "get" in offered and path.startswith("/v1/") and path not in ENDLESS
    ]


@pytest.mark.slow
@pytest.mark.parametrize("text", TEXTS)
def test_no_value_of_any_parameter_of_any_route_is_an_unexpected_error(
    app: FastAPI, client: TestClient, world: World, text: str
) -> None:
    for path, told in operations(app):
        whole = path
        parameters = [one for one in told.get("parameters", []) if one["in"] in {"query", "path"}]
        for one in parameters:
            if one["in"] == "path":
                whole = whole.replace(f"{{{one['name']}}}", "1")
        names = [one["name"] for one in parameters if one["in"] == "query"]
        required = {name: value for name, value in NEEDED.items() if name in names}
        for one in parameters:
            asked = whole if one["in"] == "query" else path.replace(f"{{{one['name']}}}", "hostile")
            query = {**required, one["name"]: text} if one["in"] == "query" else required
            answer = client.get(asked, headers=world.headers(), params=query)
            assert answer.status_code < 500, (path, one["name"], text, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["type"].startswith("/problems/")

"""The API's description is rich enough for pleasant clients, and true."""

import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from jsonschema import Draft202012Validator

from keitora_api.description.examples import complete
from keitora_api.description.names import OPERATION_IDS
from keitora_api.problems import KINDS
from keitora_api.rights import NOBODY_ASKED, RIGHTS
from tests.api.test_http import operations

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "api.md"


def test_every_operation_has_a_name_of_its_own_that_reads_well(app: FastAPI) -> None:
    named = {f"{name.split()[0].upper()} {name.split()[1]}": told["operationId"] for name, told in operations(app)}

    assert named == OPERATION_IDS
    assert len(set(named.values())) == len(named)
    for name in named.values():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name), name


def test_a_name_says_whether_one_or_a_list_is_told(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    for name, told in operations(app):
        if not name.startswith("get /v1/"):
            continue
        answer = told["responses"]["200"]["content"].get("application/json", {}).get("schema", {})
        fields = schemas.get(answer.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
        is_list = told["operationId"].startswith("list_")
        if told["operationId"] in {"search", "get_signals", "get_service"}:
            continue  # lists as well, but not of what the route is called by
        assert is_list == ("items" in fields), name


def values_of(schema: dict[str, Any]) -> list[Any]:
    return [one for one in schema.get("examples", ()) if one is not None]


def test_every_field_has_an_example(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    for name, model in schemas.items():
        assert values_of(model), name
        for field, told in model["properties"].items():
            assert "$ref" in told or told.get("type") == "null" or values_of(told), (name, field)


def test_every_example_is_true_to_its_schema(app: FastAPI) -> None:
    schema = app.openapi()
    for name, model in schema["components"]["schemas"].items():
        for where, told in ((name, model), *model["properties"].items()):
            checker = Draft202012Validator({**told, "components": schema["components"]})
            for example in told.get("examples", ()):
                assert [error.message for error in checker.iter_errors(example)] == [], (name, where)


def test_every_parameter_example_is_true_to_its_schema(app: FastAPI) -> None:
    for name, told in operations(app):
        for parameter in told.get("parameters", ()):
            examples = list(parameter["schema"].get("examples", ()))
            if "example" in parameter:
                examples.append(parameter["example"])
            for example in examples:
                assert Draft202012Validator(parameter["schema"]).is_valid(example), (name, parameter["name"])


def test_problems_that_follow_from_what_a_route_is_are_told(app: FastAPI) -> None:
    for name, told in operations(app):
        method, path = name.split()
        statuses = set(told["responses"])
        if RIGHTS[f"{method.upper()} {path}"] is not NOBODY_ASKED:
            assert {"401", "403"} <= statuses, name
        if "requestBody" in told:
            assert {"408", "413"} <= statuses, name
        offered = {one["name"] for one in told.get("parameters", ())}
        assert ("400" in statuses) == ("fields" in offered), name
        if "Idempotency-Key" in offered:
            examples = told["responses"]["422"]["content"]["application/problem+json"]["examples"]
            assert {one["value"]["type"] for one in examples.values()} == {
                "/problems/invalid-request",
                "/problems/key-reused",
            }, name


def test_every_kind_of_problem_is_named_in_the_schema_and_on_the_page(app: FastAPI) -> None:
    kinds = {kind.type: kind.status for kind in KINDS}
    enumerated = app.openapi()["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
    listed = re.findall(r"^\| (\d{3}) \| `(/problems/[a-z-]+)` \| \S.* \|$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert set(enumerated) == {*kinds, "about:blank"}
    assert {name: int(status) for status, name in listed} == kinds
    assert [int(status) for status, _ in listed] == sorted(kinds.values())


def test_every_tag_is_described_and_used(app: FastAPI) -> None:
    schema = app.openapi()
    used = {tag for _, told in operations(app) for tag in told["tags"]}

    assert used == {tag["name"] for tag in schema["tags"]}
    assert all(tag["description"] for tag in schema["tags"])


def test_an_example_is_found_in_what_is_around_a_field() -> None:
    inner = {"properties": {"a": {"type": "integer"}, "b": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}
    outer: dict[str, Any] = {
        "properties": {
            "one": {"$ref": "#/components/schemas/Inner"},
            "b": {"type": "string", "examples": ["elsewhere"]},
            "kind": {"const": "x"},
            "maybe": {"anyOf": [{"$ref": "#/components/schemas/Inner"}, {"type": "null"}]},
        },
        "examples": [{"one": {"a": 3, "b": None}, "b": "own", "kind": "x", "maybe": None}],
    }
    schemas = {"Inner": inner, "Outer": outer}

    complete(schemas)

    assert inner["properties"] == {
        "a": {"type": "integer", "examples": [3]},
        "b": {"anyOf": [{"type": "string"}, {"type": "null"}], "examples": ["elsewhere"]},
    }
    assert outer["properties"]["maybe"]["examples"] == inner["examples"]

"""What happens around every answer: ETags, compression, headers, the front page, health, metrics, OpenAPI."""

import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError

from keitora_api.app import create_app
from keitora_api.pages.routes import WEB
from keitora_api.rights import NOBODY_ASKED, RIGHTS
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW, World, add_latest, add_trip, insert


def test_an_unchanged_list_is_not_sent_again(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    first = client.get("/v1/trips", headers=world.headers())
    tag = first.headers["etag"]

    again = client.get("/v1/trips", headers={**world.headers(), "If-None-Match": f'"other", {tag}'})

    assert tag.startswith('W/"')
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert again.headers["cache-control"] == first.headers["cache-control"] == "private, no-cache"

    add_trip(conn, world.trucks[0], NOW - timedelta(hours=1))
    changed = client.get("/v1/trips", headers={**world.headers(), "If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_problems_carry_no_tag(client: TestClient, world: World) -> None:
    assert "etag" not in client.get("/v1/trips/1-a", headers=world.headers()).headers


def test_long_answers_are_compressed_on_request(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    for number in range(10):
        add_trip(conn, world.trucks[0], NOW - timedelta(hours=number))

    plain = client.get("/v1/trips", headers={**world.headers(), "Accept-Encoding": "identity"})
    packed = client.get("/v1/trips", headers={**world.headers(), "Accept-Encoding": "gzip"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    assert packed.headers["etag"] == plain.headers["etag"]
    assert packed.json() == plain.json()


@pytest.mark.parametrize("path", ["/", "/docs", "/web/app.js", "/v1/trips", "/healthz", "/nothing", "/openapi.json"])
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path, headers={"Origin": "https://elsewhere.example"}).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["img-src"] == "'self' data:"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_only_the_configured_tile_host_may_be_loaded_from(api_database: str) -> None:
    settings = ServiceSettings(
        database_url=SecretStr(api_database), tile_url="https://tiles.example:8443/{z}/{x}/{y}.png"
    )
    client = TestClient(create_app(settings))

    assert "img-src 'self' data: https://tiles.example:8443;" in client.get("/").headers["content-security-policy"]
    assert client.get("/page-settings.json").json()["tile_url"] == settings.tile_url


@pytest.mark.parametrize("tile_url", ["tiles.example/{z}/{x}/{y}", "ftp://a/{z}/{x}/{y}", "https://a/{z}/{x}"])
def test_a_tile_address_that_cannot_work_is_refused(tile_url: str) -> None:
    with pytest.raises(ValidationError, match="tile address"):
        ServiceSettings(database_url=SecretStr("postgresql://a@b/c"), tile_url=tile_url)


def test_the_front_page_loads_nothing_foreign(client: TestClient) -> None:
    assert client.get("/page-settings.json").json()["tile_url"] is None
    for path in WEB.iterdir():
        text = path.read_text("utf-8")
        addresses = set(re.findall(r"https?://[^\s\"'`)]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, path.name
        if path.suffix == ".html":
            assert not re.search(r"<style|\sstyle=|<script>|\son\w+=", text), path.name


def test_every_part_of_the_front_page_is_there(client: TestClient) -> None:
    for page in ("/", "/docs", "/join", "/settings", "/add-truck"):
        html = client.get(page).text
        for address in re.findall(r'(?:src|href)="(/[^"]*)"', html):
            assert client.get(address).status_code == 200, address
    for path in WEB.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', path.read_text("utf-8")):
            assert client.get(f"/web/{name}").headers["content-type"].startswith("text/javascript"), name


def test_every_text_exists_in_both_languages_and_is_used(client: TestClient) -> None:
    catalogues = {"texts.js": "const TEXTS = {", "log-texts.js": "export const LOG_TEXTS = {"}
    entries: list[tuple[str, str, str]] = []
    for file, begin in catalogues.items():
        catalogue = (WEB / file).read_text("utf-8")
        block = catalogue[catalogue.index(begin) : catalogue.index("\n};")]
        found = re.findall(r'^  (\w+): \[\s*"((?:[^"\\]|\\.)+)",\s*"((?:[^"\\]|\\.)+)",?\s*\],?$', block, re.MULTILINE)
        assert len(found) == len(re.findall(r"^  \w+:", block, re.MULTILINE)), file
        entries += found
    names = {name for name, _, _ in entries}
    code = "".join(path.read_text("utf-8") for path in WEB.iterdir() if path.name not in catalogues)
    used = set(re.findall(r'(?<![\w.-])(?:text|button|done)\("(\w+)"', code))
    used |= set(re.findall(r'data-(?:text|label|wrong|page)="(\w+)"', code))
    used |= set(re.findall(r'"((?:log|thing)[A-Z]\w*)"', code))

    assert used <= names
    by_value = {"moving", "idling", "charging", "standing", "parked", "silent", "unheard"}
    by_value |= {"seconds", "minutes", "hours", "days", "ago", "now"}
    schemas = client.get("/openapi.json").json()["components"]["schemas"].values()
    by_value |= {f"field_{name}" for schema in schemas for name in schema.get("properties", {})}
    assert sorted(names - used - by_value) == []
    for _, english, japanese in entries:
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", japanese))


def test_health_tells_the_newest_sign_of_life_of_each_service(client: TestClient, conn: psycopg.Connection) -> None:
    for instance, age_s in (("a", 60), ("b", 3)):
        insert(conn, "service_heartbeat", service="derive", instance=instance, beat_at=NOW - timedelta(seconds=age_s))

    body = client.get("/healthz").json()

    assert body["status"] == "ok"
    assert {"service": "derive", "beat_at": "2026-11-22T02:59:57Z", "age_s": 3.0} in body["services"]


def test_health_names_the_migration_if_the_role_may_read_it(client: TestClient, conn: psycopg.Connection) -> None:
    assert re.fullmatch(r"\d{4}", client.get("/healthz").json()["migration"])

    conn.execute("REVOKE SELECT ON alembic_version FROM keitora_api")
    try:
        assert client.get("/healthz").json()["migration"] is None
    finally:
        conn.execute("GRANT SELECT ON alembic_version TO keitora_api")


def test_metrics_count_by_route_and_hold_no_tenants_data(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    add_latest(conn, truck, NOW)
    detail = '{"backlog_vehicles": 4, "note": "x"}'
    insert(conn, "service_heartbeat", service="d2", instance="i", beat_at=NOW - timedelta(seconds=7), detail=detail)
    client.get("/v1/trips/1-a", headers=world.headers())
    client.get("/something/never/seen")

    text = client.get("/metrics").text
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

    assert samples["keitora_api_requests_total", "/v1/trips/{trip_id}", "404", "GET"] >= 1
    assert samples["keitora_api_requests_total", "404", "GET", "unmatched"] >= 1
    assert samples["keitora_service_heartbeat_age_seconds", "d2", "i"] == 7
    assert samples["keitora_service_detail", "backlog_vehicles", "d2", "i"] == 4
    assert samples[("keitora_database_up",)] == 1
    [vehicle_count] = conn.execute("SELECT count(*) FROM vehicle WHERE archived_at IS NULL").fetchone() or [None]
    assert samples["keitora_installation_count", "vehicles"] == vehicle_count
    assert samples[("keitora_newest_sample_age_seconds",)] == 0
    assert world.fleet.name not in text
    assert "never" not in text


def operations(app: FastAPI) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", told) for path, found in app.openapi()["paths"].items() for method, told in found.items()
    ]


def test_every_operation_is_described(app: FastAPI) -> None:
    schema = app.openapi()
    for name, told in operations(app):
        assert told["summary"], name
        assert told["description"], name
        assert set(told["tags"]) <= {tag["name"] for tag in schema["tags"]}, name
        for parameter in told.get("parameters", []):
            assert parameter["description"], (name, parameter["name"])
        (status,) = [status for status in told["responses"] if status < "300"]
        if status == "204":
            continue
        content, *_ = told["responses"][status]["content"].values()
        reference = content.get("schema", {}).get("$ref", "").split("/")[-1]
        assert content.get("example") or schema["components"]["schemas"][reference]["examples"], name


def name_of(operation: str) -> str:
    method, path = operation.split()
    return f"{method.upper()} {path}"


def test_every_operation_tells_its_problems(app: FastAPI) -> None:
    for name, told in operations(app):
        problems = {status: answer for status, answer in told["responses"].items() if status >= "400"}
        assert "500" in problems, name
        if "/v1/" in name:
            assert {"401", "422", "500", "503"} <= set(problems), name
            assert told.get("security") or RIGHTS[name_of(name)] is NOBODY_ASKED, name
        for answer in problems.values():
            assert set(answer["content"]) == {"application/problem+json"}, name
            told_of = answer["content"]["application/problem+json"]
            assert told_of.get("example") or told_of["examples"], name


def test_every_field_is_described_and_every_reference_resolves(app: FastAPI) -> None:
    schema = app.openapi()
    schemas = schema["components"]["schemas"]
    for name, model in schemas.items():
        assert model.get("description"), name
        for field, told in model["properties"].items():
            assert told.get("description"), (name, field)
    references = set(re.findall(r"#/components/schemas/(\w+)", str(schema)))
    assert references <= set(schemas)
    assert set(schema["components"]["securitySchemes"]) == {"bearer", "header", "cookie"}


def test_examples_are_true_to_their_schemas(app: FastAPI) -> None:
    from keitora_api.fleet.schemas import FleetAnswer  # noqa: PLC0415
    from keitora_api.health.schemas import Health  # noqa: PLC0415
    from keitora_api.overlays.schemas import EntryAnswer, EntryList  # noqa: PLC0415
    from keitora_api.places.schemas import PlaceAnswer, PlaceBody, PlaceList, SuggestionList  # noqa: PLC0415
    from keitora_api.positions.schemas import LatestList  # noqa: PLC0415
    from keitora_api.stats.schemas import FuelStats  # noqa: PLC0415
    from keitora_api.trips.schemas import Track, TripAnswer, TripList  # noqa: PLC0415
    from keitora_api.vehicles.schemas import VehicleList  # noqa: PLC0415
    from keitora_api.visits.schemas import FarmStats, VisitList  # noqa: PLC0415

    read = (FleetAnswer, Health, LatestList, FuelStats, Track, TripAnswer, TripList, VehicleList, FarmStats, VisitList)
    for model in (*read, EntryAnswer, EntryList, PlaceAnswer, PlaceBody, PlaceList, SuggestionList):
        for example in app.openapi()["components"]["schemas"][model.__name__]["examples"]:
            model.model_validate(example)

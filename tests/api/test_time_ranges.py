"""`from` is inclusive and `to` exclusive on every route that takes them; what that means is one of three things."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api.bodies import QUERIES
from tests.api.builders import World
from tests.api.walk import ids_of

BEGAN = {
    "/v1/trips": "started_at",
    "/v1/driverless-trips": "started_at",
    "/v1/episodes": "opened_at",
    "/v1/fill-ups": "filled_at",
}
"""Things that began within [from, to), and the field that says when."""
TOUCHED = {
    "/v1/stops": ("started_at", "ended_at"),
    "/v1/idling": ("started_at", "ended_at"),
    "/v1/visits": ("entered_at", "left_at"),
    "/v1/charges": ("started_at", None),
    "/v1/tank-events": ("from_at", "to_at"),
}
"""Things of which some part lies within [from, to), and the fields that say from when until before when."""
DAYS = {
    "/v1/days": "local_date",
    "/v1/driver-days": "local_date",
    "/v1/stats": "bucket_local_date",
    "/v1/stats/fuel": "bucket_local_date",
    "/v1/stats/farm": "bucket_local_date",
}
"""Local days that [from, to) touches, each whole."""
ELSEWHERE = {
    "/v1/states": "the state at `from`, then changes: test_states.py",
    "/v1/overlays/orphans": "the moments that entries speak of: test_overlays.py",
    "/v1/fuel-balance": "one row for each truck over the local days: test_fill_ups.py",
    "/v1/vehicles/{vehicle_id}/signals": "pieces of time: test_signals.py",
    "/v1/vehicles/{vehicle_id}/samples.csv": "rows, each of a moment: test_signals.py",
    "/v1/vehicles/{vehicle_id}/samples.parquet": "the same rows: test_signals.py",
    "/v1/exports/{what}.csv": "as the lists: test_exports.py",
    "/v1/exports/{what}.xlsx": "as the lists: test_exports.py",
    "/v1/exports/tracks.gpx": "as trips: test_exports.py",
    "/v1/exports/tracks.geojson": "as trips: test_exports.py",
}
TICK = timedelta(milliseconds=1)
CHARGED = timedelta(hours=1)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def asked(client: TestClient, world: World, path: str, from_at: datetime, to_at: datetime) -> list[Any]:
    params = {"from": from_at.isoformat(), "to": to_at.isoformat()}
    if path.startswith("/v1/stats"):
        params["bucket"] = "day"
    answer = client.get(path, headers=world.headers(), params=params)
    assert answer.status_code == 200, (path, answer.text)
    found: list[Any] = answer.json()["items"]
    return found


def first_of(client: TestClient, world: World, path: str) -> Any:
    params = {"bucket": "day"} if path.startswith("/v1/stats") else {}
    items = client.get(path, headers=world.headers(), params=params).json()["items"]
    assert items, path
    return items[0]


@pytest.mark.parametrize(("path", "field"), BEGAN.items())
def test_what_began_at_from_is_in_and_what_began_at_to_is_not(
    client: TestClient,
    busy: World,
    path: str,
    field: str,
) -> None:
    began = moment(first_of(client, busy, path)[field])

    assert asked(client, busy, path, began, began + TICK) != []
    assert asked(client, busy, path, began - TICK, began) == []
    assert asked(client, busy, path, began + TICK, began + 2 * TICK) == []


@pytest.mark.parametrize(("path", "fields"), TOUCHED.items())
def test_what_ends_at_from_is_not_in_and_what_begins_at_to_is_not(
    client: TestClient,
    busy: World,
    path: str,
    fields: tuple[str, str | None],
) -> None:
    item = first_of(client, busy, path)
    began = moment(item[fields[0]])
    ended = began + CHARGED if fields[1] is None else moment(item[fields[1]])
    within = began + (ended - began) / 2

    def starts(found: list[Any]) -> list[str]:
        return [one[fields[0]] for one in found]

    for from_at, to_at in ((began - TICK, began + TICK), (within, within + TICK), (ended - TICK, ended + TICK)):
        assert item[fields[0]] in starts(asked(client, busy, path, from_at, to_at)), (from_at, to_at)
    for from_at, to_at in ((began - TICK, began), (ended, ended + TICK)):
        assert item[fields[0]] not in starts(asked(client, busy, path, from_at, to_at)), (from_at, to_at)


@pytest.mark.parametrize(("path", "field"), DAYS.items())
def test_a_local_day_is_in_as_soon_as_it_is_touched(
    client: TestClient,
    busy: World,
    path: str,
    field: str,
) -> None:
    told = first_of(client, busy, path)[field]
    begins = datetime.combine(date.fromisoformat(told), datetime.min.time(), ZoneInfo("Asia/Tokyo")).astimezone(UTC)
    ends = begins + timedelta(days=1)

    def days(from_at: datetime, to_at: datetime) -> list[str]:
        return [one[field] for one in asked(client, busy, path, from_at, to_at)]

    assert told in days(begins, begins + TICK)
    assert told in days(ends - TICK, ends)
    assert told not in days(begins - TICK, begins)
    assert told not in days(ends, ends + TICK)


def test_every_route_that_takes_them_says_so_alike_and_is_walked_here(
    app: FastAPI,
    client: TestClient,
    conn: psycopg.Connection,
    busy: World,
) -> None:
    taking, said = set(), set()
    for path, told in app.openapi()["paths"].items():
        parameters = {one["name"]: one for one in told.get("get", {}).get("parameters", ()) if one["in"] == "query"}
        if not {"from", "to"} & set(parameters):
            continue
        taking.add(path)
        said.add((parameters["from"]["description"], parameters["to"]["description"]))
        turned = {"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z", **QUERIES.get(f"GET {path}", {})}
        answer = client.get(path.format(**ids_of(conn, busy)), headers=busy.headers(), params=turned)
        assert (answer.status_code, answer.json()["errors"][0]["location"]) == (422, "query.to"), path
    assert taking == BEGAN.keys() | TOUCHED.keys() | DAYS.keys() | ELSEWHERE.keys()
    assert len(said) == 1

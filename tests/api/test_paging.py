"""Cursors, and which lists are told in pages; that pages joined are the list: test_pages_joined.py."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from keitora_api.paging import TimeKey, cursor_of, parse_cursor
from keitora_api.problems import ProblemError
from tests.api.builders import NOW, World, add_fill_up

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- aware by timezones
keys = st.builds(TimeKey, moments, st.integers(1, 2**31 - 1))


@given(keys)
def test_a_cursor_is_read_as_it_was_written(key: TimeKey) -> None:
    assert parse_cursor(cursor_of(key)) == key


@pytest.mark.parametrize("text", ["", "x", "1", "1_0", "_1", "1_1_1", "1_99999999999", "9" * 18 + "_1", "１_1"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ProblemError, match="a cursor must be passed on"):
        parse_cursor(text)


def test_fill_ups_come_page_by_page(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    at = NOW - timedelta(days=9)
    ids = [add_fill_up(conn, world, at + timedelta(hours=number // 2)) for number in range(7)]  # twos at one time
    seen: list[int] = []
    cursor: str | None = None
    for number in range(4):
        params: dict[str, str | int] = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        told = client.get("/v1/fill-ups", headers=world.headers(), params=params).json()
        seen += [one["id"] for one in told["items"]]
        cursor = told["next_cursor"]
        assert (cursor is None) == (number == 3)
        add_fill_up(conn, world, at - timedelta(hours=number + 1))  # before all: on no page that is still to come

    assert seen == ids


GROWING = {
    "/v1/audit", "/v1/charges", "/v1/days", "/v1/devices", "/v1/driverless-trips", "/v1/episodes", "/v1/fill-ups",
    "/v1/idling", "/v1/quality", "/v1/stats", "/v1/stops", "/v1/tank-events", "/v1/trips", "/v1/visits",
}  # fmt: skip
"""Lists that grow with every day."""
BOUNDED = {
    "/v1/driver-days", "/v1/overlays/orphans", "/v1/states", "/v1/stats/fuel", "/v1/stats/farm", "/v1/fuel-balance",
    "/v1/vehicles/{vehicle_id}/signals",
}  # fmt: skip
"""Take a time and are told whole: their length is bounded by it, or by what a chart shows."""


def test_every_list_that_grows_is_told_in_pages(app: FastAPI, client: TestClient, world: World) -> None:
    paged = set()
    for path, told in app.openapi()["paths"].items():
        parameters = {one["name"]: one for one in told.get("get", {}).get("parameters", ()) if one["in"] == "query"}
        if "from" in parameters and not path.startswith("/v1/exports/") and not path.endswith((".csv", ".parquet")):
            assert path in GROWING | BOUNDED, path
        if "cursor" not in parameters:
            continue
        paged.add(path)
        bounds = parameters["limit"]["schema"]
        assert (bounds["minimum"], bounds["maximum"]) == (1, 1000), path
        for wrong in ({"limit": 0}, {"limit": 1001}, {"cursor": "nonsense"}):
            answer = client.get(path, headers=world.headers(), params=wrong)
            assert (answer.status_code, len(answer.json()["errors"])) == (422, 1), (path, wrong)
    assert paged == GROWING

"""What holds for the answer to every GET: an ETag, a 304 for who has it, gzip; streams and files have no tag."""

import gzip
from typing import Any

import psycopg
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.api.bodies import ENDLESS, QUERIES
from tests.api.builders import World
from tests.api.walk import headers_of, ids_of, operations

STREAMED = {
    "GET /v1/vehicles/{vehicle_id}/samples.csv",
    "GET /v1/vehicles/{vehicle_id}/samples.parquet",
    "GET /v1/exports/{what}.csv",
    "GET /v1/exports/{what}.xlsx",
    "GET /v1/exports/tracks.gpx",
    "GET /v1/exports/tracks.geojson",
}
"""Sent as they are read: nobody knows their end when they begin."""
CHANGING = {"GET /v1/service"}
"""Tells the free disk, which is another from one moment to the next."""
SMALLEST_PACKED_BYTES = 1000


def asked(client: TestClient, operation: str, ids: dict[str, Any], headers: dict[str, str]) -> Any:
    path = operation.split()[1].format(**ids)
    return client.get(path, headers=headers, params=QUERIES.get(operation, {}))


def test_every_answer_has_a_tag_and_is_not_sent_to_who_has_it(
    app: FastAPI,
    client: TestClient,
    conn: psycopg.Connection,
    busy: World,
) -> None:
    ids, headers = ids_of(conn, busy), headers_of(conn, busy, "manager")
    tagged = set()
    for operation in operations(app):
        if not operation.startswith("GET /v1/") or operation in ENDLESS:
            continue
        first = asked(client, operation, ids, headers)
        if first.status_code == 501:
            continue  # what writes Parquet is installed by who wants it
        assert first.status_code == 200, operation
        assert ("etag" in first.headers) == (operation not in STREAMED), operation
        if operation in STREAMED:
            assert first.headers["cache-control"] == "no-store", operation
            continue
        assert first.headers["cache-control"] == "private, no-cache", operation
        assert {"Authorization", "Cookie"} <= set(first.headers["vary"].split(", ")), operation
        if operation in CHANGING:
            continue
        again = asked(client, operation, ids, {**headers, "If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), operation
        other = asked(client, operation, ids, {**headers, "If-None-Match": 'W/"another"'})
        assert (other.status_code, other.content) == (200, first.content), operation
        tagged.add(operation)
    assert len(tagged) > 40


def test_every_answer_that_is_long_enough_is_compressed_for_who_takes_it(
    app: FastAPI,
    client: TestClient,
    conn: psycopg.Connection,
    busy: World,
) -> None:
    ids, headers = ids_of(conn, busy), headers_of(conn, busy, "manager")
    packed_count = 0
    for operation in operations(app):
        if not operation.startswith("GET ") or operation in ENDLESS | CHANGING | {"GET /metrics"}:
            continue
        plain = asked(client, operation, ids, {**headers, "Accept-Encoding": "identity"})
        path = operation.split()[1].format(**ids)
        asking = {**headers, "Accept-Encoding": "gzip"}
        with client.stream("GET", path, headers=asking, params=QUERIES.get(operation, {})) as packed:
            raw = b"".join(packed.iter_raw())

        assert "content-encoding" not in plain.headers, operation
        is_packed = packed.headers.get("content-encoding") == "gzip"
        if "content-length" in plain.headers:
            assert is_packed == (len(plain.content) >= SMALLEST_PACKED_BYTES), operation
        else:
            assert is_packed, operation
        assert not is_packed or "Accept-Encoding" in packed.headers["vary"], operation
        if is_packed and not operation.endswith(".xlsx"):  # a new file has a new time inside
            assert gzip.decompress(raw) == plain.content, operation
        packed_count += is_packed
    assert packed_count > 5

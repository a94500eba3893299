"""Raw signals: condensed without losing a peak, and row by row."""

import asyncio
import csv
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient
from pyarrow import parquet

from keitora_api.signals import parquet as parquet_files
from keitora_api.signals import routes
from keitora_api.signals import rows as rows_of_files
from tests.api.builders import NOW, World, add_samples

HOUR = timedelta(hours=1)


@pytest.fixture
def path(conn: psycopg.Connection, world: World) -> str:
    """An hour of a value a second on one device, and a few from another."""
    truck, begin = world.trucks[0], NOW - HOUR
    conn.execute(
        "INSERT INTO sample (sampled_at, vehicle_id, device_id, row_key, delay_s, clock_quality, engine_rpm, mil_on)"
        " SELECT %s + make_interval(secs => n), %s, 1, n, 1, 3,"
        " CASE n WHEN 1800 THEN 6500 ELSE 800 + n %% 7 END, n > 3000"
        " FROM generate_series(0, 3599) AS n",
        [begin, truck.vehicle_id],
    )
    add_samples(conn, truck, [{"sampled_at": begin, "lat": 36.5, "lon": 138.0}], device_id=2)
    return f"/v1/vehicles/{truck.vehicle_id}"


def test_a_peak_of_one_second_is_still_seen_and_means_are_means(client: TestClient, world: World, path: str) -> None:
    params: dict[str, Any] = {
        "signal": "engine_rpm,mil_on",
        "points": 60,
        "from": (NOW - HOUR).isoformat(),
        "to": NOW.isoformat(),
    }
    told = client.get(f"{path}/signals", headers=world.headers("viewer"), params=params).json()

    assert told["bucket_s"] == 60
    rpm, lamp = told["items"]
    assert (rpm["signal"], rpm["unit"], rpm["name_ja"]) == ("engine_rpm", "rpm", "エンジン回転数")
    assert len(rpm["points"]) == 60
    assert max(point["max"] for point in rpm["points"]) == 6500
    assert {point["min"] for point in rpm["points"]} == {800}
    assert rpm["points"][0]["mean"] == pytest.approx(sum(800 + second % 7 for second in range(60)) / 60)
    assert sum(point["value_count"] for point in rpm["points"]) == 3600
    assert [point["mean"] for point in lamp["points"]][-1] == 1


def test_a_signal_never_told_has_no_points(client: TestClient, world: World, path: str) -> None:
    told = client.get(f"{path}/signals", headers=world.headers(), params={"signal": ["soc_pct"]}).json()

    assert told["items"][0]["points"] == []


@pytest.mark.parametrize(
    ("params", "location"),
    [
        ({}, "query.signal"),
        ({"signal": "speed"}, "query.signal"),
        ({"signal": "speed_kmh; DROP TABLE sample"}, "query.signal"),
    ],
)
def test_what_cannot_be_charted_is_refused(
    client: TestClient, world: World, path: str, params: dict[str, Any], location: str
) -> None:
    refused = client.get(f"{path}/signals", headers=world.headers(), params=params)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["location"] == location


@pytest.mark.parametrize(
    ("begin", "told_from", "bucket_s"),
    [
        ("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z", 45_036),
        ("2009-01-01T00:00:00Z", "2025-11-21T03:00:00Z", 316_224),
        ("2027-01-01T00:00:00Z", "2026-11-22T03:00:00Z", 1),
    ],
)
def test_a_longer_time_has_longer_buckets_and_none_is_refused(
    client: TestClient, world: World, path: str, begin: str, told_from: str, bucket_s: float
) -> None:
    params: dict[str, Any] = {"signal": "engine_rpm", "from": begin, "points": 100}

    told = client.get(f"{path}/signals", headers=world.headers("viewer"), params=params).json()

    assert (told["from_at"], told["bucket_s"]) == (told_from, bucket_s)
    assert [point["max"] for point in told["items"][0]["points"]] == ([6500] if told_from < "2026-11" else [])


def test_every_row_is_in_the_file_once_and_in_order(
    client: TestClient, world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_of_files, "ROWS_AT_ONCE", 500)
    answer = client.get(f"{path}/samples.csv", headers=world.headers(), params={"signal": "engine_rpm,mil_on,lat"})
    rows = list(csv.DictReader(StringIO(answer.text)))

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "etag" not in answer.headers
    assert len(rows) == 3601
    assert rows[0] == {"ts": "2026-11-22T02:00:00Z", "device_id": "1", "engine_rpm": "800", "mil_on": "0", "lat": ""}
    assert rows[1] == {"ts": "2026-11-22T02:00:00Z", "device_id": "2", "engine_rpm": "", "mil_on": "", "lat": "36.5"}
    assert [row["ts"] for row in rows] == sorted(row["ts"] for row in rows)
    assert float(rows[1801]["engine_rpm"]) == 6500


def test_the_parquet_file_has_the_rows_of_the_csv_with_types_and_units(
    client: TestClient, world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_of_files, "ROWS_AT_ONCE", 500)
    monkeypatch.setattr(parquet_files, "PAGES_A_GROUP", 3)
    params = {"signal": "engine_rpm,mil_on,lat"}
    rows = list(
        csv.DictReader(StringIO(client.get(f"{path}/samples.csv", headers=world.headers(), params=params).text))
    )

    answer = client.get(f"{path}/samples.parquet", headers=world.headers(), params=params)
    file = parquet.ParquetFile(BytesIO(answer.content))
    table = file.read()

    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert file.num_row_groups == 3  # eight pages, three at a time
    assert table.schema.field("engine_rpm").metadata == {b"unit": b"rpm"}
    assert [str(kind) for kind in table.schema.types] == ["timestamp[us, tz=UTC]", "int32", "float", "bool", "double"]
    assert table.num_rows == len(rows) == 3601
    told = table.to_pylist()
    assert [row["ts"].isoformat().replace("+00:00", "Z") for row in told] == [row["ts"] for row in rows]
    assert [row["engine_rpm"] for row in told] == [
        float(row["engine_rpm"]) if row["engine_rpm"] else None for row in rows
    ]
    assert (told[1]["mil_on"], told[1]["lat"], told[0]["mil_on"]) == (None, 36.5, False)


def test_without_any_row_the_parquet_file_is_empty_and_whole(client: TestClient, world: World, path: str) -> None:
    times = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    answer = client.get(f"{path}/samples.parquet", headers=world.headers(), params={"signal": "lat", **times})

    assert parquet.read_table(BytesIO(answer.content)).num_rows == 0


def test_a_reader_who_goes_away_while_rows_are_written_leaves_the_writer_alone() -> None:
    schema = pa.schema([(f"c{number}", pa.float64()) for number in range(10)])
    table = pa.Table.from_arrays([pa.array([row * 0.1 for row in range(50_000)])] * 10, schema=schema)

    async def go_away_after(turns: int) -> None:
        async def tables() -> AsyncIterator[Any]:
            yield table

        async def read() -> None:
            async for _ in parquet_files.parquet_file(schema, tables()):
                pytest.fail("the rows were written before the reader went")

        reading = asyncio.create_task(read())
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await reading

    # On the first turn the writing thread is begun. A writer closed under it would raise an error of its own, or worse.
    for turns in (1, 2):
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(go_away_after(turns))


def test_where_parquet_cannot_be_written_the_answer_says_how_to_install_it(
    client: TestClient, world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "is_installed", lambda: False)

    answer = client.get(f"{path}/samples.parquet", headers=world.headers())

    assert (answer.status_code, answer.json()["type"]) == (501, "/problems/not-installed")
    assert "keitora[parquet]" in answer.json()["detail"]

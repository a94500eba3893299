"""Exported tables and tracks: every row once, in the reader's language, with units and zone in the headings."""

import csv
import zipfile
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora_api.exports import rows
from tests.api.builders import (
    NOW,
    World,
    add_day,
    add_entry,
    add_fill_up,
    add_place,
    add_samples,
    add_trip,
    add_visit,
    drive,
)

HOUR = timedelta(hours=1)
SHEET = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def table(client: TestClient, world: World, what: str, **params: Any) -> list[dict[str, str]]:
    answer = client.get(f"/v1/exports/{what}.csv", headers=world.headers("viewer"), params=params)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


def cells(content: bytes) -> list[list[str]]:
    book = zipfile.ZipFile(BytesIO(content))
    sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return [
        ["".join(one.itertext()) for one in line.findall("m:c", SHEET)] for line in sheet.iterfind(".//m:row", SHEET)
    ]


@pytest.fixture
def busy(conn: psycopg.Connection, world: World) -> World:
    place_id = add_place(conn, world, name="上の畑")
    for number in range(7):
        start = add_trip(conn, world.trucks[number % 2], NOW - (9 - number) * HOUR, distance_m=1000.0 * (number + 1))
        add_visit(conn, world.trucks[number % 2], place_id, start - HOUR / 4, left_at=start + HOUR / 60)
        add_entry(conn, world.trucks[number % 2], start + HOUR / 6, purpose="farm", note=f"=1+{number}")
    return world


def test_trips_in_japanese_with_units_and_zone(
    client: TestClient, busy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_TRIPS_AT_ONCE", 3)
    told = table(client, busy, "trips")

    assert [row["走行距離 (km)"] for row in told] == [f"{number}.0" for number in range(1, 8)]
    assert told[0]["開始 (Asia/Tokyo)"] == "2026-11-22 03:00:00"
    assert (told[0]["出発地"], told[0]["到着地"], told[0]["用途"]) == ("上の畑", "", "農作業")
    assert told[0]["メモ"] == "'=1+0"


def test_english_is_asked_for_and_trucks_and_times_are_chosen(client: TestClient, busy: World) -> None:
    told = table(
        client, busy, "trips", lang="en", vehicle=busy.trucks[0].vehicle_id, **{"from": (NOW - 7 * HOUR).isoformat()}
    )

    assert [row["Distance (km)"] for row in told] == ["3.0", "5.0", "7.0"]
    assert {row["Purpose"] for row in told} == {"Farm"}
    assert told[0]["Start (Asia/Tokyo)"] == "2026-11-22 05:00:00"


def test_a_spreadsheet_has_the_same_rows_and_no_formula_runs(client: TestClient, busy: World) -> None:
    answer = client.get("/v1/exports/trips.xlsx", headers=busy.headers(), params={"lang": "en"})
    told = cells(answer.content)

    assert len(told) == 8
    assert told[0][2] == "Start (Asia/Tokyo)"
    assert [line[4] for line in told[1:]] == ["上の畑"] * 7
    assert "=1+0" in told[1]
    assert b"<f>" not in zipfile.ZipFile(BytesIO(answer.content)).read("xl/worksheets/sheet1.xml")


def test_days_and_fill_ups_are_exported_too(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    for number in range(3):
        add_day(conn, world.trucks[0], date(2026, 11, 20) + timedelta(days=number))
    add_fill_up(conn, world, NOW - HOUR, total_price="4942.00", station="JA")

    days, fills = table(client, world, "days", lang="en"), table(client, world, "fill-ups", lang="en")

    assert [row["Day"] for row in days] == ["2026-11-22", "2026-11-21", "2026-11-20"]
    assert {row["Distance (km)"] for row in days} == {"30.0"}
    assert [(row["Volume (L)"], row["Price"], row["Currency"], row["Station"]) for row in fills] == [
        ("28.4", "4942.0", "JPY", "JA")
    ]


def test_tracks_of_a_time_are_one_file(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    for number, truck in enumerate(world.trucks):
        add_samples(conn, truck, drive(add_trip(conn, truck, NOW - (number + 2) * HOUR), 20))

    gpx = client.get("/v1/exports/tracks.gpx", headers=world.headers())
    features = client.get("/v1/exports/tracks.geojson", headers=world.headers()).json()["features"]

    assert len(ET.fromstring(gpx.content).findall("{*}trk")) == 2
    assert [feature["geometry"]["type"] for feature in features] == ["LineString"] * 2
    assert features[0]["properties"]["vehicle_name"] == world.trucks[1].name
    none = client.get("/v1/exports/tracks.geojson?to=2020-01-01T00:00:00Z", headers=world.headers())
    assert none.json() == {"type": "FeatureCollection", "features": []}


def test_what_is_no_table_is_refused(client: TestClient, world: World) -> None:
    assert client.get("/v1/exports/passwords.csv", headers=world.headers()).status_code == 422
    assert client.get("/v1/exports/trips.csv?lang=fr", headers=world.headers()).status_code == 422

"""Exported files as other programs open them: what they hold is what the API tells, and nothing in them runs."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import psycopg
import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from keitora.vehicles.model import Vehicle
from keitora_api.exports import tables
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
    insert,
)

HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Asia/Tokyo")
TRACKED = "&<\u0001キャリイ>"
Row = dict[str, Any]

# How GPX 1.1 (topografix.com/GPX/1/1/gpx.xsd) orders what we write of it: element → its children, in this order.
GPX = {
    "gpx": ["metadata", "wpt", "rte", "trk", "extensions"],
    "trk": ["name", "cmt", "desc", "src", "link", "number", "type", "extensions", "trkseg"],
    "trkseg": ["trkpt", "extensions"],
    "trkpt": ["ele", "time", "magvar", "geoidheight", "name"],
    "name": [],
    "ele": [],
    "time": [],
}


@pytest.fixture
def busy(conn: psycopg.Connection, world: World) -> World:
    """Two trips of which much is known, and one of which nothing is; two days, two fill-ups."""
    place_id = add_place(conn, world, name="上の畑")
    for number, truck in enumerate(world.trucks):
        start = add_trip(conn, truck, NOW - (4 - number) * HOUR, distance_m=1234.5678 * (number + 1))
        add_visit(conn, truck, place_id, start - HOUR / 4, left_at=start + HOUR / 60)
        add_entry(conn, truck, start + HOUR / 6, purpose="farm", note=f"memo {number}")
        if number == 0:
            add_samples(conn, truck, drive(start, 20))
        else:
            add_line(conn, truck, start)
        add_day(conn, truck, NOW.astimezone(ZONE).date(), distance_m=30_123.4, fuel_l=2.34567)
        add_fill_up(conn, world, NOW - (number + 1) * HOUR, total_price="4942.50", odometer_km=84_211.1, note="満タン")
    unknown = {"distance_m": None, "max_speed_kmh": None, "fuel_l": None, "fuel_plus_minus_l": None}
    nothing = {"engine_known_s": 0.0, "engine_on_s": 0.0, "fuel_known_s": 0.0, "fuel_method": None}
    add_trip(conn, world.trucks[0], NOW - HOUR, distance_source="unknown", **unknown, **nothing)
    return world


def add_line(conn: psycopg.Connection, truck: Vehicle, started_at: datetime) -> None:
    """The simplified line of a trip of twenty minutes."""
    sums = ("distance_m", "moving_s", "engine_on_s", "engine_known_s", "fuel_l", "fuel_known_s", "energy_kwh")
    rest = {**dict.fromkeys(sums, 0), "energy_known_s": 0, "gap_s": 0, "lasted_s": 600, "kind": "drive"}
    own = {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id, "lon": 138.18, "altitude_m": 370.4}
    for step in range(3):
        insert(conn, "trace", **own, **rest, at=started_at + step * timedelta(minutes=10), lat=36.65 + step / 100)


def csv_rows(client: TestClient, world: World, what: str, lang: str) -> list[Row]:
    """A table as a program reads it: an empty field is None, a number is a number."""
    content = client.get(f"/v1/exports/{what}.csv?lang={lang}", headers=world.headers()).content
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    return [
        {name: _number(cell) for name, cell in row.items()}
        for row in csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""))
    ]


def _number(cell: str) -> Any:
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


def xlsx_rows(client: TestClient, world: World, what: str, lang: str) -> list[Row]:
    """A table as a spreadsheet shows it; moments as CSV writes them."""
    content = client.get(f"/v1/exports/{what}.xlsx?lang={lang}", headers=world.headers()).content
    head, *rows = load_workbook(BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return [
        {
            str(name): cell.strftime("%Y-%m-%d %H:%M:%S") if isinstance(cell, datetime) else cell
            for name, cell in zip(head, row, strict=True)
        }
        for row in rows
    ]


def items(client: TestClient, world: World, path: str) -> list[Row]:
    found: list[Row] = client.get(path, headers=world.headers()).json()["items"]
    return found


def minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def name_of(ref: Row | None) -> str | None:
    return None if ref is None else ref["name"]


@pytest.mark.parametrize("rows_of", [csv_rows, xlsx_rows])
def test_trips_are_those_the_api_tells(client: TestClient, busy: World, rows_of: Any) -> None:
    told = rows_of(client, busy, "trips", "en")
    expected = [
        {
            "Trip": trip["id"],
            "Truck": trip["vehicle"]["name"],
            "Start (Asia/Tokyo)": local(trip["started_at"]),
            "End (Asia/Tokyo)": local(trip["ended_at"]),
            "From": name_of(trip["start_place"]),
            "To": name_of(trip["end_place"]),
            "Distance (km)": trip["distance_km"],
            "Distance by": trip["distance_source"],
            "Moving time (min)": minutes(trip["moving_s"]),
            "Idle time (min)": minutes(trip["idle_s"]),
            "Top speed (km/h)": trip["max_speed_kmh"],
            "Fuel used (L)": trip["fuel_l"],
            "Uncertainty of the fuel (L)": trip["fuel_plus_minus_l"],
            "Fuel by": trip["fuel_method"],
            "Fuel economy (km/L)": trip["km_per_l"],
            "Energy used (kWh)": trip["energy_kwh"],
            "Driver": name_of(trip["driver"]),
            "Purpose": "Farm" if trip["purpose"] == "farm" else trip["purpose"],
            "Note": trip["note"],
        }
        for trip in items(client, busy, "/v1/trips?order=asc")
    ]

    assert len(told) == 3
    assert [{name: row[name] for name in expected[0]} for row in told] == expected


@pytest.mark.parametrize("rows_of", [csv_rows, xlsx_rows])
def test_days_are_those_the_api_tells(client: TestClient, busy: World, rows_of: Any) -> None:
    told = rows_of(client, busy, "days", "en")
    by_truck = {day["vehicle"]["name"]: day for day in items(client, busy, "/v1/days")}

    assert len(told) == len(by_truck) == 2
    for row in told:
        day = by_truck[row["Truck"]]
        assert row["Day"] == day["local_date"]
        assert row["Distance (km)"] == day["distance_km"] == 30.123
        assert row["Fuel used (L)"] == day["fuel_l"] == 2.346
        assert row["Moving time (min)"] == minutes(day["moving_s"])
        assert row["Odometer (km)"] is day["odometer_km"] is None


@pytest.mark.parametrize("rows_of", [csv_rows, xlsx_rows])
def test_fill_ups_are_those_the_api_tells(client: TestClient, busy: World, rows_of: Any) -> None:
    told = rows_of(client, busy, "fill-ups", "ja")
    expected = [
        {
            "日時 (Asia/Tokyo)": local(fill["filled_at"]),
            "給油量 (L)": fill["volume_l"],
            "金額": float(fill["total_price"]),
            "通貨": fill["currency"],
            "オドメーター (km)": fill["odometer_km"],
            "満タン": int(fill["is_full"]),
            "給油所": fill["station"],
            "メモ": fill["note"],
        }
        for fill in items(client, busy, "/v1/fill-ups")
    ]

    assert len(told) == 2
    assert [{name: row[name] for name in expected[0]} for row in told] == expected


@pytest.mark.parametrize("what", ["trips", "days", "fill-ups"])
@pytest.mark.parametrize("rows_of", [csv_rows, xlsx_rows])
def test_headings_name_unit_and_zone_in_both_languages(
    client: TestClient, busy: World, rows_of: Any, what: str
) -> None:
    [english, *_], [japanese, *_] = (rows_of(client, busy, what, lang) for lang in ("en", "ja"))

    units = [re.findall(r"\(([^)]*)\)$", name) for name in english]
    assert units == [re.findall(r"\(([^)]*)\)$", name) for name in japanese]
    assert all(name.isascii() for name in english)
    assert not any(re.sub(r"\([^)]*\)$", "", name).isascii() for name in japanese)
    for name, value in english.items():
        if isinstance(value, float) and name not in {"Trips", "Full", "Price"}:
            assert name.endswith(")"), f"{name} is a number without a unit"
    assert what == "days" or ["Asia/Tokyo"] in units


@pytest.mark.parametrize("beginning", [*"=+-@＝＋－＠", "\t=", "\r=", "\n="])
def test_what_a_spreadsheet_might_run_is_a_text_to_it(
    client: TestClient, conn: psycopg.Connection, world: World, beginning: str
) -> None:
    text = f'{beginning}HYPERLINK("http://elsewhere.example",1)'
    add_fill_up(conn, world, NOW - HOUR, note=text, station=text)
    answer = client.get("/v1/exports/fill-ups.xlsx?lang=en", headers=world.headers())

    [row] = csv_rows(client, world, "fill-ups", "en")
    head, line = load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows()

    assert row["Note"] == row["Station"] == f"'{text}"
    found = {str(title.value): cell for title, cell in zip(head, line, strict=True)}
    assert {found["Note"].data_type, found["Station"].data_type} == {"s"}
    assert found["Note"].hyperlink is None
    assert str(found["Note"].value).replace("_x000D_", "\r").strip() == text.strip()


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(
    client: TestClient, conn: psycopg.Connection, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_LAST_LINE", 3)
    for number in range(7):
        add_fill_up(conn, world, NOW - (9 - number) * HOUR, volume_l=number + 1)

    content = client.get("/v1/exports/fill-ups.xlsx?lang=en", headers=world.headers()).content
    sheets = [list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(BytesIO(content)).worksheets]

    assert [[row[2] for row in sheet] for sheet in sheets] == [
        ["Volume (L)", 1, 2, 3],
        ["Volume (L)", 4, 5, 6],
        ["Volume (L)", 7],
    ]


def test_gpx_has_the_structure_of_its_schema(client: TestClient, conn: psycopg.Connection, busy: World) -> None:
    conn.execute("UPDATE vehicle SET name = %s WHERE vehicle_id = %s", [TRACKED, busy.trucks[0].vehicle_id])

    answer = client.get("/v1/exports/tracks.gpx", headers=busy.headers())
    root = ET.fromstring(answer.content)

    assert answer.headers["content-type"].startswith("application/gpx+xml")
    assert (root.get("version"), root.get("creator")) == ("1.1", "Keitora")
    for element, children in elements(root):
        known = GPX[element.tag.removeprefix("{http://www.topografix.com/GPX/1/1}")]
        assert children == sorted(children, key=known.index), element.tag
    lines = [
        [
            (float(p.get("lat", "")), float(p.get("lon", "")), p.findtext("{*}time"))
            for p in track.iterfind(".//{*}trkpt")
        ]
        for track in root.findall("{*}trk")
    ]
    assert [len(line) for line in lines] == [20, 3, 0]
    for lat, lon, at in (point for line in lines for point in line):
        assert -90 <= lat <= 90
        assert -180 <= lon < 180
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", at or "")
    assert "&< キャリイ>" in (root.findtext("{*}trk/{*}name") or "")
    assert [[point[:2] for point in line] for line in lines] == [
        [(point["lat"], point["lon"]) for point in track(client, busy, trip["id"])]
        for trip in items(client, busy, "/v1/trips?order=asc")
    ]


def elements(root: ET.Element) -> Iterator[tuple[ET.Element, list[str]]]:
    for element in root.iter():
        yield element, [child.tag.removeprefix("{http://www.topografix.com/GPX/1/1}") for child in element]


def track(client: TestClient, world: World, trip_id: str) -> list[Row]:
    points: list[Row] = client.get(f"/v1/trips/{trip_id}/track", headers=world.headers()).json()["points"]
    return points


def test_geojson_is_as_rfc_7946_has_it(client: TestClient, busy: World) -> None:
    answer = client.get("/v1/exports/tracks.geojson", headers=busy.headers())
    collection = json.loads(answer.content)

    assert answer.headers["content-type"] == "application/geo+json"
    assert set(collection) == {"type", "features"}
    assert [one["geometry"] and one["geometry"]["type"] for one in collection["features"]] == [
        "LineString",
        "LineString",
        None,  # 3.2: a feature without a place has a geometry all the same: null
    ]
    for feature, trip in zip(collection["features"], items(client, busy, "/v1/trips?order=asc"), strict=True):
        assert feature["type"] == "Feature"
        assert feature["properties"]["trip_id"] == trip["id"]
        assert feature["properties"]["distance_km"] == trip["distance_km"]
        points = track(client, busy, trip["id"])
        assert feature["properties"]["times"] == [point["ts"] for point in points]
        if feature["geometry"] is not None:
            assert [position[:2] for position in feature["geometry"]["coordinates"]] == [
                [point["lon"], point["lat"]] for point in points
            ]
            assert all(138 < position[0] < 139 for position in feature["geometry"]["coordinates"])


def test_places_as_geojson_are_closed_and_wound_as_rfc_7946_has_it(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    corners = [[138.18, 36.65], [138.18, 36.66], [138.19, 36.66], [138.19, 36.65]]
    body = {"name": "田", "kind": "field", "geometry": {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}}
    assert client.post("/v1/places", headers=world.headers(), json=body).status_code == 201

    answer = client.get("/v1/places/geojson", headers=world.headers())
    [ring] = answer.json()["features"][0]["geometry"]["coordinates"]

    assert ring[0] == ring[-1]
    assert sorted(ring[:-1]) == sorted(corners)
    # 3.1.6: an outer ring runs against the clock. Twice its area, with sign.
    assert sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) > 0

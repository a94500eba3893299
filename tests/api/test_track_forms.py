"""A track as JSON, GeoJSON, GPX and polyline; the trips before and after."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey
from tests.api.builders import NOW, World, add_entry, add_samples, add_trip, drive


@pytest.fixture
def track_path(conn: psycopg.Connection, world: World) -> str:
    start = add_trip(conn, world.trucks[0], NOW - timedelta(hours=2))
    add_samples(conn, world.trucks[0], drive(start, 20))
    return f"/v1/trips/{trip_id(TripKey(world.trucks[0].vehicle_id, start))}/track"


@pytest.mark.parametrize(
    ("form", "accept", "media_type"),
    [
        (None, None, "application/json"),
        (None, "*/*", "application/json"),
        (None, "application/geo+json", "application/geo+json"),
        (None, "text/html, application/gpx+xml;q=0.9, */*;q=0.1", "application/gpx+xml"),
        ("geojson", "application/json", "application/geo+json"),
        ("gpx", None, "application/gpx+xml"),
        ("polyline", None, "text/plain; charset=utf-8"),
    ],
)
def test_format_decides_and_else_accept(
    client: TestClient, world: World, track_path: str, form: str | None, accept: str | None, media_type: str
) -> None:
    headers = world.headers() | ({"Accept": accept} if accept else {})
    answer = client.get(track_path, headers=headers, params={"format": form} if form else {})

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == media_type
    assert "ETag" in answer.headers


def test_every_form_has_the_same_points(client: TestClient, world: World, track_path: str) -> None:
    told = client.get(track_path, headers=world.headers()).json()["points"]
    feature = client.get(track_path, headers=world.headers(), params={"format": "geojson"}).json()
    gpx = ET.fromstring(client.get(track_path, headers=world.headers(), params={"format": "gpx"}).content)

    places = [[point["lon"], point["lat"], point["altitude_m"]] for point in told]
    assert len(places) > 1
    assert feature["geometry"]["coordinates"] == places
    assert feature["properties"]["times"] == [point["ts"] for point in told]
    assert [
        [float(one.attrib["lon"]), float(one.attrib["lat"])] for one in gpx.iter() if one.tag.endswith("trkpt")
    ] == [place[:2] for place in places]


def test_a_form_there_is_not_is_refused(client: TestClient, world: World, track_path: str) -> None:
    refused = client.get(track_path, headers=world.headers() | {"Accept": "image/png"})

    assert refused.status_code == 406
    assert refused.json()["type"] == "/problems/not-acceptable"
    assert client.get(track_path, headers=world.headers(), params={"format": "kml"}).status_code == 422


def test_trips_are_stepped_through_as_people_see_them(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    starts = [add_trip(conn, truck, NOW - timedelta(hours=number)) for number in (9, 7, 5, 3)]
    add_trip(conn, world.trucks[1], NOW - timedelta(hours=6))
    ten = timedelta(minutes=10)
    add_entry(conn, truck, starts[1] + ten, action="merge", other_at=starts[2] + ten)
    ids = [trip_id(TripKey(truck.vehicle_id, start)) for start in starts]

    told = [
        client.get(f"/v1/trips/{one}/neighbours", headers=world.headers()).json() for one in (ids[0], ids[1], ids[3])
    ]

    assert [(one["previous_id"], one["next_id"]) for one in told] == [
        (None, ids[1]),
        (ids[0], ids[3]),
        (ids[1], None),
    ]
    # Of the merged trip, when it began first and ended last.
    merged = (told[2]["previous_started_at"], told[2]["previous_ended_at"])
    assert merged == ("2026-11-21T20:00:00Z", "2026-11-21T22:20:00Z")
    assert (told[2]["next_started_at"], told[2]["next_ended_at"]) == (None, None)

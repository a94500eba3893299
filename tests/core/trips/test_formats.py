"""A track in the forms other programs read."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from keitora.trips.formats import encoded_polyline, track_geojson, track_gpx
from keitora.trips.model import TrackPoint

AT = datetime(2026, 11, 22, tzinfo=UTC)


def point(lat: float, lon: float, second: float = 0.0, altitude_m: float | None = None) -> TrackPoint:
    return TrackPoint(0, AT + timedelta(seconds=second), lat, lon, None, None, altitude_m)


def decoded(text: str) -> list[tuple[float, float]]:
    """As the format's own description reads it back."""
    values: list[int] = []
    shift = result = 0
    for letter in text:
        bits = ord(letter) - 63
        result |= (bits & 0x1F) << shift
        shift += 5
        if bits < 0x20:
            values.append(~(result >> 1) if result & 1 else result >> 1)
            shift = result = 0
    lat = lon = 0
    pairs = []
    for step_lat, step_lon in zip(values[::2], values[1::2], strict=True):
        lat, lon = lat + step_lat, lon + step_lon
        pairs.append((lat / 1e5, lon / 1e5))
    return pairs


def test_a_polyline_is_the_example_of_its_description() -> None:
    points = [point(38.5, -120.2), point(40.7, -120.95), point(43.252, -126.453)]

    assert encoded_polyline(points) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=20))
def test_a_polyline_comes_back_to_a_metre(places: list[tuple[float, float]]) -> None:
    found = decoded(encoded_polyline([point(*place) for place in places]))

    assert all(
        abs(one - other) <= 0.51e-5
        for pair, said in zip(found, places, strict=True)
        for one, other in zip(pair, said, strict=True)
    )


def test_gpx_holds_place_height_and_time_and_any_name() -> None:
    text = track_gpx([point(36.65, 138.18, 0.25, 370.04), point(36.66, 138.19, 2)], "キャリイ <1> & 2")

    space = {"g": "http://www.topografix.com/GPX/1/1"}
    found = ET.fromstring(text.encode())
    assert found.findtext("g:trk/g:name", namespaces=space) == "キャリイ <1> & 2"
    first, second = found.findall("g:trk/g:trkseg/g:trkpt", space)
    assert first.attrib == {"lat": "36.650000", "lon": "138.180000"}
    assert first.findtext("g:ele", namespaces=space) == "370.0"
    assert first.findtext("g:time", namespaces=space) == "2026-11-22T00:00:00.250Z"
    assert second.findtext("g:ele", namespaces=space) is None
    assert second.findtext("g:time", namespaces=space) == "2026-11-22T00:00:02Z"


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_gpx_can_be_read_whatever_a_truck_is_called(name: str) -> None:
    ET.fromstring(track_gpx([point(36.65, 138.18)], name).encode())


def test_geojson_has_longitude_first_and_no_line_of_one_point() -> None:
    feature = track_geojson([point(36.65, 138.18), point(36.66, 138.19, 1, 371.0)], {"trip_id": "7-a"})

    assert feature["geometry"]["coordinates"] == [[138.18, 36.65], [138.19, 36.66, 371.0]]
    assert feature["properties"] == {"trip_id": "7-a", "times": ["2026-11-22T00:00:00Z", "2026-11-22T00:00:01Z"]}
    assert track_geojson([point(36.65, 138.18)], {})["geometry"] is None

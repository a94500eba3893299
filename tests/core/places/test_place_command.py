"""`keitora place`: naming places by hand and from map programs' files."""

import io
import json
import zipfile
from pathlib import Path

import psycopg
import pytest

from keitora.cli import main

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>
  <Placemark><name>上の畑</name>
    <ExtendedData><Data name="kind"><value>field</value></Data></ExtendedData>
    <Polygon><outerBoundaryIs><LinearRing><coordinates>
      138.180,36.650,0 138.182,36.650,0 138.182,36.652,0 138.180,36.652,0 138.180,36.650,0
    </coordinates></LinearRing></outerBoundaryIs>
    <innerBoundaryIs><LinearRing><coordinates>
      138.1805,36.6505 138.1810,36.6505 138.1810,36.6510 138.1805,36.6505
    </coordinates></LinearRing></innerBoundaryIs></Polygon></Placemark>
  <Placemark><name>Two fields</name><MultiGeometry>
    <Polygon><outerBoundaryIs><LinearRing><coordinates>
      138.190,36.650 138.192,36.650 138.192,36.652 138.190,36.652
    </coordinates></LinearRing></outerBoundaryIs></Polygon>
    <Polygon><outerBoundaryIs><LinearRing><coordinates>
      138.194,36.650 138.196,36.650 138.196,36.652 138.194,36.650
    </coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark>
  <Placemark><name>Gate</name><Point><coordinates>138.2,36.66,512</coordinates></Point></Placemark>
  <Placemark><name>A way, no place</name><LineString><coordinates>1,2 3,4</coordinates></LineString></Placemark>
</Folder></Document></kml>"""


@pytest.fixture(autouse=True)
def _fleet(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    main(["key", "create", "--fleet", "A", "--role", "manager"])
    capsys.readouterr()


def listed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert main(["place", "list"]) == 0
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_add_list_rename_and_remove(capsys: pytest.CaptureFixture[str], database_url: str) -> None:
    assert main(["place", "add", "Yard", "--at", "36.65,138.18", "--kind", "base"]) == 0
    assert main(["place", "add", "Field", "--at", "36.66,138.18", "--radius-m", "120", "--kind", "field"]) == 0
    assert listed(capsys) == ["Yard base road 80 m about", "Field field on farm 120 m about"]

    assert main(["place", "rename", "Field", "Lower field"]) == 0
    assert main(["place", "rename", "Lower field", "Yard"]) != 0
    assert "already a place named 'Yard'" in capsys.readouterr().err
    assert main(["place", "remove", "Yard"]) == 0
    assert main(["place", "remove", "Yard"]) != 0
    assert "no place named 'Yard'" in capsys.readouterr().err
    assert listed(capsys) == ["Lower field field on farm 120 m about"]
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT DISTINCT entered_by FROM place").fetchall() == [("command line",)]


def test_a_kml_file_names_outlines_with_holes_parts_and_points(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "farm.kml").write_text(KML, encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "farm.kmz", "w") as archive:
        archive.writestr("doc.kml", KML)

    assert main(["place", "import", str(tmp_path / "farm.kml"), "--radius-m", "60", "--on-farm"]) == 0
    assert "4 places named" in capsys.readouterr().out
    assert main(["place", "import", str(tmp_path / "farm.kmz"), "--radius-m", "60", "--on-farm"]) == 0
    assert "0 places named, 0 changed, 4 were there already" in capsys.readouterr().out

    assert listed(capsys) == [
        "上の畑 field on farm 38,439 m²",
        "Two fields other on farm 39,679 m²",
        "Two fields 2 other on farm 19,839 m²",
        "Gate other on farm 60 m about",
    ]


def test_what_is_listed_as_geojson_can_be_imported_elsewhere_and_changes_only_when_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "farm.kml").write_text(KML, encoding="utf-8")
    main(["place", "import", str(tmp_path / "farm.kml"), "--radius-m", "60"])
    capsys.readouterr()
    main(["place", "list", "--geojson"])
    copied = json.loads(capsys.readouterr().out)
    copied["features"][3]["properties"]["radius_m"] = 90
    file = tmp_path / "farm.geojson"
    file.write_text(json.dumps(copied), encoding="utf-8")

    assert main(["place", "import", str(file)]) != 0
    assert "other places of these names: Gate" in capsys.readouterr().err
    assert main(["place", "import", str(file), "--update"]) == 0
    assert "0 places named, 1 changed, 3 were there already" in capsys.readouterr().out


def test_the_name_may_be_any_property_and_parts_of_a_field_are_numbered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    square = [[[138.18, 36.65], [138.181, 36.65], [138.181, 36.651], [138.18, 36.65]]]
    feature = {
        "type": "Feature",
        "properties": {"polygon_uuid": "2f1c", "land_type": 200},
        "geometry": {"type": "MultiPolygon", "coordinates": [square, square]},
    }
    file = tmp_path / "fields.json"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")

    assert main(["place", "import", str(file), "--name-by", "polygon_uuid", "--kind", "field"]) == 0

    assert [line.split(" field")[0] for line in listed(capsys)] == ["2f1c", "2f1c 2"]


def kmz(content: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.kml", b"<kml><Placemark>", "this is no KML"),
        ("a.kml", b"<gpx/>", "its root is not <kml>"),
        ("a.kml", b'<!DOCTYPE kml [<!ENTITY a "b">]><kml/>', "declares entities"),
        ("a.kml", KML.replace("138.2,36.66,512", "east").encode(), "a KML position is longitude,latitude"),
        ("a.kml", KML.replace("<name>Gate</name>", "").encode(), "it needs a name"),
        ("a.kml", KML.replace("138.182,36.652,0", "138.179,36.6495,0").encode(), "feature 1: the outline"),
        ("a.kmz", kmz("none"), "no KML file in this archive"),
        ("a.kmz", b"PK\x03\x04broken", "this is no KMZ"),
        ("a.json", b"name,lat,lon", "neither GeoJSON nor KML"),
        ("a.json", b"[]", "FeatureCollection"),
        ("a.json", b'{"type": "FeatureCollection", "features": [{"properties": 5}]}', "feature 1"),
    ],
)
def test_a_file_that_is_wrong_names_nothing_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)

    assert main(["place", "import", str(tmp_path / name), "--radius-m", "60"]) != 0

    assert message in capsys.readouterr().err
    assert listed(capsys) == ["No place has a name yet."]


def test_what_cannot_be_a_place_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["place", "add", "Yard", "--at", "36.65"]) != 0
    assert "is not LAT,LON" in capsys.readouterr().err
    assert main(["place", "add", "Yard", "--at", "138.18,36.65"]) != 0
    assert "wrong way round" in capsys.readouterr().err
    assert main(["place", "add", "Yard", "--at", "36.65,138.18", "--radius-m", "2"]) != 0
    assert "the radius must be" in capsys.readouterr().err
    assert main(["place", "import", str(tmp_path / "none.kml")]) != 0
    assert "none.kml" in capsys.readouterr().err

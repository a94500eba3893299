"""Places drawn in a program that saves KML (OGC 07-147r2), as GeoJSON. Pure."""

import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from keitora.places.shapes import ShapeError

MAX_BYTES: Final = 20_000_000
_ZIP: Final = b"PK\x03\x04"


def kml_to_geojson(content: bytes) -> dict[str, Any]:
    """Return the Placemarks of a KML or KMZ file as a GeoJSON FeatureCollection.

    A Placemark's name, and its ExtendedData, become properties. Raises ShapeError for what is no KML.
    """
    text = _unpacked(content) if content.startswith(_ZIP) else content
    if len(text) > MAX_BYTES:
        raise ShapeError(f"a file of places has at most {MAX_BYTES // 1_000_000} MB")
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ShapeError("a KML file that declares entities is not read")
    try:
        root = ET.fromstring(text)  # noqa: S314 -- without a DOCTYPE nothing can be expanded
    except ET.ParseError as error:
        raise ShapeError(f"this is no KML: {error}") from error
    if _tag(root) != "kml":
        raise ShapeError("this is no KML: its root is not <kml>")
    features = [feature for placemark in _all(root, "Placemark") for feature in _features(placemark)]
    return {"type": "FeatureCollection", "features": features}


def _unpacked(content: bytes) -> bytes:
    """Return the first KML file in a KMZ archive, and no more of it than may be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = next((name for name in archive.namelist() if name.lower().endswith(".kml")), None)
            if inside is None:
                raise ShapeError("there is no KML file in this archive")
            with archive.open(inside) as file:
                return file.read(MAX_BYTES + 1)
    except zipfile.BadZipFile as error:
        raise ShapeError("this is no KMZ archive") from error


def _features(placemark: ET.Element) -> Iterator[dict[str, Any]]:
    """Yield a feature for each outline or point; the second of a Placemark has a 2 behind its name, and so on."""
    properties = _properties(placemark)
    polygons = [{"type": "Polygon", "coordinates": _rings(one)} for one in _all(placemark, "Polygon")]
    points = [{"type": "Point", "coordinates": _positions(one)[0]} for one in _all(placemark, "Point")]
    for number, geometry in enumerate(polygons or points, start=1):
        name = properties.get("name", "")
        yield {
            "type": "Feature",
            "properties": properties | {"name": name if number == 1 else f"{name} {number}"},
            "geometry": geometry,
        }


def _properties(placemark: ET.Element) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for item in _all(placemark, "Data"):
        properties[item.get("name", "")] = _value(_text(item, "value"))
    for item in _all(placemark, "SimpleData"):
        properties[item.get("name", "")] = _value((item.text or "").strip())
    properties["name"] = _text(placemark, "name")
    return properties


def _value(text: str) -> object:
    """Return what a text means: KML knows no numbers."""
    if text in {"true", "false"}:
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _rings(polygon: ET.Element) -> list[list[list[float]]]:
    rings = []
    for border in ("outerBoundaryIs", "innerBoundaryIs"):
        for element in _all(polygon, border):
            ring = _positions(element)
            rings.append(ring if ring[0] == ring[-1] else [*ring, ring[0]])
    return rings


def _positions(element: ET.Element) -> list[list[float]]:
    """Return the positions of the coordinates within an element: `lon,lat[,altitude]`, apart by white space."""
    found = [part.split(",") for one in _all(element, "coordinates") for part in (one.text or "").split()]
    try:
        positions = [[float(part[0]), float(part[1])] for part in found]
    except (ValueError, IndexError) as error:
        raise ShapeError("a KML position is longitude,latitude") from error
    if not positions:
        raise ShapeError("a Placemark has a shape without coordinates")
    return positions


def _all(element: ET.Element, name: str) -> Iterator[ET.Element]:
    """Yield the elements of a name below one, whatever their namespace: programs disagree about it."""
    return (one for one in element.iter() if _tag(one) == name)


def _text(element: ET.Element, name: str) -> str:
    return next(((one.text or "").strip() for one in element if _tag(one) == name), "")


def _tag(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]

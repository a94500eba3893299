"""A trip's line in the forms other programs read: GeoJSON (RFC 7946), GPX 1.1, encoded polyline. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from keitora.trips.model import TrackPoint

# What no XML 1.0 document may hold, however it is escaped (its production `Char`): a name with it would spoil the file.
_NOT_IN_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def track_geojson(points: Sequence[TrackPoint], properties: dict[str, Any]) -> dict[str, Any]:
    """Return the line as a GeoJSON feature; `properties.times` has the moment of each coordinate (UTC).

    A line has two points at least; of fewer the geometry is null.
    """
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [_coordinate(point) for point in points]}
        if len(points) > 1
        else None,
        "properties": {**properties, "times": [utc_text(point.sampled_at) for point in points]},
    }


def track_gpx(points: Sequence[TrackPoint], name: str) -> str:
    """Return the line as a GPX 1.1 document with one track of one segment."""
    return "".join((gpx_head(), gpx_track(points, name), gpx_foot()))


def gpx_head() -> str:
    """Return how a GPX document begins."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="Keitora" xmlns="http://www.topografix.com/GPX/1/1">\n'
    )


def gpx_track(points: Sequence[TrackPoint], name: str) -> str:
    """Return one track of a GPX document."""
    lines = [f"<trk><name>{escape(_NOT_IN_XML.sub(' ', name))}</name><trkseg>"]
    for point in points:
        altitude = "" if point.altitude_m is None else f"<ele>{point.altitude_m:.1f}</ele>"
        lines.append(
            f'<trkpt lat="{point.lat:.6f}" lon="{point.lon:.6f}">{altitude}'
            f"<time>{utc_text(point.sampled_at)}</time></trkpt>"
        )
    lines.append("</trkseg></trk>\n")
    return "\n".join(lines)


def gpx_foot() -> str:
    """Return how a GPX document ends."""
    return "</gpx>\n"


def encoded_polyline(points: Sequence[TrackPoint]) -> str:
    """Return the line in Google's Encoded Polyline Algorithm Format: five decimals, about a metre."""
    text: list[str] = []
    before = (0, 0)
    for point in points:
        here = (round(point.lat * 1e5), round(point.lon * 1e5))
        text += [_encoded(new - old) for new, old in zip(here, before, strict=True)]
        before = here
    return "".join(text)


def _encoded(value: int) -> str:
    left = ~(value << 1) if value < 0 else value << 1
    chunks: list[str] = []
    while left >= 0x20:
        chunks.append(chr((0x20 | (left & 0x1F)) + 63))
        left >>= 5
    return "".join([*chunks, chr(left + 63)])


def utc_text(at: datetime) -> str:
    """Return a moment as RFC 3339 in UTC, with milliseconds where there are any."""
    text = at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    return text.removesuffix(".000") + "Z"


def _coordinate(point: TrackPoint) -> list[float]:
    place = [round(point.lon, 6), round(point.lat, 6)]
    return place if point.altitude_m is None else [*place, round(point.altitude_m, 1)]

"""GPX 1.0 and 1.1 tracks, as phones and outdoor receivers write them. Pure."""

import io
from collections import Counter
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, ParseError, iterparse

from keitora.signals.check import Value
from keitora_sim.recording import Drive, RecordingError, Row
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.table import number

_KMH_PER_MS: Final = 3.6
# Element names without namespace → column and factor; speeds in GPX are m/s, also in Garmin's extension.
_FIELDS: Final = {
    "ele": ("altitude_m", 1.0),
    "speed": ("gnss_speed_kmh", _KMH_PER_MS),
    "course": ("heading_deg", 1.0),
    "sat": ("satellite_count", 1.0),
    "hdop": ("hdop_ratio", 1.0),
}


def read(name: str, content: bytes, options: Options) -> Drive:
    """Return a drive of all track points in time order. Raises RecordingError if it is no GPX with times."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise RecordingError("this GPX declares entities, which no recorder does: refused")
    skipped: Counter[str] = Counter()
    rows = []
    for point in _points(content, skipped):
        row = _row(point, options)
        if row is None:
            skipped["track point without time or position"] += 1
        else:
            rows.append(row)
    return Drive(name, tuple(sorted(rows, key=lambda row: row.sampled_at)), skipped)


def _points(content: bytes, skipped: Counter[str]) -> list[Element]:
    """Return the complete track points, also of a file that breaks off."""
    points: list[Element] = []
    root: str | None = None
    try:
        for event, element in iterparse(io.BytesIO(content), events=("start", "end")):  # noqa: S314 -- no entities, see read
            root = root or _name(element)
            if event == "end" and _name(element) == "trkpt":
                points.append(element)
    except ParseError:
        skipped["the file breaks off or is not well-formed from some point on"] += 1
    if root != "gpx":
        raise RecordingError("not a GPX file")
    return points


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _row(point: Element, options: Options) -> Row | None:
    lat, lon = number(point.get("lat", "")), number(point.get("lon", ""))
    texts = {_name(child): (child.text or "").strip() for child in point.iter()}
    at = _time(texts.get("time", ""), options)
    if lat is None or lon is None or at is None:
        return None
    values: dict[str, Value] = {"lat": lat, "lon": lon}
    for field, (column, factor) in _FIELDS.items():
        value = number(texts.get(field, ""))
        if value is not None:
            values[column] = value if factor == 1 else round(value * factor, 3)
    return Row(at, values)


def _time(text: str, options: Options) -> datetime | None:
    """Read an ISO time; GPX times are UTC by definition, but --time-zone says otherwise for writers that ignore it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=options.time_zone or UTC)).astimezone(UTC)

"""GPX 1.0 and 1.1 tracks, as phones and outdoor receivers write them. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, ParseError, iterparse

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers.local_time import believable
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.readers.table import number
from keitora_sim.replay.source import Source

_KMH_PER_MS: Final = 3.6
# Element names without namespace → column and factor; speeds in GPX are m/s, also in Garmin's extension.
_FIELDS: Final = {
    "ele": ("altitude_m", 1.0),
    "speed": ("gnss_speed_kmh", _KMH_PER_MS),
    "course": ("heading_deg", 1.0),
    "sat": ("satellite_count", 1.0),
    "hdop": ("hdop_ratio", 1.0),
}


def is_mine(head: str) -> bool:
    """Tell whether a text begins as GPX."""
    return "<gpx" in head[:4096]


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:
    """Yield all track points in the order of the file. Raises RecordingError if it is no GPX with times."""
    for point in _points(source, remarks):
        row = _row(point, options)
        if row is None:
            remarks.skipped["track point without time or position"] += 1
        else:
            yield row


def _points(source: Source, remarks: Remarks) -> Iterator[Element]:
    """Yield the complete track points, also of a file that breaks off."""
    if any(word in source.head() for word in ("<!DOCTYPE", "<!ENTITY")):
        raise RecordingError("this GPX declares entities, which no recorder does: refused")
    root: Element | None = None
    segment: Element | None = None
    try:
        for event, element in iterparse(source.stream(), events=("start", "end")):  # noqa: S314 -- no entities, see above
            if root is None:
                root = element
                if _name(root) != "gpx":
                    break
            elif event == "start":
                segment = element if _name(element) == "trkseg" else segment
            elif _name(element) == "trkpt":
                yield element
                if segment is not None:
                    del segment[:]  # what was read is let go of, or a long track would fill the memory
    except ParseError:
        remarks.skipped["the file breaks off or is not well-formed from some point on"] += 1
    if root is None or _name(root) != "gpx":
        raise RecordingError("not a GPX file")


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
    """Read an ISO time; GPX times are UTC by definition, but --zone says otherwise for writers that ignore it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if believable(at) is None:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=options.zone or UTC)).astimezone(UTC)

"""The forms a track is told in, chosen by `format` or by `Accept`."""

from collections.abc import Sequence
from typing import Any, Final, Literal

from fastapi.responses import JSONResponse, PlainTextResponse, Response

from keitora.overlays.model import SeenTrip
from keitora.trips.formats import encoded_polyline, track_geojson, track_gpx, utc_text
from keitora.trips.model import TrackPoint
from keitora_api import problems
from keitora_api.problems import ProblemError

TrackForm = Literal["json", "geojson", "gpx", "polyline"]

_GEOJSON: Final = "application/geo+json"
_GPX: Final = "application/gpx+xml"
_BY_TYPE: Final[dict[str, TrackForm]] = {
    "application/json": "json",
    _GEOJSON: "geojson",
    _GPX: "gpx",
    "text/plain": "polyline",
    "application/*": "json",
    "*/*": "json",
}
OTHER_FORMS: Final[dict[str, Any]] = {
    "application/json": {},
    _GEOJSON: {"schema": {"type": "object"}},
    _GPX: {"schema": {"type": "string"}},
    "text/plain": {"schema": {"type": "string"}, "example": "_p~iF~ps|U_ulLnnqC"},
}


def wanted_form(accept: str | None) -> TrackForm:
    """Return the form an `Accept` header prefers. Raises a 406 problem if it takes none there is."""
    if not accept:
        return "json"
    ranked = sorted((_ranked(part) for part in accept.split(",")), key=lambda found: -found[1])
    for media_type, weight in ranked:
        if weight > 0 and media_type in _BY_TYPE:
            return _BY_TYPE[media_type]
    raise ProblemError(problems.NOT_ACCEPTABLE, f"a track is told as {', '.join(OTHER_FORMS)}")


def _ranked(part: str) -> tuple[str, float]:
    media_type, *parameters = (word.strip() for word in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return media_type.lower(), float(parameter[2:])
            except ValueError:
                return media_type.lower(), 0.0
    return media_type.lower(), 1.0


def in_form(form: TrackForm, seen: SeenTrip, points: Sequence[TrackPoint], public_id: str) -> Response:
    """Return a track as GeoJSON, GPX or encoded polyline."""
    trip = seen.trip
    vary = {"Vary": "Accept"}
    if form == "geojson":
        told = {
            "trip_id": public_id,
            "vehicle_id": trip.vehicle_id,
            "vehicle_name": trip.vehicle_name,
            "started_at": utc_text(trip.started_at),
            "ended_at": utc_text(trip.ended_at),
        }
        return JSONResponse(track_geojson(points, told), media_type=_GEOJSON, headers=vary)
    if form == "gpx":
        document = track_gpx(points, f"{trip.vehicle_name} {utc_text(trip.started_at)}")
        offered = {"Content-Disposition": f'attachment; filename="{public_id}.gpx"'}
        return Response(document, media_type=_GPX, headers={**vary, **offered})
    return PlainTextResponse(encoded_polyline(points), headers=vary)

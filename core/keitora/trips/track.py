"""The line a trip drew. Pure."""

from collections.abc import Iterable, Sequence

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import Positions
from keitora.positions.gate import admit
from keitora.trips.model import TrackPoint


def believable(points: Iterable[TrackPoint]) -> list[TrackPoint]:
    """Return the fixes that the fold believes too: of one receiver at a time, not vague, reachable by a truck."""
    positions, rules = Positions(), Rules()
    return [point for point in points if admit(positions, _sample(point), rules) is not None]


def thin(points: Sequence[TrackPoint], max_points: int) -> list[TrackPoint]:
    """Return at most `max_points` (2 or more) of the points, evenly spread by number, the first and last included."""
    last = len(points) - 1
    if last < max_points:
        return list(points)
    stride = -(-last // (max_points - 1))
    return [*points[:last:stride], points[last]]


def _sample(point: TrackPoint) -> Sample:
    return Sample(
        at_ms=round(point.sampled_at.timestamp() * 1000),
        device_id=point.device_id,
        lat=point.lat,
        lon=point.lon,
        accuracy_m=point.accuracy_m,
    )

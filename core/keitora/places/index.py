"""Which of a fleet's places a piece of a truck's course may touch. Pure."""

from collections.abc import Iterable

from shapely import STRtree, box

from keitora.places.border import Border, border_of
from keitora.places.model import Place

_FEW = 8
"""So few are looked at one by one; more are found through a tree."""


class PlaceIndex:
    """The borders of places, found by where they are. Made once for a fleet's places, never changed."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.borders = {place.place_id: border_of(place) for place in places}
        self._all = list(self.borders.values())
        self._tree = STRtree([box(*border.bounds) for border in self._all]) if len(self._all) > _FEW else None

    def near(self, west: float, south: float, east: float, north: float) -> list[Border]:
        """Return the borders whose outer bounds meet a rectangle (degrees), by place number."""
        if self._tree is None:
            found = self._all
        else:
            found = [self._all[number] for number in sorted(self._tree.query(box(west, south, east, north)).tolist())]
        return [one for one in found if _meet(one.bounds, west, south, east, north)]


def _meet(bounds: tuple[float, float, float, float], west: float, south: float, east: float, north: float) -> bool:
    return bounds[0] <= east and west <= bounds[2] and bounds[1] <= north and south <= bounds[3]

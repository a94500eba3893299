"""What a place is, and a stay at it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args

PlaceKind = Literal["base", "field", "customer", "fuel", "private", "other"]
PLACE_KINDS: Final[tuple[PlaceKind, ...]] = get_args(PlaceKind)

DEFAULT_EXIT_MARGIN_M: Final = 30.0
"""How far outside its border a truck must be before it has left: more than satellites wander about a parked truck."""
DEFAULT_DWELL_S: Final = 180
"""A shorter stay is passing by."""
DEFAULT_AWAY_S: Final = 180
"""A truck that comes back sooner had not left: it turned on the road, or fetched something."""

Ring = tuple[tuple[float, float], ...]
"""Longitude and latitude of its corners (degrees), the first repeated at the end, as in GeoJSON."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A centre (degrees) and a radius."""

    lat: float
    lon: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """An outer ring, and the rings of holes in it."""

    rings: tuple[Ring, ...]


Shape = Circle | Polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDraft:
    """A place as a person describes it. `kind` says what it is, `on_farm` whether it is the farm's own ground.

    `excuses_idling`: an engine must run there (a lift, a pump, a cooled load).
    """

    name: str
    shape: Shape
    kind: PlaceKind = "other"
    on_farm: bool = False
    exit_margin_m: float = DEFAULT_EXIT_MARGIN_M
    dwell_s: int = DEFAULT_DWELL_S
    away_s: int = DEFAULT_AWAY_S
    excuses_idling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(PlaceDraft):
    """A named place. `area_m2` tells which of two overlapping places is the smaller."""

    place_id: int
    area_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A truck at a place: a row of `visit`, and all that is remembered of it while it may still go on.

    `left_ms` is None while the truck is inside. Sums are over the time inside; `away_s` is the time out of the place
    that the stay bridged, `aways` when that was (from, to; Unix ms). `is_visit` tells whether it lasted long enough to
    be one; if not, the truck passed by.
    """

    place_id: int
    entered_ms: int
    left_ms: int | None
    is_visit: bool
    inside_s: float
    away_s: float
    moving_s: float
    engine_on_s: float
    engine_known_s: float
    distance_m: float
    fuel_l: float
    fuel_known_s: float
    energy_kwh: float
    energy_known_s: float
    gap_s: float
    aways: tuple[tuple[int, int], ...] = ()

    def inside(self, now_ms: int) -> list[tuple[int, int]]:
        """Return when the truck was inside (from, to; Unix ms); until `now_ms` where it has not left."""
        edges = [self.entered_ms]
        for left_ms, back_ms in self.aways:
            edges += [left_ms, back_ms]
        edges.append(now_ms if self.left_ms is None else self.left_ms)
        return list(zip(edges[::2], edges[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit as it is read back. `left_at` is None while it lasts; what is not known is None."""

    vehicle_id: int
    vehicle_name: str
    place_id: int
    place_name: str
    place_kind: PlaceKind
    on_farm: bool
    entered_at: datetime
    left_at: datetime | None
    inside_s: float
    away_s: float
    moving_s: float
    engine_on_s: float | None
    distance_m: float
    fuel_l: float | None
    energy_kwh: float | None
    gap_s: float
    cost: float | None


@dataclass(frozen=True, slots=True)
class FarmBucket:
    """What one truck did on the farm's own ground, and on the road, in one bucket of local days."""

    bucket_at: datetime
    bucket_local_date: date
    vehicle_id: int
    vehicle_name: str
    farm_m: float
    road_m: float
    farm_s: float
    farm_moving_s: float
    road_moving_s: float
    farm_engine_on_s: float | None
    farm_fuel_l: float | None

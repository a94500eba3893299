"""Where the days take place: four drawn countrysides. Invented, at plausible places; no map service was asked.

Three of them are one region, twelve kilometres by fourteen, so that a fleet of theirs is seen at a glance: the valley
with farm and orchards, the town below it, and the road down the basin to the wholesale market. They share one origin,
and fall to the south as the valley does. Heights matter for fuel. The valley is drawn by hand, town and county by rule
over a made-up terrain; the county is in another country.
"""

import math
from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Final

from keitora_sim.truck.road import Network, Place, Road
from keitora_sim.truck.valley import VALLEY

_COLUMNS, _ROWS = 8, 6
_TOWN_EAST_M, _TOWN_NORTH_M, _TOWN_M = 4300.0, -7500.0, 658.0
_BLOCK_M: Final = 270.0
_MILE_M: Final = 1609.3
_MPH_35_KMH: Final = 56.3


def terrain_m(east_m: float, north_m: float, *, base_m: float, relief_m: float) -> float:
    """Return the height of made-up hills: some waves of different length over each other."""
    waves = (
        math.sin(east_m / 2300 + 0.4) * math.cos(north_m / 2900),
        0.5 * math.sin(east_m / 900 + north_m / 1300),
        0.25 * math.cos(east_m / 410 - north_m / 530 + 1.1),
    )
    return base_m + relief_m * sum(waves) / 1.75


def _town() -> Network:
    """Draw a small town: a crooked grid of blocks with a depot, a kitchen and a filling station at its edge."""
    rng = Random("town")  # noqa: S311 -- drawn once and for all
    places: dict[str, Place] = {}

    def at(east_m: float, north_m: float) -> Place:
        height_m = terrain_m(east_m, north_m, base_m=_TOWN_M, relief_m=18)
        return Place(_TOWN_EAST_M + east_m, _TOWN_NORTH_M + north_m, height_m)

    for row in range(_ROWS):
        for column in range(_COLUMNS):
            east_m = column * _BLOCK_M + rng.uniform(-40, 40)
            north_m = row * _BLOCK_M + rng.uniform(-40, 40)
            places[f"corner-{row}{column}"] = at(east_m, north_m)
    roads = []
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            here = f"corner-{row}{column}"
            limit_kmh = 40 if row in (0, 3) or column in (0, 4) else 30
            if column + 1 < _COLUMNS:
                roads.append(Road(here, f"corner-{row}{column + 1}", limit_kmh, rng.uniform(0, 8), 1, 0.5))
            if row + 1 < _ROWS:
                roads.append(Road(here, f"corner-{row + 1}{column}", limit_kmh, rng.uniform(0, 8), 1, 0.5))
    edges = {
        "depot": (-1900, -300, "corner-00"),
        "kitchen": (-700, 900, "corner-30"),
        "station": (2700, 300, "corner-07"),
    }
    for name, (east_m, north_m, corner) in edges.items():
        places[name] = at(east_m, north_m)
        roads.append(Road(name, corner, 50, 25, 2, 1.0))
    return Network(VALLEY.lat, VALLEY.lon, places, tuple(roads))


def _basin() -> Network:
    """Draw the way from the valley's farm down the basin, eighteen kilometres of it, to a wholesale market."""
    places = {
        "farm": VALLEY.places["farm"],
        "shed": Place(-700, -600, 756),
        "village": VALLEY.places["village"],
        "station": Place(4900, -1300, 728),
        "bridge": Place(8500, -3000, 702),
        "diner": Place(8300, -6700, 670),
        "market": Place(4200, -9300, 645),
    }
    roads = (
        Road("farm", "shed", 30, 40, 2),
        Road("farm", "village", 40, 60, 2),
        Road("village", "station", 50, 50, 2),
        Road("station", "bridge", 60, 90, 2, 1.0),
        Road("bridge", "diner", 60, 120, 2, 1.0),
        Road("diner", "market", 50, 60, 2),
    )
    return Network(VALLEY.lat, VALLEY.lon, places, roads)


def _county() -> Network:
    """Draw a county of the Carolina Piedmont: section roads of a mile posted at 35 mph, where a kei truck may go."""
    names = ("yard", "church", "nursery", "mill", "lake", "school", "orchard-lane", "station", "ridge")
    places = {}
    for index, name in enumerate(names):
        east_m, north_m = (index % 3) * 2.1 * _MILE_M, (index // 3) * 1.7 * _MILE_M
        places[name] = Place(east_m, north_m, terrain_m(east_m, north_m, base_m=170, relief_m=28))
    roads = []
    for index, name in enumerate(names):
        if index % 3 < 2:
            roads.append(Road(name, names[index + 1], _MPH_35_KMH, 120, 3, 4.0))
        if index < 6:
            roads.append(Road(name, names[index + 3], _MPH_35_KMH, 90, 2, 5.0))
    return Network(35.72, -79.47, places, tuple(roads))


NETWORKS: Final[Mapping[str, Network]] = MappingProxyType(
    {"valley": VALLEY, "town": _town(), "basin": _basin(), "county": _county()}
)
"""All of them by name."""

NO_COVERAGE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"valley": ("terraces", "hamlet", "pass", "sawmill")}
)
"""Places with hills around them: within a kilometre there is no mobile network."""

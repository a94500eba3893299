"""Every dashboard there is, in every language. Pure."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.drivers import drivers
from keitora_dashboards.fleet_over_time import fleet_over_time
from keitora_dashboards.fleet_overview import fleet_overview
from keitora_dashboards.fuel import fuel
from keitora_dashboards.places import places
from keitora_dashboards.quality import quality
from keitora_dashboards.reader import LANGUAGES, Reader
from keitora_dashboards.service import service
from keitora_dashboards.trip import trip
from keitora_dashboards.trips import trips
from keitora_dashboards.truck import truck
from keitora_dashboards.upkeep import upkeep

_ALL: Final[tuple[Callable[[Reader], Dashboard], ...]] = (
    fleet_overview,
    fleet_over_time,
    truck,
    trip,
    trips,
    fuel,
    drivers,
    places,
    upkeep,
    quality,
    service,
)


def dashboards(reader: Reader | None = None) -> list[Dashboard]:
    """Return all dashboards in all languages, in the units and the currency of `reader` (default: km/L and yen)."""
    chosen = reader or Reader()
    return [make(replace(chosen, language=language)) for make in _ALL for language in LANGUAGES]


def files(reader: Reader | None = None) -> dict[str, str]:
    """Return what belongs in the folder of JSON files: the text of each, by name."""
    return {f"{dashboard.uid}.json": dashboard.as_text() for dashboard in dashboards(reader)}

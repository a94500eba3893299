"""Which trips a list is to hold, by what people say of them and by where they began and ended. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from keitora.overlays.model import Purpose, SeenTrip
from keitora.places.queries import Label

NOBODY = 0
"""Stands for trips without a driver: no driver has that number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Trips of these purposes, drivers and named places; None leaves that open."""

    purposes: frozenset[Purpose] | None
    driver_ids: frozenset[int] | None
    place_ids: frozenset[int] | None

    def by_entries(self, one: SeenTrip) -> bool:
        """Tell whether a trip's purpose and driver are wanted."""
        if self.purposes is not None and one.purpose not in self.purposes:
            return False
        return self.driver_ids is None or (one.driver_id or NOBODY) in self.driver_ids

    def by_places(self, one: SeenTrip, labels: Mapping[tuple[int, datetime], Label]) -> bool:
        """Tell whether a trip began or ended at a place that is wanted."""
        if self.place_ids is None:
            return True
        ends = (labels.get((one.trip.vehicle_id, at)) for at in (one.trip.started_at, one.trip.ended_at))
        return any(label is not None and label.place_id in self.place_ids for label in ends)

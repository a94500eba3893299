"""Which trucks a listener has not been told of yet. Pure.

Every change of a truck's newest values gets the next number. A listener who knows everything up to a number is told of
the trucks that changed after it, each once and with its newest values: one who is slow misses steps in between, never
the present.
"""

from collections.abc import Sequence

from keitora.positions.model import LatestValues


class Board:
    """A fleet's trucks with their newest values and the number of their last change."""

    def __init__(self) -> None:
        self.number = 0
        self._told: dict[int, tuple[int, LatestValues]] = {}

    def take(self, rows: Sequence[LatestValues]) -> bool:
        """Note what was read of all trucks; tell whether anything changed. A truck that is gone is forgotten."""
        before = self.number
        for row in rows:
            known = self._told.get(row.vehicle_id)
            if known is None or known[1] != row:
                self.number += 1
                self._told[row.vehicle_id] = (self.number, row)
        present = {row.vehicle_id for row in rows}
        self._told = {vehicle_id: told for vehicle_id, told in self._told.items() if vehicle_id in present}
        return self.number != before

    def after(self, number: int, vehicle_ids: Sequence[int] | None = None) -> list[tuple[int, LatestValues]]:
        """Return what changed after a number, in order of the changes, of these trucks (None: all)."""
        return sorted(
            (
                (changed, row)
                for changed, row in self._told.values()
                if changed > number and (vehicle_ids is None or row.vehicle_id in vehicle_ids)
            ),
            key=lambda told: told[0],
        )

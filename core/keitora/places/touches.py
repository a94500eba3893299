"""SQL of the queue of places whose visits must be made anew."""

from typing import Any, Final

from psycopg import Connection
from psycopg.rows import scalar_row

_CLAIM: Final = """
SELECT vehicle_id FROM derive_state WHERE vehicle_id IN (SELECT vehicle_id FROM place_touch)
ORDER BY derived_at NULLS FIRST, vehicle_id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_DROP_IDLE: Final = """
DELETE FROM place_touch WHERE vehicle_id NOT IN (SELECT vehicle_id FROM derive_state)
"""
_TAKE: Final = """
WITH taken AS (DELETE FROM place_touch WHERE vehicle_id = %(vehicle_id)s RETURNING place_id)
SELECT DISTINCT place_id FROM taken ORDER BY place_id
"""
_WAITING: Final = "SELECT DISTINCT place_id FROM place_touch WHERE vehicle_id = %(vehicle_id)s"
_FIND_FLEET: Final = "SELECT fleet_id FROM vehicle WHERE vehicle_id = %(vehicle_id)s"


def claim_touched(conn: Connection[Any]) -> int | None:
    """Lock and return a truck that waits for the visits of a place, passing over those other workers hold.

    The lock is the one its samples are derived under. Trucks that never sent anything have no visits to make.
    """
    with conn.cursor(row_factory=scalar_row) as cursor:
        found: int | None = cursor.execute(_CLAIM).fetchone()
        if found is None:
            cursor.execute(_DROP_IDLE)
        return found


def take_touched(conn: Connection[Any], vehicle_id: int) -> list[int]:
    """Remove the truck's touches and return the places they name."""
    with conn.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(_TAKE, {"vehicle_id": vehicle_id}).fetchall()


def waiting_places(conn: Connection[Any], vehicle_id: int) -> frozenset[int]:
    """Return the places whose visits the truck still waits for."""
    with conn.cursor(row_factory=scalar_row) as cursor:
        return frozenset(cursor.execute(_WAITING, {"vehicle_id": vehicle_id}).fetchall())


def find_fleet_of(conn: Connection[Any], vehicle_id: int) -> int:
    """Return the fleet a truck belongs to."""
    with conn.cursor(row_factory=scalar_row) as cursor:
        found: int | None = cursor.execute(_FIND_FLEET, {"vehicle_id": vehicle_id}).fetchone()
    if found is None:
        raise LookupError(vehicle_id)
    return found

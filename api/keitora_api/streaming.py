"""What answers that are sent piece by piece have in common.

Such an answer may take a slow phone minutes. It holds no database connection while it waits: each piece is read in a
short transaction of its own.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from anyio import CancelScope
from psycopg import AsyncConnection

from keitora.fleets.model import Fleet
from keitora.fleets.queries import enter_fleet
from keitora_api.auth import Visit
from keitora_api.resources import Resources

NOT_STORED: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Headers of a streamed answer: it gets no ETag, and nobody between holds it back."""


@dataclass(frozen=True, slots=True)
class FleetReader:
    """Reads for one fleet after its request's own transaction has ended."""

    resources: Resources
    fleet: Fleet

    @classmethod
    def of(cls, resources: Resources, visit: Visit) -> "FleetReader":
        """Return what reads for the fleet whose key came with the request."""
        return cls(resources, visit.fleet)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Yield a connection, in a transaction in which only this fleet can be seen."""
        # A reader who goes away ends the answer, not the short piece that is just being read: a query that is broken
        # off costs its connection.
        with CancelScope(shield=True):
            async with self.resources.pool.connection() as conn:
                await enter_fleet(conn, fleet_id=self.fleet.fleet_id)
                yield conn

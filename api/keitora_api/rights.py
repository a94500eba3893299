"""Who may use which route: the one table that is asked, and that a test walks.

A route that is not in the table is open to nobody. What a role sees behind an open route is narrower still where the
table says so in words: a driver's trips are his own and those nobody has claimed.
"""

from collections.abc import Mapping
from typing import Final

from keitora.fleets.model import Role

Roles = frozenset[Role]

NOBODY_ASKED: Final = None
"""For everybody, signed in or not."""
EVERYBODY: Final[Roles] = frozenset({"manager", "driver", "viewer"})
WRITERS: Final[Roles] = frozenset({"manager", "driver"})
MANAGERS: Final[Roles] = frozenset({"manager"})
NOT_DRIVERS: Final[Roles] = frozenset({"manager", "viewer"})
"""Sums, money, and where trucks were with whom: the manager's business, and Grafana's."""

RIGHTS: Final[Mapping[str, Roles | None]] = {
    # The service itself
    "GET /healthz": NOBODY_ASKED,
    "GET /metrics": NOBODY_ASKED,
    # Coming in
    "POST /v1/session": NOBODY_ASKED,
    "POST /v1/invitations/look": NOBODY_ASKED,
    "POST /v1/invitations/accept": NOBODY_ASKED,
    # Oneself
    "GET /v1/me": EVERYBODY,
    "DELETE /v1/session": WRITERS,
    "PUT /v1/me/password": WRITERS,
    "GET /v1/sessions": WRITERS,  # a driver's own
    "DELETE /v1/sessions/{session_id}": WRITERS,  # a driver's own
    # People and keys
    "GET /v1/drivers": NOT_DRIVERS,
    "GET /v1/people": MANAGERS,
    "PATCH /v1/people/{person_id}": MANAGERS,
    "POST /v1/people/{person_id}/reset-password": MANAGERS,
    "GET /v1/invitations": MANAGERS,
    "POST /v1/invitations": MANAGERS,
    "DELETE /v1/invitations/{invitation_id}": MANAGERS,
    "GET /v1/keys": MANAGERS,
    "POST /v1/keys": MANAGERS,
    "DELETE /v1/keys/{key_id}": MANAGERS,
    "GET /v1/audit": MANAGERS,
    # The fleet and its trucks
    "GET /v1/fleet": EVERYBODY,
    "PATCH /v1/fleet": MANAGERS,
    "GET /v1/vehicles": EVERYBODY,
    "POST /v1/vehicles": MANAGERS,
    "POST /v1/vehicles/bulk": MANAGERS,
    "GET /v1/vehicles/{vehicle_id}": EVERYBODY,
    "PATCH /v1/vehicles/{vehicle_id}": MANAGERS,
    "POST /v1/vehicles/{vehicle_id}/devices": MANAGERS,
    "POST /v1/devices/{device_id}/renew": MANAGERS,
    "POST /v1/devices/{device_id}/revoke": MANAGERS,
    "GET /v1/vehicles/{vehicle_id}/odometer": EVERYBODY,
    "POST /v1/vehicles/{vehicle_id}/odometer": MANAGERS,
    "POST /v1/odometer/bulk": MANAGERS,
    "GET /v1/positions/latest": EVERYBODY,
    "GET /v1/positions/stream": EVERYBODY,
    "GET /v1/home": EVERYBODY,  # a driver's own trips
    "GET /v1/search": EVERYBODY,  # a driver: no notes
    "GET /v1/upkeep": EVERYBODY,
    "POST /v1/upkeep": MANAGERS,
    "PUT /v1/upkeep/{upkeep_id}": MANAGERS,
    "DELETE /v1/upkeep/{upkeep_id}": MANAGERS,
    "GET /v1/upkeep/{upkeep_id}/done": NOT_DRIVERS,
    "POST /v1/upkeep/{upkeep_id}/done": MANAGERS,
    "DELETE /v1/upkeep/{upkeep_id}/done/{done_id}": MANAGERS,
    "GET /v1/devices": NOT_DRIVERS,
    "GET /v1/quality": NOT_DRIVERS,
    "GET /v1/service": NOT_DRIVERS,
    "GET /v1/vehicles/{vehicle_id}/signals": NOT_DRIVERS,
    "GET /v1/vehicles/{vehicle_id}/samples.csv": NOT_DRIVERS,
    "GET /v1/vehicles/{vehicle_id}/samples.parquet": NOT_DRIVERS,
    "GET /v1/batteries": EVERYBODY,
    "GET /v1/silent-vehicles": EVERYBODY,
    # Trips, and what is said of them
    "GET /v1/trips": EVERYBODY,  # a driver's own
    "GET /v1/trips/{trip_id}": EVERYBODY,  # a driver's own
    "GET /v1/trips/{trip_id}/track": EVERYBODY,  # a driver's own
    "GET /v1/trips/{trip_id}/neighbours": EVERYBODY,  # a driver's own
    "GET /v1/trips/{trip_id}/overlay": EVERYBODY,  # a driver's own
    "POST /v1/trips/{trip_id}/overlay": WRITERS,  # a driver's own
    "DELETE /v1/trips/{trip_id}/overlay/{entry_id}": WRITERS,  # a driver's own entries
    "POST /v1/overlays/bulk": WRITERS,  # a driver: of his own
    "GET /v1/overlays/orphans": NOT_DRIVERS,
    "GET /v1/driverless-trips": EVERYBODY,
    # Where trucks stood, and for how long
    "GET /v1/stops": NOT_DRIVERS,
    "GET /v1/idling": NOT_DRIVERS,
    "GET /v1/visits": NOT_DRIVERS,
    "GET /v1/places": EVERYBODY,
    "POST /v1/places": MANAGERS,
    "GET /v1/places/geojson": EVERYBODY,
    "POST /v1/places/geojson": MANAGERS,
    "GET /v1/places/suggestions": NOT_DRIVERS,
    "GET /v1/places/{place_id}": EVERYBODY,
    "PUT /v1/places/{place_id}": MANAGERS,
    "DELETE /v1/places/{place_id}": MANAGERS,
    # What was wrong
    "GET /v1/episodes": EVERYBODY,  # a driver: of the truck, not of how others drive
    "POST /v1/episodes/{episode_id}/acknowledge": WRITERS,  # a driver: the same
    # Fuel
    "GET /v1/fill-ups": EVERYBODY,  # a driver's own entries
    "POST /v1/fill-ups": WRITERS,
    "POST /v1/fill-ups/bulk": MANAGERS,
    "POST /v1/fill-ups/{fill_up_id}/confirm/{kind}": WRITERS,  # a driver's own entries
    "DELETE /v1/fill-ups/{fill_up_id}": WRITERS,  # a driver's own entries
    "GET /v1/tank-events": NOT_DRIVERS,
    "GET /v1/fuel-balance": NOT_DRIVERS,
    # Electric trucks, and money
    "GET /v1/charges": NOT_DRIVERS,
    "POST /v1/charges": WRITERS,
    "POST /v1/charges/bulk": MANAGERS,
    "DELETE /v1/charges/{charge_entry_id}": WRITERS,  # a driver's own entries
    "GET /v1/traction-batteries": EVERYBODY,
    "GET /v1/tariffs": EVERYBODY,
    "POST /v1/tariffs": MANAGERS,
    "DELETE /v1/tariffs/{tariff_id}": MANAGERS,
    "GET /v1/fuel-factors": NOT_DRIVERS,
    "GET /v1/prices": NOT_DRIVERS,
    "POST /v1/prices": MANAGERS,
    "DELETE /v1/prices/{price_id}": MANAGERS,
    "GET /v1/rates": NOT_DRIVERS,
    # Sums
    "GET /v1/states": NOT_DRIVERS,
    "GET /v1/stats": NOT_DRIVERS,
    "GET /v1/stats/fuel": NOT_DRIVERS,
    "GET /v1/stats/farm": NOT_DRIVERS,
    "GET /v1/days": NOT_DRIVERS,
    "GET /v1/driver-days": NOT_DRIVERS,
    # The same as files
    "GET /v1/exports/{what}.csv": NOT_DRIVERS,
    "GET /v1/exports/{what}.xlsx": NOT_DRIVERS,
    "GET /v1/exports/tracks.gpx": NOT_DRIVERS,
    "GET /v1/exports/tracks.geojson": NOT_DRIVERS,
}


def may(role: Role, method: str, route: str) -> bool:
    """Tell whether a role may use a route (its path as a template). One that is not in the table nobody may."""
    roles = RIGHTS.get(f"{method} {route}", frozenset())
    return roles is NOBODY_ASKED or role in roles

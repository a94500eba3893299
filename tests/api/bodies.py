"""What is said to each route that writes, and what is asked of those that must be asked for something."""

from typing import Any

from tests.api.people import PASSWORD

BARN = {"name": "Barn", "geometry": {"type": "Point", "coordinates": [138.1, 36.6]}, "radius_m": 50}
BODIES: dict[str, Any] = {
    "POST /v1/upkeep": {"vehicle_id": 1, "kind": "oil", "name": "Oil", "every_km": 5000},
    "PUT /v1/upkeep/{upkeep_id}": {"vehicle_id": 1, "kind": "oil", "name": "Oil", "every_km": 6000},
    "POST /v1/upkeep/{upkeep_id}/done": {"done_on": "2026-11-20"},
    "POST /v1/trips/{trip_id}/overlay": {"action": "describe", "purpose": "work"},
    "POST /v1/vehicles/{vehicle_id}/odometer": {"read_at": "2026-11-20T00:00:00Z", "odometer_km": 1000},
    "POST /v1/episodes/{episode_id}/acknowledge": {},
    "POST /v1/fill-ups": {"vehicle_id": 1, "filled_at": "2026-11-20T00:00:00Z", "volume_l": 20},
    "POST /v1/fill-ups/bulk": {"items": [{"vehicle_id": 1, "filled_at": "2026-11-20T00:00:00Z", "volume_l": 20}]},
    "POST /v1/charges/bulk": {"items": [{"vehicle_id": 1, "charged_at": "2026-11-20T00:00:00Z", "energy_kwh": 9}]},
    "POST /v1/odometer/bulk": {
        "items": [{"vehicle_id": 1, "read_at": "2026-11-20T00:00:00Z", "odometer_km": 1000}],
    },
    "POST /v1/overlays/bulk": {"items": [{"trip_id": "1-a", "entry": {"action": "describe", "purpose": "work"}}]},
    "POST /v1/vehicles/bulk": {"items": [{"name": "D"}]},
    "POST /v1/charges": {"vehicle_id": 1, "charged_at": "2026-11-20T00:00:00Z", "energy_kwh": 9},
    "POST /v1/tariffs": {"name": "Night", "valid_from": "2026-04-01", "otherwise_per_kwh": "40"},
    "POST /v1/prices": {"valid_from": "2026-01-01", "price_per_l": "170"},
    "POST /v1/places": BARN,
    "POST /v1/places/geojson": {"type": "FeatureCollection", "features": []},
    "PUT /v1/places/{place_id}": {**BARN, "name": "Barn 2"},
    "PATCH /v1/fleet": {"locale": "en"},
    "POST /v1/vehicles": {"name": "C"},
    "PATCH /v1/vehicles/{vehicle_id}": {"plate": "長野 480 あ 12-34"},
    "POST /v1/vehicles/{vehicle_id}/devices": {"source": "owntracks"},
    "POST /v1/devices/{device_id}/renew": None,
    "POST /v1/devices/{device_id}/revoke": None,
    "POST /v1/keys": {"name": "Grafana", "role": "viewer"},
    "POST /v1/invitations": {"name": "Yuki", "role": "driver"},
    "PATCH /v1/people/{person_id}": {"is_disabled": True},
    "POST /v1/people/{person_id}/reset-password": None,
    "PUT /v1/me/password": {"password": PASSWORD, "new_password": "snow on the tin roof"},
    "POST /v1/session": {"login_name": "nobody", "password": PASSWORD, "kind": "bearer"},
    "POST /v1/invitations/look": {"token": "ki_none"},
    "POST /v1/invitations/accept": {"token": "ki_none", "kind": "bearer"},
    "POST /v1/fill-ups/{fill_up_id}/confirm/{kind}": None,
}
QUERIES = {
    "GET /v1/vehicles/{vehicle_id}/signals": {"signal": "speed_kmh"},
    "GET /v1/vehicles/{vehicle_id}/samples.csv": {"signal": "speed_kmh"},
    "GET /v1/vehicles/{vehicle_id}/samples.parquet": {"signal": "speed_kmh"},
    "GET /v1/search": {"q": "f"},
}
ENDLESS = {"GET /v1/positions/stream"}
"""Never ends: who may not listen is walked here, the rest in test_position_stream.py."""
OWN_ONLY = {"DELETE /v1/session", "PUT /v1/me/password"}
"""For people: a key has neither."""
NOT_OF_OTHERS = {("driver", "DELETE /v1/trips/{trip_id}/overlay/{entry_id}")}
"""A role may, but not with what somebody else has entered; tested on its own below."""

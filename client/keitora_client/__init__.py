"""A small typed client of Keitora's HTTP API.

with Keitora("http://127.0.0.1:8080", "kt_…") as keitora:
for trip in keitora.trips(from_at=datetime(2026, 11, 1, tzinfo=UTC)):
print(trip.vehicle.name, trip.distance_km)
"""

from keitora_client.client import Keitora
from keitora_client.errors import ApiError
from keitora_client.models import Driver, Episode, Fleet, Place, Position, Stat, Track, Trip, Upkeep, Vehicle

__all__ = [
    "ApiError",
    "Driver",
    "Episode",
    "Fleet",
    "Keitora",
    "Place",
    "Position",
    "Stat",
    "Track",
    "Trip",
    "Upkeep",
    "Vehicle",
]

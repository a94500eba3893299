"""A small typed client of Keitora's HTTP API.

with Keitora("http://127.0.0.1:8080", "kt_…") as keitora:
    for trip in keitora.trips(from_at=datetime(2026, 11, 1, tzinfo=UTC)):
        print(trip.vehicle.name, trip.distance_km)
"""

from keitora_client.client import Keitora
from keitora_client.entries import Charge, ChargeEntry, FillUp, Kept, NewCharge, NewFillUp, Question, VehicleChange
from keitora_client.errors import ApiError
from keitora_client.models import (
    Day,
    Device,
    Driver,
    Episode,
    Fleet,
    Hit,
    NamedPlace,
    Place,
    Position,
    Stat,
    Stop,
    Track,
    Trip,
    Upkeep,
    Vehicle,
    Visit,
)

__all__ = [
    "ApiError",
    "Charge",
    "ChargeEntry",
    "Day",
    "Device",
    "Driver",
    "Episode",
    "FillUp",
    "Fleet",
    "Hit",
    "Keitora",
    "Kept",
    "NamedPlace",
    "NewCharge",
    "NewFillUp",
    "Place",
    "Position",
    "Question",
    "Stat",
    "Stop",
    "Track",
    "Trip",
    "Upkeep",
    "Vehicle",
    "VehicleChange",
    "Visit",
]

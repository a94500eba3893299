"""A fleet with a truck and its devices, and a writer on a database of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from keitora.devices.model import Source
from keitora.devices.queries import assign_device, register_device
from keitora.fleets.queries import create_fleet
from keitora.settings import IngestSettings
from keitora.vehicles.queries import create_vehicle
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.message import Message
from keitora_ingestor.outcome import Outcome
from keitora_ingestor.service import limits_of
from keitora_ingestor.writer import write

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


@dataclass
class Yard:
    """A fleet's database as the tests of the ingestor use it."""

    conn: Connection[Any]
    fleet_id: int
    vehicle_id: int

    def send(self, topic: str, payload: bytes, *, received_at: datetime = NOW) -> Outcome:
        return self.send_all([(topic, payload)], received_at=received_at)

    def send_all(
        self, messages: list[tuple[str, bytes]], *, received_at: datetime = NOW, all_new: bool = False
    ) -> Outcome:
        batch = [Message(topic, payload, received_at, 0, 1, 0) for topic, payload in messages]
        return write(self.conn, batch, limits_of(IngestSettings()), DeviceCache(), all_new=all_new)

    def send_timed(self, messages: list[tuple[datetime, str, bytes]]) -> Outcome:
        """Send a batch whose messages arrived at moments of their own."""
        batch = [Message(topic, payload, received_at, 0, 1, 0) for received_at, topic, payload in messages]
        return write(self.conn, batch, limits_of(IngestSettings()), DeviceCache())

    def rows(self, query: str) -> list[Any]:
        return self.conn.execute(query).fetchall()

    def device(self, device_key: str, source: Source = "native", vehicle_id: int | None = None) -> int:
        device = register_device(self.conn, fleet_id=self.fleet_id, source=source, device_key=device_key)
        assign_device(
            self.conn,
            fleet_id=self.fleet_id,
            device_id=device.device_id,
            vehicle_id=vehicle_id or self.vehicle_id,
        )
        return device.device_id


@pytest.fixture
def yard(database_url: str) -> Iterator[Yard]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        fleet = create_fleet(conn, name="Testfarm")
        vehicle = create_vehicle(conn, fleet_id=fleet.fleet_id, name="Carry", displacement_cc=658)
        yard = Yard(conn, fleet.fleet_id, vehicle.vehicle_id)
        yard.device("carry-1")
        yard.device("ken/phone", source="owntracks")
        yield yard

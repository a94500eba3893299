"""How fast one ingestor takes messages from the broker to committed samples. Prints one run's figures.

    .venv/bin/python bench/mqtt_ingest.py [--messages 20000] [--rows 10]

Sender, broker, ingestor and database share the machine; the messages are made beforehand.
"""

import argparse
import os
import subprocess
import sys
import time
from threading import Event
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import psycopg
from write_and_derive import message

from keitora.db.migrate import migrate
from keitora.devices.queries import assign_device, register_device
from keitora.fleets.queries import create_fleet
from keitora.local.testing import TemporaryBroker, temporary_broker, temporary_postgres
from keitora.vehicles.queries import create_vehicle


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rows", type=int, default=10)
    chosen = parser.parse_args()
    messages = [message(i % 10, i // 10, chosen.rows) for i in range(chosen.messages)]
    with temporary_postgres() as server, temporary_broker() as broker:
        migrate(server.url)
        with psycopg.connect(server.url, autocommit=True) as conn:
            fleet = create_fleet(conn, name="Bench")
            for number in range(10):
                vehicle = create_vehicle(conn, fleet_id=fleet.fleet_id, name=f"Truck {number}")
                device = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key=f"truck-{number}")
                assign_device(conn, fleet_id=fleet.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
            environment = {**os.environ, "KEITORA_DATABASE_URL": server.url, "KEITORA_MQTT_URL": broker.ingestor_url}
            ingestor = subprocess.Popen(
                [sys.executable, "-m", "keitora", "ingest"], env=environment, stderr=subprocess.DEVNULL
            )
            try:
                measure(conn, broker, [(one.topic, one.payload) for one in messages], chosen.rows)
            finally:
                ingestor.terminate()
                ingestor.wait()


def measure(
    conn: psycopg.Connection[tuple[object, ...]], broker: TemporaryBroker, messages: list[tuple[str, bytes]], rows: int
) -> None:
    """Send everything and wait until it is committed."""
    pause = Event()
    while conn.execute("SELECT 1 FROM service_heartbeat WHERE detail->>'broker_connected' = 'true'").fetchone() is None:
        pause.wait(0.1)
    address = urlsplit(broker.url)
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.username_pw_set(address.username, address.password)
    client.max_inflight_messages_set(5000)
    client.connect(address.hostname or "", address.port or 1883)
    client.loop_start()
    began = time.perf_counter()
    for topic, payload in messages:
        client.publish(topic, payload, qos=1)
    wanted = len(messages) * rows
    while True:
        found = conn.execute("SELECT coalesce(sum(sample_count), 0) FROM device_seen").fetchone()
        if found is not None and int(str(found[0])) >= wanted:
            break
        pause.wait(0.05)
    lasted_s = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    print(f"{wanted:,} samples in {lasted_s:.1f} s: {wanted / lasted_s:,.0f} samples/s, {rows} rows a message")


if __name__ == "__main__":
    main()

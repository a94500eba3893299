"""Promise 1: whatever is killed at whatever moment, every sample is there exactly once."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event, Thread

import psycopg
import pytest

from keitora.clock import instant
from keitora.db.migrate import migrate
from keitora.devices.queries import assign_device, register_device
from keitora.fleets.queries import create_fleet
from keitora.local.testing import (
    TemporaryBroker,
    TemporaryPostgres,
    TemporaryServer,
    temporary_broker,
    temporary_postgres,
)
from keitora.vehicles.queries import create_vehicle
from keitora_sim.recording import Drive, Row
from keitora_sim.replay.files import load
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.sender import Delivery, Report, send_drive
from tests.core.derive.drives import Stretch, drive
from tests.system.derived import derive_all, derived_rows
from tests.system.stack import Process, service, wait_for_ingestor

KILLS = 20
DEVICE = "carry-1"


@pytest.fixture
def own_postgres() -> Iterator[TemporaryPostgres]:
    """A database server of this test's own, as durable as a real one: others need theirs alive."""
    with temporary_postgres(fsync=True) as server:
        migrate(server.url)
        yield server


@pytest.fixture
def own_broker() -> Iterator[TemporaryBroker]:
    with temporary_broker() as server:
        yield server


def long_drive() -> Drive:
    """Hours of driving; a real recording where there is one."""
    recordings = Path(os.environ.get("KEITORA_RECORDINGS", Path(__file__).parents[3] / "shared" / "data"))
    found = sorted((recordings / "obd_fusion_montreal").glob("petrol_kia_rio*"))
    if found:
        return load(found[0], "obd-fusion", Options()).drive
    samples = drive([Stretch(3000, 40, 2500), Stretch(60, 0, 800)] * 3)
    rows = [
        Row(instant(s.at_ms), {"speed_kmh": s.speed_kmh or 0.0, "lat": s.lat or 0.0, "lon": s.lon or 0.0})
        for s in samples
    ]
    return Drive("made up", tuple(rows))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_kills_while_a_drive_streams_lose_and_double_nothing(
    own_postgres: TemporaryPostgres, own_broker: TemporaryBroker, tmp_path: Path
) -> None:
    with psycopg.connect(own_postgres.url, autocommit=True) as conn:
        fleet = create_fleet(conn, name="Testfarm")
        vehicle = create_vehicle(conn, fleet_id=fleet.fleet_id, name="Carry")
        device = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key=DEVICE)
        assign_device(conn, fleet_id=fleet.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
    driven = long_drive()
    reports: list[Report] = []
    done = Event()

    def send() -> None:
        # One boot after the other until the last kill has been survived.
        boot = 0
        while not done.is_set():
            boot += 1
            how = Delivery(batch_rows=7, window=32, resend_after_s=1.0, timeout_s=120)
            reports.append(send_drive(driven, url=own_broker.url, device_key=DEVICE, boot=boot, how=how))

    with service("ingest", own_postgres.url, own_broker, tmp_path) as ingestor:
        wait_for_ingestor(own_postgres.url)
        sender = Thread(target=send)
        sender.start()
        try:
            kill_at_random(ingestor, own_broker, own_postgres)
        finally:
            done.set()
            sender.join()

    with psycopg.connect(own_postgres.url, autocommit=True) as conn:
        expected = [(boot + 1, len(driven.rows), 0, len(driven.rows) - 1) for boot in range(len(reports))]
        assert [report.unacknowledged_count for report in reports] == [0] * len(reports)
        assert (
            conn.execute(
                "SELECT row_key >> 32, count(*), min(row_key & 4294967295), max(row_key & 4294967295)"
                " FROM sample GROUP BY 1 ORDER BY 1"
            ).fetchall()
            == expected
        )
        assert conn.execute("SELECT count(*) FROM dead_letter").fetchall() == [(0,)]
        derive_all(conn)
        assert len(derived_rows(conn)["trip"]) > 0


def kill_at_random(ingestor: Process, broker: TemporaryBroker, postgres: TemporaryPostgres) -> None:
    chance = Random(datetime.now(UTC).toordinal())  # noqa: TID251 -- other instants every day, the same all day long
    victims: list[Process | TemporaryServer] = [ingestor, broker, postgres]
    pause = Event()
    for _ in range(KILLS):
        pause.wait(chance.uniform(0.2, 1.5))
        victim = chance.choice(victims)
        victim.kill()
        pause.wait(chance.uniform(0, 0.5))
        victim.start()

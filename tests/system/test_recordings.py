"""Real drives, from the broker to trips: sent as a logger sends them, ingested and derived by the real services."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from keitora.fleets.queries import create_fleet
from keitora.geo import distance_m
from keitora.local.testing import TemporaryBroker, TemporaryPostgres
from keitora.wire.slug import slug
from keitora_sim.recording import Drive
from keitora_sim.registration import Truck, ensure_truck
from keitora_sim.replay.files import Recording, load
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.sender import send_drive
from tests.system.stack import service, wait_for_ingestor, wait_until

pytestmark = [pytest.mark.recordings, pytest.mark.slow]

FOLDERS = {"obd_fusion_montreal": "obd-fusion", "ndsbr": "ndsbr"}
STANDING = "hybrid_chevrolet_volt"  # half a minute in a parking lot: 22 m of drift and no speed
HYBRID = {"hybrid_kia_niro": "hybrid", "hybrid_chevrolet_volt": "hybrid"}


@dataclass(frozen=True)
class Replayed:
    """What became of one recording."""

    name: str
    drive: Drive
    trips: list[Any]
    day_fuel_l: float | None
    sample_count: int

    @property
    def distance_m(self) -> float:
        return sum(trip.distance_m or 0 for trip in self.trips)


@pytest.fixture(scope="module")
def replayed(
    postgres: TemporaryPostgres,
    broker: TemporaryBroker,
    module_database_url: str,
    recordings: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Replayed]:
    folder = tmp_path_factory.mktemp("services")
    ingestor_url = url_of_ingestor(postgres, module_database_url)
    with (
        service("ingest", ingestor_url, broker, folder),
        service("derive", ingestor_url, broker, folder),
        psycopg.connect(module_database_url, autocommit=True) as conn,
    ):
        wait_for_ingestor(module_database_url)
        fleet = create_fleet(conn, name="Recordings", time_zone="America/Toronto")
        return {
            path.name: replay(conn, fleet.fleet_id, path, recording, broker)
            for path, recording in recordings_in(recordings)
        }


def test_a_logger_that_tells_one_signal_at_a_time_makes_whole_trips(
    postgres: TemporaryPostgres,
    broker: TemporaryBroker,
    module_database_url: str,
    recordings: Path,
    tmp_path: Path,
) -> None:
    """Five recordings of one car, eleven rows a second with one signal each; two follow each other within seconds."""
    paths = sorted((recordings / "kit_seat_leon").glob("*.csv*"))
    ingestor_url = url_of_ingestor(postgres, module_database_url)
    with (
        service("ingest", ingestor_url, broker, tmp_path),
        service("derive", ingestor_url, broker, tmp_path),
        psycopg.connect(module_database_url, autocommit=True) as conn,
    ):
        fleet = create_fleet(conn, name="Karlsruhe", time_zone="Europe/Berlin")
        found = [replay(conn, fleet.fleet_id, path, load(path, "kit", Options()), broker, "Leon") for path in paths]

    trips = found[-1].trips
    expected_m = sum(integrated_m(one.drive, "speed_kmh") for one in found)
    # The jam of 2017 has a hole of ten minutes that begins and ends at a roll: a gap in one trip. The two drives of an
    # evening follow each other within seconds; the hole of two minutes before is shorter than what ends a trip.
    assert len(trips) == 4
    assert [round(trip.gap_s) for trip in trips] == [604, 0, 106, 0]
    assert sum(trip.distance_m for trip in trips) == pytest.approx(expected_m, rel=0.05)
    assert all(trip.fuel_method == "maf" for trip in trips)
    assert all(4 < trip.fuel_l / trip.distance_m * 1e5 < 30 for trip in trips)


def recordings_in(recordings: Path) -> list[tuple[Path, Recording]]:
    return [
        (path, load(path, file_format, Options()))
        for name, file_format in FOLDERS.items()
        for path in sorted((recordings / name).glob("*.csv*"))
    ]


def url_of_ingestor(postgres: TemporaryPostgres, url: str) -> str:
    """The same database with the ingestor's own, lesser rights."""
    return postgres.allow_login("keitora_ingestor").rsplit("/", 1)[0] + "/" + url.rsplit("/", 1)[1]


def replay(
    conn: Any, fleet_id: int, path: Path, recording: Recording, broker: TemporaryBroker, truck: str | None = None
) -> Replayed:
    name = truck or path.name.split(".")[0]
    energy: Any = next((kind for start, kind in HYBRID.items() if name.startswith(start)), "petrol")
    vehicle, _ = ensure_truck(conn, fleet_id=fleet_id, truck=Truck(name=name, device_key=slug(name), energy=energy))

    report = send_drive(recording.drive, url=broker.url, device_key=slug(name), boot=recording.boot)

    assert report.unacknowledged_count == 0
    wait_until(lambda: is_derived(conn, vehicle.vehicle_id, report.last_at), f"{name} is derived")
    with conn.cursor(row_factory=psycopg.rows.namedtuple_row) as cursor:
        trips = cursor.execute(
            "SELECT * FROM trip WHERE vehicle_id = %s ORDER BY started_at", [vehicle.vehicle_id]
        ).fetchall()
    [(fuel_l,)] = conn.execute("SELECT sum(fuel_l) FROM vehicle_day WHERE vehicle_id = %s", [vehicle.vehicle_id])
    [(count,)] = conn.execute("SELECT count(*) FROM sample WHERE vehicle_id = %s", [vehicle.vehicle_id])
    return Replayed(name, recording.drive, trips, fuel_l, count)


def is_derived(conn: Any, vehicle_id: int, until: Any) -> bool:
    [(waiting,)] = conn.execute("SELECT count(*) FROM derive_touch WHERE vehicle_id = %s", [vehicle_id])
    row = conn.execute("SELECT last_sample_at FROM derive_state WHERE vehicle_id = %s", [vehicle_id]).fetchone()
    # What repeats itself at the very end waits for news for a minute (keitora.derive.repeats), and no more comes.
    return waiting == 0 and row is not None and row[0] is not None and row[0] >= until - timedelta(seconds=60)


def integrated_m(drive: Drive, column: str) -> float:
    """The logger's own speed over time (m), leaving out its sentinels and holes."""
    heard = [(row.sampled_at, row.values[column]) for row in drive.rows if row.values.get(column, 999) <= 200]
    return sum(
        (speed + before) / 7.2 * (at - earlier).total_seconds()
        for (earlier, before), (at, speed) in pairwise(heard)
        if (at - earlier).total_seconds() <= 10
    )


def driven(replayed: dict[str, Replayed]) -> list[Replayed]:
    return [one for one in replayed.values() if STANDING not in one.name]


def test_every_row_is_stored_once(replayed: dict[str, Replayed]) -> None:
    assert len(replayed) >= 9
    for one in replayed.values():
        assert one.sample_count == len(one.drive.rows), one.name


def test_each_recording_that_moves_is_found_as_a_drive(replayed: dict[str, Replayed]) -> None:
    for one in driven(replayed):
        assert one.trips, one.name


def test_a_car_that_only_stood_made_no_trip(replayed: dict[str, Replayed]) -> None:
    standing = [one for one in replayed.values() if STANDING in one.name]
    assert [one.trips for one in standing] == [[]] * len(standing)


def test_an_unbroken_drive_is_one_trip(replayed: dict[str, Replayed]) -> None:
    long_drives = [one for one in driven(replayed) if one.distance_m > 10_000 and "ndsbr" not in one.name]
    assert [len(one.trips) for one in long_drives if "driver" not in one.name] == [1] * 6


def test_distances_agree_with_the_integrated_speed(replayed: dict[str, Replayed]) -> None:
    for one in driven(replayed):
        has_wheels = any("speed_kmh" in row.values for row in one.drive.rows)
        expected_m = integrated_m(one.drive, "speed_kmh" if has_wheels else "gnss_speed_kmh")
        bound = 0.05 if expected_m > 10_000 else 0.10
        assert one.distance_m == pytest.approx(expected_m, rel=bound), one.name


def test_the_second_opinion_agrees_with_the_first(replayed: dict[str, Replayed]) -> None:
    for one in driven(replayed):
        for trip in one.trips:
            if trip.distance_m > 10_000 and trip.distance_second_m is not None:
                assert trip.distance_second_m == pytest.approx(trip.distance_m, rel=0.05), one.name


def test_litres_follow_the_air_where_there_is_a_mass_flow_and_the_road_where_there_is_none(
    replayed: dict[str, Replayed],
) -> None:
    for one in driven(replayed):
        if not any(row.values.get("maf_gs") for row in one.drive.rows):
            assert {trip.fuel_method for trip in one.trips} == {"road_load"}, one.name
            continue
        assert one.day_fuel_l == pytest.approx(litres_from_air(one.drive), rel=0.03), one.name
        assert {trip.fuel_method for trip in one.trips} == {"maf"}
        assert all(0 < trip.fuel_plus_minus_l < trip.fuel_l for trip in one.trips)


def litres_from_air(drive: Drive) -> float:
    """MAF / (14.7 · lambda · 745 g/L), nothing while the engine stands or fuel is cut."""
    litres, answers = 0.0, False
    for now, after in pairwise(drive.rows):
        ratio = now.values.get("lambda_ratio", 1.0)
        answers = answers or ratio > 0
        cut = ratio >= 1.99 or (answers and ratio == 0)
        if now.values.get("engine_rpm", 0) > 200 and not cut:
            lasted_s = min((after.sampled_at - now.sampled_at).total_seconds(), 10)
            litres += now.values.get("maf_gs", 0) / 14.7 / (ratio or 1.0) / 745 * lasted_s
    return litres


def test_no_trip_is_faster_or_longer_than_a_car_can_go(replayed: dict[str, Replayed]) -> None:
    for one in driven(replayed):
        for trip in one.trips:
            assert 0 < trip.max_speed_kmh < 140, one.name
            lasted_s = (trip.ended_at - trip.started_at).total_seconds()
            assert trip.distance_m / lasted_s * 3.6 <= trip.max_speed_kmh, one.name
            assert distance_m(trip.start_lat, trip.start_lon, trip.end_lat, trip.end_lon) <= trip.distance_m * 1.05

"""Recordings of other kinds, from the broker to what is derived: held against what each says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from keitora.fleets.queries import create_fleet
from keitora.local.testing import TemporaryBroker, TemporaryPostgres
from keitora_sim.recording import Drive
from keitora_sim.registration import Truck, ensure_truck
from keitora_sim.replay.files import Recording, load
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.sender import send_drive
from keitora_sim.replay.shift import begun
from keitora_sim.replay.target import energy_of
from tests.core.derive.recorded import overview_km, phone_segments
from tests.system.stack import service, wait_for_ingestor, wait_until
from tests.system.test_recordings import integrated_m, is_derived, url_of_ingestor

pytestmark = [pytest.mark.recordings, pytest.mark.slow]

BEGIN = datetime(2026, 4, 1, tzinfo=UTC)
LITRES_NOTED = 0.4608 + 0.3456 + 0.2832 + 0.3696 + 0.3024
"""Of the five laps, not made from the air flow."""


@dataclass(frozen=True)
class Derived:
    """What became of the recordings of one truck."""

    vehicle_id: int
    recordings: list[Recording]
    conn: psycopg.Connection[Any]

    def rows(self, table: str) -> list[Any]:
        with self.conn.cursor(row_factory=psycopg.rows.namedtuple_row) as cursor:
            return cursor.execute(
                f"SELECT * FROM {table} WHERE vehicle_id = %s ORDER BY 1, 2", [self.vehicle_id]
            ).fetchall()

    @property
    def trips(self) -> list[Any]:
        return sorted(self.rows("trip"), key=lambda trip: trip.started_at)


@pytest.fixture(scope="module")
def yard(
    postgres: TemporaryPostgres,
    broker: TemporaryBroker,
    module_database_url: str,
    recordings: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator["Yard"]:
    folder = tmp_path_factory.mktemp("services")
    url = url_of_ingestor(postgres, module_database_url)
    with (
        service("ingest", url, broker, folder),
        service("derive", url, broker, folder),
        psycopg.connect(module_database_url, autocommit=True) as conn,
    ):
        wait_for_ingestor(module_database_url)
        fleet = create_fleet(conn, name="Recordings", time_zone="UTC")
        yield Yard(recordings, broker, conn, fleet.fleet_id)


@dataclass(frozen=True)
class Yard:
    """Where recordings become trucks."""

    recordings: Path
    broker: TemporaryBroker
    conn: psycopg.Connection[Any]
    fleet_id: int

    def derived(self, name: str, pattern: str, zone: str, **known: Any) -> Derived:
        """Send all files of a truck, in order, of the kind that their beginning shows."""
        paths = sorted(self.recordings.glob(pattern))
        if not paths:
            pytest.skip(f"no {pattern} among the recordings")
        found = [load(path, None, Options(zone=ZoneInfo(zone))) for path in paths]
        if not found[0].drive.has_clock:
            found = begun(found, BEGIN)
        known = {"energy": energy_of(found)} | known
        vehicle, _ = ensure_truck(
            self.conn, fleet_id=self.fleet_id, truck=Truck(name=name, device_key=f"{name}-replay", **known)
        )
        for one in found:
            report = send_drive(one.drive, url=self.broker.url, device_key=f"{name}-replay", boot=one.boot)
            assert not report.unacknowledged_count
        wait_until(lambda: is_derived(self.conn, vehicle.vehicle_id, report.last_at), f"{name} is derived")
        derived = Derived(vehicle.vehicle_id, found, self.conn)
        assert len(derived.rows("sample")) == sum(len(one.drive.rows) for one in found)
        return derived


def drawn_kwh(drive: Drive, trip: Any) -> float:
    """The integral of volts by amperes out of the battery; its heater ran while the car stood, before and after."""
    return (
        -sum(
            now.values["hv_voltage_v"]
            * now.values["hv_current_a"]
            * (after.sampled_at - now.sampled_at).total_seconds()
            for now, after in pairwise(drive.rows)
            if trip.started_at <= now.sampled_at < trip.ended_at
        )
        / 3.6e6
    )


def test_an_electric_cars_trips_are_as_long_and_draw_as_much_as_its_data_say(yard: Yard, recordings: Path) -> None:
    found = yard.derived("i3", "bmw_i3/*.csv.gz", "UTC")
    noted_km = overview_km(recordings / "bmw_i3" / "Overview.xlsx")

    assert len(found.trips) == len(found.recordings)
    for trip, recording in zip(found.trips, found.recordings, strict=True):
        assert trip.distance_m / 1000 == pytest.approx(noted_km[recording.drive.name.split(".")[0]], rel=0.005)
        assert trip.energy_kwh == pytest.approx(drawn_kwh(recording.drive, trip), rel=0.02)


def test_five_laps_are_as_long_as_they_were_noted_and_the_air_tells_their_litres(yard: Yard) -> None:
    found = yard.derived("lap", "skyledge/*.csv.gz", "Australia/Melbourne")

    # Lap one was followed by a rest of seven minutes, the others by less than what ends a trip.
    assert len(found.trips) == 2
    assert found.trips[0].started_at.hour == 3
    assert sum(trip.distance_m for trip in found.trips) == pytest.approx(5 * 2400, rel=0.02)
    # No factor is learnt yet: an uncalibrated air flow is 9 % off in the median, 13 % at worst of ten.
    assert sum(trip.fuel_l for trip in found.trips) == pytest.approx(LITRES_NOTED, rel=0.13)
    assert all(trip.fuel_plus_minus_l > 0.1 * trip.fuel_l for trip in found.trips)


def test_a_diesels_clock_jumps_and_its_way_is_whole(yard: Yard) -> None:
    found = yard.derived("diesel", "mercedes_diesel/*.csv.gz", "UTC", energy="diesel")

    [trip] = found.trips
    assert trip.distance_m == pytest.approx(integrated_m(found.recordings[0].drive, "speed_kmh"), rel=0.01)
    assert trip.ended_at - trip.started_at < timedelta(minutes=31)
    assert trip.fuel_l is None  # the air of a diesel without its lambda tells no litres


def test_a_month_of_an_electric_car_has_its_drives_and_its_charge(yard: Yard) -> None:
    found = yard.derived("model-s", "teslafi/01_complete/*.csv", "America/Los_Angeles")

    first, second = found.trips
    assert first.started_at == datetime(2016, 6, 26, 18, 12, 28, tzinfo=UTC)
    assert first.distance_m == pytest.approx(1205, rel=0.02)
    assert second.distance_m == pytest.approx(4963, rel=0.02)
    assert abs(second.ended_at - datetime(2016, 6, 26, 19, 34, 9, tzinfo=UTC)) < timedelta(seconds=60)
    [charge] = found.rows("charge")
    assert charge.started_at == datetime(2016, 6, 26, 23, 4, 32, tzinfo=UTC)
    assert charge.ended_at == datetime(2016, 6, 27, 0, 14, 32, tzinfo=UTC)
    assert (charge.from_soc_pct, charge.to_soc_pct) == (57, 70)
    assert charge.measured_kwh == pytest.approx(10.11, rel=0.03)  # the charger tells whole kilowatts


def test_an_hour_that_came_twice_is_an_hour_of_the_recording(yard: Yard) -> None:
    found = yard.derived("model-3", "teslafi/05_dst/*.csv", "Europe/Berlin")

    times = [row.sampled_at for row in found.recordings[0].drive.rows]
    assert times == sorted(times)
    assert found.trips == []
    assert found.rows("charge") == []


def test_an_engine_that_idled_for_ten_minutes_went_nowhere(yard: Yard) -> None:
    found = yard.derived("idler", "carobd/*.csv.gz", "UTC", displacement_cc=1598)

    assert found.trips == []
    [idling] = found.rows("idling")
    assert idling.lasted_s == pytest.approx(590, abs=2)  # the engine's own seconds
    assert 0.4 < idling.fuel_l / idling.lasted_s * 3600 < 1.5


def test_a_phones_trips_lie_in_the_segments_another_pipeline_found(yard: Yard, recordings: Path) -> None:
    found = yard.derived("phone", "phone_gps/*27.json.gz", "UTC")
    [path] = (recordings / "phone_gps").glob("*ground_truth*")
    segments = phone_segments(path)

    for trip in found.trips:
        inside = sum(
            (max(timedelta(0), min(trip.ended_at, end) - max(trip.started_at, start)) for start, end in segments),
            timedelta(0),
        )
        assert inside >= 0.85 * (trip.ended_at - trip.started_at)
    # The morning's car, 38.1 km there. The afternoon's way is known by cells of a kilometre, which are no fixes.
    longest = max(found.trips, key=lambda trip: trip.distance_m)
    assert longest.distance_m == pytest.approx(38_113, rel=0.06)

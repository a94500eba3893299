"""From typed fill-ups to the litres that are told: learning in the database, and the one place that multiplies."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from keitora.calibration.queries import learn_next, mark_due, read_used
from keitora.fleets.queries import create_fleet
from keitora.fuel.methods import CALIBRATED_UNCERTAINTY, UNCERTAINTY, FuelMethod
from keitora.vehicles.model import Vehicle
from keitora.vehicles.queries import create_vehicle
from tests.api.builders import add_day, add_trip, insert

START = datetime(2026, 4, 6, 3, tzinfo=UTC)
TOLD = "SELECT t.* FROM told_fuel(%s, %s, %s, %s, %s, %s, %s, %s, %s) AS t"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


@pytest.fixture
def truck(conn: psycopg.Connection) -> Vehicle:
    return create_vehicle(conn, fleet_id=create_fleet(conn, name="Farm").fleet_id, name="Carry")


def week(number: int) -> datetime:
    return START + timedelta(weeks=number)


def drive_weeks(conn: psycopg.Connection, truck: Vehicle, count: int) -> None:
    """A trip a day, 4 L each, by manifold pressure."""
    for day in range(7 * count):
        started_at = START + timedelta(days=day, hours=3)
        add_trip(conn, truck, started_at, fuel_l=4.0, fuel_plus_minus_l=0.8, speed_density_l=4.0)


def fill(conn: psycopg.Connection, truck: Vehicle, at: datetime, volume_l: float) -> None:
    values = {"fleet_id": truck.fleet_id, "vehicle_id": truck.vehicle_id, "currency": "JPY", "entered_by": "test"}
    insert(conn, "fill_up", **values, filled_at=at, volume_l=volume_l)


def factors(conn: psycopg.Connection) -> list[tuple[str, float, int]]:
    return conn.execute("SELECT method, factor, tank_count FROM fuel_factor ORDER BY valid_from").fetchall()


def test_three_full_tanks_teach_a_factor_once(conn: psycopg.Connection, truck: Vehicle) -> None:
    drive_weeks(conn, truck, 3)
    for number, litres in enumerate((30, 25.2, 25.8, 24.6)):
        fill(conn, truck, week(number), litres)

    conn.execute("SET ROLE keitora_ingestor")  # the worker's lesser rights are enough
    assert learn_next(conn) == truck.vehicle_id
    assert learn_next(conn) is None
    [(method, factor, tanks)] = factors(conn)
    assert (method, tanks) == ("speed_density", 3)
    assert factor == pytest.approx(0.9)


def test_a_fill_up_taken_back_is_unlearnt(conn: psycopg.Connection, truck: Vehicle) -> None:
    drive_weeks(conn, truck, 3)
    for number in range(4):
        fill(conn, truck, week(number), 25.2)
    learn_next(conn)
    conn.execute("UPDATE fill_up SET withdrawn_at = now() WHERE filled_at = %s", [week(3)])

    assert learn_next(conn) == truck.vehicle_id
    assert factors(conn) == []


def test_a_late_sample_before_a_fill_up_has_it_learnt_anew_and_a_new_one_behind_does_not(
    conn: psycopg.Connection, truck: Vehicle
) -> None:
    fill(conn, truck, week(1), 25)
    learn_next(conn)

    mark_due(conn, vehicle_id=truck.vehicle_id, since=week(2))
    assert learn_next(conn) is None
    mark_due(conn, vehicle_id=truck.vehicle_id, since=week(0))
    assert learn_next(conn) == truck.vehicle_id


def test_a_fill_up_in_mid_trip_divides_its_litres(conn: psycopg.Connection, truck: Vehicle) -> None:
    at = add_trip(conn, truck, START, fuel_l=4.0, maf_l=4.0, ended_at=START + timedelta(hours=2))

    half = read_used(conn, vehicle_id=truck.vehicle_id, from_at=at - timedelta(1), to_at=at + timedelta(minutes=30))

    assert half.maf_l == pytest.approx(1.0)
    assert half.engine_on_s == pytest.approx(300)


def test_litres_are_multiplied_by_the_factor_of_their_time(conn: psycopg.Connection, truck: Vehicle) -> None:
    common = {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id, "method": "maf", "tank_count": 3}
    for begin, end, factor in (("-infinity", week(4), 0.9), (week(4), "infinity", 1.1)):
        insert(conn, "fuel_factor", **common, valid_from=begin, valid_to=end, factor=factor, uncertainty_ratio=0.03)

    def told(at: datetime) -> float:
        row = conn.execute(TOLD, [truck.vehicle_id, at, 10.0, 1.3, 0, 10.0, 0, 0, 0]).fetchone()
        assert row is not None
        assert row[1] == pytest.approx(row[0] * (0.03**2 + 0.10**2) ** 0.5)
        assert row[2] == 1
        return float(row[0])

    assert told(week(3)) == pytest.approx(9.0)
    assert told(week(4)) == pytest.approx(11.0)


def test_what_was_never_calibrated_is_told_as_it_was_estimated_and_unknown_stays_unknown(
    conn: psycopg.Connection, truck: Vehicle
) -> None:
    assert conn.execute(TOLD, [truck.vehicle_id, START, 10.0, 1.3, 0, 10.0, 0, 0, 0]).fetchone() == (10.0, 1.3, 0)
    assert conn.execute(TOLD, [truck.vehicle_id, START, None, None, 0, 0, 0, 0, 0]).fetchone() == (None, None, 0)


@pytest.mark.parametrize("method", list(FuelMethod))
def test_the_database_and_the_code_agree_how_far_a_method_can_be_off(
    conn: psycopg.Connection, truck: Vehicle, method: FuelMethod
) -> None:
    litres = [1.0 if one is method else 0.0 for one in FuelMethod]
    other = "maf" if method is not FuelMethod.MAF else "measured"
    with_other = [one + (1.0 if name == other else 0.0) for one, name in zip(litres, FuelMethod, strict=True)]
    common = {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id, "valid_from": "-infinity"}
    common |= {"valid_to": "infinity", "tank_count": 3, "factor": 1.0, "uncertainty_ratio": 1e-9}
    insert(conn, "fuel_factor", **common, method=other)
    mixed = conn.execute(TOLD, [truck.vehicle_id, START, 2.0, 9.0, *with_other]).fetchone()
    insert(conn, "fuel_factor", **common, method=method.value)
    alone = conn.execute(TOLD, [truck.vehicle_id, START, 1.0, 9.0, *litres]).fetchone()

    assert mixed is not None
    assert alone is not None
    assert mixed[1] == pytest.approx(UNCERTAINTY[method] + CALIBRATED_UNCERTAINTY[FuelMethod(other)])
    assert alone[1] == pytest.approx(CALIBRATED_UNCERTAINTY[method])


def test_days_and_trips_tell_the_same_litres(conn: psycopg.Connection, truck: Vehicle) -> None:
    add_day(conn, truck, START.date(), fuel_l=4.0, maf_l=4.0)
    common = {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id, "method": "maf", "tank_count": 3}
    insert(
        conn, "fuel_factor", **common, valid_from="-infinity", valid_to="infinity", factor=0.9, uncertainty_ratio=0.03
    )
    told = conn.execute(
        "SELECT t.fuel_l FROM vehicle_day AS d, told_fuel(d.vehicle_id, d.local_date, d.fuel_l, d.fuel_plus_minus_l,"
        " d.measured_l, d.maf_l, d.speed_density_l, d.absolute_load_l, d.road_load_l) AS t"
    ).fetchone()

    assert told == (pytest.approx(3.6),)

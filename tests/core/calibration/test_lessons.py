"""What is learnt of a truck in the database, beside its fuel factors; and that it is a function of rows and entries."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from keitora.calibration.queries import learn_next, mark_due
from keitora.fleets.queries import create_fleet
from keitora.vehicles.model import Vehicle
from keitora.vehicles.queries import create_vehicle
from tests.api.builders import add_day, add_latest, add_stop, add_trip, insert

START = datetime(2026, 4, 6, 3, tzinfo=UTC)  # noon in Tokyo
LEARNT = ("fuel_factor", "fuel_jump", "pack", "running_rate", "tank_event", "episode")


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("SET TimeZone TO 'UTC'")
        yield conn


@pytest.fixture
def truck(conn: psycopg.Connection) -> Vehicle:
    fleet = create_fleet(conn, name="Farm")
    return create_vehicle(conn, fleet_id=fleet.fleet_id, name="Carry", tank_l=40)


@pytest.fixture
def van(conn: psycopg.Connection) -> Vehicle:
    fleet = create_fleet(conn, name="Post")
    return create_vehicle(conn, fleet_id=fleet.fleet_id, name="N-VAN e:", energy="electric", battery_kwh=29.6)


def common(truck: Vehicle) -> dict[str, Any]:
    return {"vehicle_id": truck.vehicle_id, "fleet_id": truck.fleet_id}


def learn(conn: psycopg.Connection) -> None:
    """As the worker does, with its lesser rights."""
    conn.execute("SET ROLE keitora_ingestor")
    while learn_next(conn) is not None:
        pass
    conn.execute("RESET ROLE")


def everything(conn: psycopg.Connection) -> dict[str, list[Any]]:
    return {
        table: conn.execute(f"SELECT row::text FROM {table} AS row ORDER BY 1".encode()).fetchall() for table in LEARNT
    }


def fill(conn: psycopg.Connection, truck: Vehicle, at: datetime, volume_l: float, **changes: Any) -> None:
    insert(
        conn, "fill_up", **common(truck), currency="JPY", entered_by="test", filled_at=at, volume_l=volume_l, **changes
    )


def told_day(conn: psycopg.Connection, truck: Vehicle, day: date) -> Any:
    return conn.execute(
        "SELECT cost, idle_cost, co2_kg, energy_kwh FROM told_day WHERE vehicle_id = %s AND local_date = %s",
        [truck.vehicle_id, day],
    ).fetchone()


def test_a_days_litres_cost_what_the_last_fill_up_did_and_a_price_entered_counts_before_it(
    conn: psycopg.Connection, truck: Vehicle
) -> None:
    fill(conn, truck, START - timedelta(days=1), 30, total_price=5100)
    add_day(conn, truck, START.date(), fuel_l=2.0, maf_l=2.0, idle_l=0.5)
    learn(conn)
    cost, idle_cost, co2_kg, _ = told_day(conn, truck, START.date())
    assert (cost, idle_cost) == (pytest.approx(340), pytest.approx(85))
    assert co2_kg == pytest.approx(2 * 2.32, rel=0.002)

    entered = {"fleet_id": truck.fleet_id, "energy": "petrol", "currency": "JPY", "entered_by": "test"}
    insert(conn, "fuel_price", **entered, valid_from=START.date(), price_per_l=160)
    learn(conn)
    assert told_day(conn, truck, START.date())[0] == pytest.approx(320)

    conn.execute("UPDATE fuel_price SET withdrawn_at = now()")
    learn(conn)
    assert told_day(conn, truck, START.date())[0] == pytest.approx(340)


def test_dollars_paid_on_a_journey_are_not_taken_for_yen(conn: psycopg.Connection, truck: Vehicle) -> None:
    insert(
        conn,
        "fill_up",
        **common(truck),
        currency="USD",
        entered_by="test",
        filled_at=START,
        volume_l=30,
        total_price=40,
    )
    add_day(conn, truck, START.date() + timedelta(days=1), fuel_l=2.0, maf_l=2.0)
    learn(conn)

    assert told_day(conn, truck, START.date() + timedelta(days=1))[0] is None


def drive_van(conn: psycopg.Connection, van: Vehicle) -> None:
    """Drives whose energy was measured, one told by its state of charge alone, and a charge in the cheap hours."""
    for number in range(4):
        add_trip(
            conn, van, START + timedelta(hours=number), fuel_l=None, fuel_plus_minus_l=None, fuel_method=None,
            energy_kwh=2.5, energy_method="measured", soc_from_pct=80 - 10 * number, soc_to_pct=70 - 10 * number,
        )  # fmt: skip
    add_trip(
        conn, van, START + timedelta(hours=5), fuel_l=None, fuel_plus_minus_l=None, fuel_method=None, energy_kwh=None,
        energy_method="soc", soc_from_pct=40, soc_to_pct=20, soc_used_pct=20, soc_moment_pct2=600,
    )  # fmt: skip
    night = START + timedelta(hours=11)  # 23:00
    insert(
        conn, "charge", **common(van), started_at=night, ended_at=night + timedelta(hours=4),
        heard_at=night + timedelta(hours=4), from_soc_pct=20, to_soc_pct=80, rules_version="test",
    )  # fmt: skip
    insert(
        conn, "tariff", fleet_id=van.fleet_id, name="night", valid_from=START.date(), currency="JPY",
        otherwise_per_kwh=40, entered_by="test",
        bands=Jsonb([{"price_per_kwh": 22, "from_minute": 23 * 60, "to_minute": 7 * 60}]),
    )  # fmt: skip


def test_the_battery_is_learnt_and_a_drive_without_volts_has_its_energy(conn: psycopg.Connection, van: Vehicle) -> None:
    drive_van(conn, van)
    learn(conn)
    [(energy_kwh, plus_minus_kwh)] = conn.execute(
        "SELECT told.* FROM trip AS t, told_energy(t.vehicle_id, t.started_at, t.energy_kwh, t.soc_used_pct,"
        " t.soc_moment_pct2) AS told WHERE energy_method = 'soc'"
    ).fetchall()

    assert energy_kwh == pytest.approx(5.0)
    assert plus_minus_kwh == pytest.approx(0.1)


def test_a_kilowatt_hour_costs_what_the_charge_cost(conn: psycopg.Connection, van: Vehicle) -> None:
    drive_van(conn, van)
    day = START.date() + timedelta(days=1)
    add_day(conn, van, day, fuel_l=None, fuel_plus_minus_l=None, energy_kwh=4.4, engine_known_s=0, fuel_known_s=0)
    learn(conn)

    assert told_day(conn, van, day)[0] == pytest.approx(4.4 / 0.88 * 22)  # night price, losses of charging in it
    insert(
        conn, "fill_up", **common(van), currency="JPY", entered_by="test", filled_at=START + timedelta(hours=15),
        energy_kwh=17.0, total_price=750,
    )  # fmt: skip
    learn(conn)
    assert told_day(conn, van, day)[0] == pytest.approx(4.4 * 750 / (17.0 * 0.88), rel=0.001)


def test_fuel_that_went_in_the_night_opens_an_episode_and_a_rule_that_is_off_opens_none(
    conn: psycopg.Connection, truck: Vehicle
) -> None:
    for hour, pct in ((0, 60), (8, 35), (9, 95)):
        at = START + timedelta(hours=hour)
        insert(
            conn, "tank_level", **common(truck), started_at=at, ended_at=at + timedelta(minutes=5), lat=35.0, lon=139.0,
            first_pct=pct, last_pct=pct, reading_count=9, rules_version="test",
        )  # fmt: skip
    add_stop(conn, truck, START, ended_at=None, engine_on_s=600.0, fuel_l=0.1, fuel_known_s=600.0, maf_l=0.1)
    mark_due(conn, vehicle_id=truck.vehicle_id, since=START, teaches=True)
    learn(conn)

    events = conn.execute("SELECT kind, volume_l FROM tank_event ORDER BY from_at").fetchall()
    assert events == [("loss", pytest.approx(10, abs=0.2)), ("refuel", pytest.approx(24, abs=0.2))]
    [(kind, value)] = conn.execute("SELECT kind, peak_value FROM episode").fetchall()
    assert (kind, value) == ("fuel_loss", pytest.approx(10, abs=0.2))

    insert(
        conn,
        "rule_setting",
        fleet_id=truck.fleet_id,
        kind="fuel_loss",
        is_on=False,
        limits=Jsonb({}),
        entered_by="test",
    )
    conn.execute("UPDATE fuel_learning SET due = true")
    learn(conn)
    assert conn.execute("SELECT count(*) FROM episode").fetchone() == (0,)


def test_a_tank_that_fits_no_factor_opens_an_episode(conn: psycopg.Connection, truck: Vehicle) -> None:
    for number in range(6):
        at = START + timedelta(weeks=number)
        if number:
            add_trip(conn, truck, at - timedelta(days=3), fuel_l=20.0, fuel_plus_minus_l=2.6, maf_l=20.0)
        fill(conn, truck, at, 32.0 if number == 4 else 20.0)
    learn(conn)

    [(kind, value)] = conn.execute("SELECT kind, peak_value FROM episode").fetchall()
    assert (kind, value) == ("tank_mismatch", pytest.approx(12, abs=0.5))


def test_a_fill_up_for_a_truck_that_was_elsewhere_is_flagged_once_its_data_are_there(
    conn: psycopg.Connection, truck: Vehicle
) -> None:
    add_stop(conn, truck, START - timedelta(minutes=20), lat=35.0, lon=139.0, ended_at=START + timedelta(minutes=30))
    fill(conn, truck, START, 30, lat=35.0005, lon=139.0)
    fill(conn, truck, START + timedelta(minutes=5), 31, lat=35.2, lon=139.0)
    add_latest(conn, truck, START + timedelta(minutes=6))
    learn(conn)
    assert presences(conn) == ["there", "unknown"]

    conn.execute("UPDATE vehicle_latest SET sampled_at = %s", [START + timedelta(minutes=30)])
    conn.execute("UPDATE fuel_learning SET learnt_at = now() - interval '6 minutes'")
    mark_due(conn, vehicle_id=truck.vehicle_id, since=START + timedelta(minutes=29))
    learn(conn)
    assert presences(conn) == ["there", "elsewhere"]


def presences(conn: psycopg.Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT presence FROM fill_up ORDER BY filled_at")]


def test_learning_again_changes_nothing(conn: psycopg.Connection, truck: Vehicle, van: Vehicle) -> None:
    drive_van(conn, van)
    for number in range(5):
        add_trip(conn, truck, START + timedelta(weeks=number, days=-3), fuel_l=20.0, fuel_plus_minus_l=2.6, maf_l=20.0)
        fill(conn, truck, START + timedelta(weeks=number), 21.0, total_price=3500)
    learn(conn)
    before = everything(conn)
    for table in LEARNT:
        conn.execute(f"DELETE FROM {table}".encode())
    conn.execute("UPDATE fuel_learning SET due = true")
    learn(conn)

    assert before["running_rate"]
    assert before["pack"]
    assert everything(conn) == before


@pytest.mark.parametrize(
    ("before", "after", "table"),
    [("energy = 'electric'", "energy = 'petrol'", "pack"), ("tank_l = 40", "tank_l = NULL", "tank_event"),
     ("tank_l = 40", "energy = 'electric'", "tank_event")],
)  # fmt: skip
def test_what_a_truck_cannot_have_any_more_is_forgotten(
    conn: psycopg.Connection, truck: Vehicle, before: str, after: str, table: str
) -> None:
    conn.execute(f"UPDATE vehicle SET {before}".encode())
    learn(conn)
    rows = {
        "pack": {
            "valid_from": "-infinity", "valid_to": "infinity", "kwh_a_pct_at_half": 0.16, "slope_ratio_a_pct": 0,
            "uncertainty_ratio": 0.02, "swing_count": 3,
        },
        "tank_event": {
            "from_at": START, "to_at": START + timedelta(minutes=9), "kind": "refuel", "volume_l": 27,
            "plus_minus_l": 1.2, "from_pct": 18, "to_pct": 86,
        },
    }  # fmt: skip
    insert(conn, table, **common(truck), **rows[table])

    conn.execute(f"UPDATE vehicle SET {after}".encode())
    learn(conn)

    assert conn.execute(f"SELECT FROM {table}".encode()).fetchall() == []

"""The derive worker among many trucks."""

from threading import Event, Thread

import psycopg

from keitora.settings import DatabaseSettings
from keitora.vehicles.queries import create_vehicle
from keitora_ingestor import deriver
from keitora_ingestor.deriver import derive_next
from tests.ingestor.conftest import Yard
from tests.system.derived import derive_all
from tests.system.stack import wait_until
from tests.system.test_arrival_order import DONGLE, messages


def test_a_truck_whose_state_is_damaged_does_not_hold_up_the_others(yard: Yard, database_url: str) -> None:
    other = create_vehicle(yard.conn, fleet_id=yard.fleet_id, name="Hijet")
    yard.device("hijet-1", vehicle_id=other.vehicle_id)
    yard.send_all(messages(DONGLE[:10], "carry-1", 10))
    derive_all(yard.conn)
    yard.conn.execute("""UPDATE derive_state SET state = '{"last_ms": "damaged"}'""")
    yard.send_all([*messages(DONGLE, "carry-1", 100), *messages(DONGLE, "hijet-1", 100)])

    stop = Event()
    worker = Thread(target=deriver.run, args=(DatabaseSettings(database_url=database_url), stop))
    worker.start()
    try:
        with psycopg.connect(database_url, autocommit=True) as conn:
            wait_until(
                lambda: conn.execute("SELECT DISTINCT vehicle_id FROM trip").fetchall() == [(other.vehicle_id,)],
                "the sound truck has its trips",
            )
    finally:
        stop.set()
        worker.join()

    [(waiting,)] = yard.rows("SELECT count(DISTINCT vehicle_id) FROM derive_touch")
    assert waiting == 1


def test_nothing_to_derive_is_said_so(yard: Yard) -> None:
    assert not derive_next(yard.conn)


def test_a_change_of_the_trucks_data_makes_its_rows_anew(yard: Yard) -> None:
    """Rows carry the rules they were made by; the next samples of a truck whose rules changed remake all of them."""
    yard.send_all(messages(DONGLE[:300], "carry-1", 100))
    derive_all(yard.conn)
    before = yard.rows("SELECT DISTINCT rules_version FROM trip")
    yard.conn.execute("UPDATE vehicle SET fuel_density_gpl = 700")
    yard.send_all(messages(DONGLE, "carry-1", 1000))
    derive_all(yard.conn)

    after = yard.rows("SELECT DISTINCT rules_version FROM trip")
    assert len(after) == 1
    assert after != before

"""Workers that are killed or work side by side make the rows that one makes."""

from threading import Thread

import psycopg
import pytest

from keitora.vehicles.queries import create_vehicle
from keitora_ingestor.deriver import derive_next, derive_vehicle
from tests.ingestor.conftest import Yard
from tests.system.derived import derive_all, derived_rows
from tests.system.test_arrival_order import DONGLE, messages


def folded_rows(yard: Yard) -> object:
    """Return the rows of a fold from the first sample."""
    yard.conn.execute("DELETE FROM derive_checkpoint")
    yard.conn.execute("UPDATE derive_state SET state = NULL")
    yard.conn.execute(
        "INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)"
        " SELECT vehicle_id, min(sampled_at), max(sampled_at) FROM sample GROUP BY vehicle_id"
    )
    derive_all(yard.conn)
    return derived_rows(yard.conn)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # its cursor dies with the connection
@pytest.mark.parametrize("told", [1, 2])
def test_a_worker_killed_at_its_work_loses_nothing(yard: Yard, database_url: str, told: int) -> None:
    """Its connection is cut from outside in the middle of a fold, as the kernel does with a process that is killed."""
    yard.send_all(messages(DONGLE, "carry-1", 100))
    times: list[int] = []

    with psycopg.connect(database_url, autocommit=True) as doomed:
        pid = doomed.info.backend_pid

        def kill(count: int) -> None:
            times.append(count)
            if len(times) == told:
                yard.conn.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])

        # The last page may already be there: the cut shows at the next statement at the latest.
        with pytest.raises(psycopg.OperationalError):
            derive_vehicle(doomed, yard.vehicle_id, kill)

    assert derived_rows(yard.conn)["trip"] == []
    derive_all(yard.conn)
    assert len(derived_rows(yard.conn)["trip"]) == 3
    assert derived_rows(yard.conn) == folded_rows(yard)


def test_two_workers_side_by_side_make_the_rows_of_one(yard: Yard, database_url: str) -> None:
    keys = ["carry-1"]
    for number in range(3):
        truck = create_vehicle(yard.conn, fleet_id=yard.fleet_id, name=f"Hijet {number}", displacement_cc=658)
        keys.append(f"hijet-{number}")
        yard.device(keys[-1], vehicle_id=truck.vehicle_id)
    parts = [messages(DONGLE, key, 150) for key in keys]
    counts = [0, 0]

    def work(worker: int) -> None:
        with psycopg.connect(database_url, autocommit=True) as conn:
            for _ in range(30):
                counts[worker] += derive_next(conn) is not None

    for batch in zip(*parts, strict=True):
        yard.send_all(list(batch))
        workers = [Thread(target=work, args=(number,)) for number in range(2)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()

    derive_all(yard.conn)
    arrived = derived_rows(yard.conn)
    assert len(arrived["trip"]) == 3 * len(keys)
    assert folded_rows(yard) == arrived

"""Samples that are older than they are kept go; what was derived of them stays, whatever comes afterwards."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from pydantic import ValidationError

from keitora.clock import instant
from keitora.db.edition import ask_edition
from keitora.derive.queries import touch_all
from keitora.devices.queries import assign_device, register_device
from keitora.fleets.queries import create_fleet, set_fleet_rules
from keitora.settings import StorageSettings
from keitora.storage.model import Dropped
from keitora.storage.packing import compress_all
from keitora.storage.retention import LOCK, drop_old, list_kept, set_kept
from keitora.storage.tidy import tidy
from keitora.vehicles.queries import create_vehicle
from keitora_ingestor.fitting.queries import find_books_closed
from tests.core.derive.drives import START_MS, Stretch, drive
from tests.ingestor.conftest import Yard
from tests.system.derived import derive_all, derived_rows, forget_samples
from tests.system.stack import wait_until
from tests.system.test_arrival_order import messages

ROUND = [Stretch(30, 0, 900), Stretch(120, 30, 2200), Stretch(60, 0, 800), Stretch(90, 48, 2900), Stretch(400, 0, 0)]
DAY_MS = 86_400_000
DAYS = range(0, 120, 8)
KEPT_DAYS = 40
AFTER = instant(START_MS) + timedelta(days=120)


def day(number: int, device_key: str = "carry-1") -> list[tuple[str, bytes]]:
    """Return one of the truck's days; each drives the same."""
    samples = drive(ROUND, start_ms=START_MS + number * DAY_MS, every_s=5)
    return messages(list(samples), device_key, 100)


def send(yard: Yard, number: int, device_key: str = "carry-1") -> None:
    yard.send_all(day(number, device_key), received_at=AFTER)


def drive_all(yard: Yard, *, without: int | None = None) -> None:
    days = [day(number) for number in DAYS if number != without]
    yard.send_all([message for one in days for message in one], received_at=AFTER)
    derive_all(yard.conn)


@contextmanager
def worker_rights(yard: Yard) -> Iterator[None]:
    yard.conn.execute("SET ROLE keitora_ingestor")
    try:
        yield
    finally:
        yard.conn.execute("RESET ROLE")


def drop(yard: Yard, *, keep_days: int | None = KEPT_DAYS, now: datetime = AFTER) -> Dropped:
    with worker_rights(yard):
        return drop_old(yard.conn, keep_days=keep_days, now=now)


def oldest(yard: Yard) -> datetime:
    [(at,)] = yard.rows("SELECT min(sampled_at) FROM sample")
    assert isinstance(at, datetime)
    return at


@pytest.fixture
def lived(yard: Yard) -> Yard:
    """A truck with four months of drives, all derived; compressed where the database can."""
    drive_all(yard)
    if ask_edition(yard.conn).can_compress:
        compress_all(yard.conn)
    return yard


def test_old_samples_go_by_whole_weeks_and_what_was_derived_stays(lived: Yard) -> None:
    before = derived_rows(lived.conn)
    assert len(before["trip"]) == len(DAYS)

    dropped = drop(lived)

    assert dropped.closed_count == 1
    assert dropped.chunk_count >= 8
    assert AFTER - timedelta(days=KEPT_DAYS + 21) < oldest(lived) <= AFTER - timedelta(days=KEPT_DAYS)
    assert derived_rows(lived.conn) == before
    assert not drop(lived)


def test_a_worker_leaves_old_samples_to_another_that_is_at_it(lived: Yard, database_url: str) -> None:
    settings = StorageSettings(keep_samples_days=KEPT_DAYS, pack_samples_after_days=0)
    before = oldest(lived)
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        assert not tidy(lived.conn, settings, now=AFTER)
        assert oldest(lived) == before

    assert not tidy(lived.conn, settings, now=AFTER)
    assert oldest(lived) > before


def test_a_rebuild_after_that_changes_nothing(lived: Yard) -> None:
    before = derived_rows(lived.conn)
    drop(lived)

    touch_all(lived.conn, None)
    derive_all(lived.conn)

    assert derived_rows(lived.conn) == before


def test_other_rules_make_anew_only_what_came_after_the_books_were_closed(lived: Yard) -> None:
    before = derived_rows(lived.conn)
    drop(lived)

    set_fleet_rules(lived.conn, fleet_id=lived.fleet_id, trip_end_s=120)
    derive_all(lived.conn)

    versions = lived.rows("SELECT rules_version, count(*) FROM trip GROUP BY 1 ORDER BY min(started_at)")
    assert len(versions) == 2
    assert sum(count for _, count in versions) == len(before["trip"])


def test_a_late_day_that_is_kept_still_counts_as_if_it_had_come_in_time(lived: Yard) -> None:
    """The day's own rows come late, after books were closed before it."""
    drop(lived)
    recent = DAYS[-3]
    [(trips,)] = lived.rows("SELECT count(*) FROM trip")
    send(lived, recent + 2)  # a day in between that nobody had heard of
    derive_all(lived.conn)

    after = derived_rows(lived.conn)
    assert len(after["trip"]) == trips + 1
    touch_all(lived.conn, None)
    derive_all(lived.conn)
    assert derived_rows(lived.conn) == after


def test_a_late_day_makes_the_same_rows_with_and_without_dropping(yard: Yard) -> None:
    late = DAYS[-4]
    drive_all(yard)
    expected = derived_rows(yard.conn)
    forget_samples(yard.conn)
    drive_all(yard, without=late)
    drop(yard)
    send(yard, late)
    derive_all(yard.conn)

    assert derived_rows(yard.conn) == expected


def test_a_sample_older_than_that_is_refused_and_kept_aside_with_the_reason(lived: Yard) -> None:
    before = derived_rows(lived.conn)
    drop(lived)
    at = oldest(lived)

    outcome = lived.send_all(day(3), received_at=AFTER)
    derive_all(lived.conn)

    assert outcome.stored_count == 0
    assert {row[0] for row in lived.rows("SELECT reason FROM dead_letter")} == {"older_than_kept"}
    assert derived_rows(lived.conn) == before
    assert oldest(lived) == at


def test_a_message_half_of_which_is_too_old_is_stored_by_the_other_half(lived: Yard) -> None:
    drop(lived)
    [(closed_at,)] = lived.rows("SELECT closed_at FROM closed_books")
    first_ms = round(closed_at.timestamp() * 1000) - 10_000
    samples = list(drive([Stretch(20, 30, 2000)], start_ms=first_ms))
    outcome = lived.send_all(messages(samples, "carry-1", 100), received_at=AFTER)

    assert 0 < outcome.stored_count < len(samples)
    [(count,)] = lived.rows(
        f"SELECT count(*) FROM sample WHERE sampled_at <= '{closed_at.isoformat()}'"
        f" AND sampled_at >= '{instant(first_ms).isoformat()}'"
    )
    assert count <= 1  # the one at which the books were closed


def test_for_ever_is_the_default_and_zero(lived: Yard) -> None:
    assert not drop(lived, keep_days=None)
    assert not drop(lived, keep_days=0)
    [(count,)] = lived.rows("SELECT count(*) FROM closed_books")
    assert count == 0


def test_a_fleets_own_setting_goes_before_the_installations(lived: Yard) -> None:
    set_kept(lived.conn, fleet_id=lived.fleet_id, days=0)
    assert not drop(lived)

    set_kept(lived.conn, fleet_id=lived.fleet_id, days=65)
    drop(lived)

    [kept] = list_kept(lived.conn, keep_days=KEPT_DAYS)
    assert (kept.keep_samples_days, kept.is_own_setting) == (65, True)
    assert AFTER - timedelta(days=65 + 21) < oldest(lived) <= AFTER - timedelta(days=65)


def test_a_fleet_that_keeps_its_samples_loses_none_by_anothers_setting(lived: Yard) -> None:
    other = create_fleet(lived.conn, name="Archive")
    vehicle = create_vehicle(lived.conn, fleet_id=other.fleet_id, name="Old", displacement_cc=658)
    device = register_device(lived.conn, fleet_id=other.fleet_id, source="native", device_key="old-1")
    assign_device(lived.conn, fleet_id=other.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
    for number in DAYS:
        send(lived, number, "old-1")
    derive_all(lived.conn)
    set_kept(lived.conn, fleet_id=other.fleet_id, days=0)
    counts = dict(lived.rows("SELECT vehicle_id, count(*) FROM sample GROUP BY 1"))

    dropped = drop(lived)

    assert dropped.chunk_count == 0
    assert dropped.row_count > 0
    after = dict(lived.rows("SELECT vehicle_id, count(*) FROM sample GROUP BY 1"))
    assert after[vehicle.vehicle_id] == counts[vehicle.vehicle_id]
    assert after[lived.vehicle_id] == counts[lived.vehicle_id] - dropped.row_count


class Interrupted(psycopg.Connection[Any]):
    """A connection on which something happens just before its transactions after the first."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)
    begun_count = 0

    @contextmanager
    def transaction(self, savepoint_name: str | None = None, force_rollback: bool = False) -> Iterator[Any]:
        """Begin a transaction."""
        self.begun_count += 1
        if self.begun_count == 2:
            self.meanwhile()
        with super().transaction(savepoint_name, force_rollback) as begun:
            yield begun


def test_a_late_sample_being_stored_meanwhile_for_a_fleet_that_keeps_them_is_not_lost(
    lived: Yard, database_url: str
) -> None:
    other = create_fleet(lived.conn, name="Archive")
    vehicle = create_vehicle(lived.conn, fleet_id=other.fleet_id, name="Old", displacement_cc=658)
    device = register_device(lived.conn, fleet_id=other.fleet_id, source="native", device_key="old-1")
    assign_device(lived.conn, fleet_id=other.fleet_id, device_id=device.device_id, vehicle_id=vehicle.vehicle_id)
    set_kept(lived.conn, fleet_id=other.fleet_id, days=0)

    with (
        psycopg.connect(database_url) as batch,
        Interrupted.connect(database_url, autocommit=True) as worker,
        ThreadPoolExecutor(1) as pool,
    ):
        late = Yard(batch, other.fleet_id, vehicle.vehicle_id)
        batch.execute("SET LOCAL TimeZone TO 'UTC'")  # begins the transaction that the batch is part of
        worker.meanwhile = lambda: send(late, 0, "old-1")
        worker.execute("SET ROLE keitora_ingestor")
        dropping = pool.submit(drop_old, worker, keep_days=KEPT_DAYS, now=AFTER)
        wait_until(
            lambda: lived.rows(f"SELECT cardinality(pg_blocking_pids({worker.info.backend_pid}))") == [(1,)],
            "the worker waits for the batch",
        )
        batch.commit()
        dropped = dropping.result()

    assert dropped.closed_count == 1
    assert lived.rows(f"SELECT count(*) > 0 FROM sample WHERE vehicle_id = {vehicle.vehicle_id}") == [(True,)]


def test_a_truck_that_is_not_derived_yet_keeps_its_samples(lived: Yard) -> None:
    before = oldest(lived)
    touch_all(lived.conn, None)

    assert not drop(lived)
    assert oldest(lived) == before

    derive_all(lived.conn)
    assert drop(lived)


def test_a_truck_not_heard_of_since_is_closed_where_it_stood_and_goes_on_from_there(yard: Yard) -> None:
    for number in (0, 6, 12):
        send(yard, number)
    derive_all(yard.conn)
    before = derived_rows(yard.conn)

    assert drop(yard).chunk_count >= 2
    assert yard.rows("SELECT count(*) FROM sample") == [(0,)]
    assert derived_rows(yard.conn) == before

    send(yard, 118)
    derive_all(yard.conn)
    assert len(derived_rows(yard.conn)["trip"]) == len(before["trip"]) + 1


def test_a_device_is_not_moved_from_a_time_whose_samples_are_gone(lived: Yard) -> None:
    drop(lived)
    [(device_id,)] = lived.rows("SELECT device_id FROM device WHERE device_key = 'carry-1'")
    other = create_vehicle(lived.conn, fleet_id=lived.fleet_id, name="Hijet", displacement_cc=658)
    asked = {"device_id": device_id, "vehicle_id": other.vehicle_id}

    closed_at = find_books_closed(lived.conn, **asked, at=instant(START_MS))

    assert closed_at is not None
    assert closed_at < oldest(lived) + timedelta(days=14)


def test_the_shortest_time_samples_are_kept_is_a_month() -> None:
    assert StorageSettings(keep_samples_days=31).keep_samples_days == 31
    with pytest.raises(ValidationError, match="31 days at least"):
        StorageSettings(keep_samples_days=30)

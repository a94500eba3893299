"""The demo's trucks: a life that goes on over restarts, without a second told twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from threading import Event, Thread

import pytest

from keitora.clock import utc_now
from keitora.local.testing import TemporaryBroker
from keitora_sim.demo.fleet import TRUCKS, DemoTruck
from keitora_sim.demo.life import beginning, life, resumed
from keitora_sim.demo.run import HISTORY, Line, Watch, first_kept, run
from keitora_sim.demo.store import Kept, Memory, Store
from keitora_sim.recording import Row
from keitora_sim.truck.model import Logger, State
from tests.sim.stand_in import StandIn

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


def lived(truck: DemoTruck, count: int) -> list[tuple[Row, State]]:
    return list(islice(life(truck.spec, beginning(truck.spec, NOW)), count))


@pytest.mark.parametrize("truck", TRUCKS, ids=lambda truck: truck.spec.key)
def test_time_only_goes_on_and_the_odometer_with_it(truck: DemoTruck) -> None:
    rows = [row for row, _ in lived(truck, 4000)]

    assert all(a.sampled_at < b.sampled_at for a, b in pairwise(rows))
    odometer_km = [row.values["odometer_km"] for row in rows if "odometer_km" in row.values]
    assert all(a <= b for a, b in pairwise(odometer_km))


@pytest.mark.parametrize("truck", TRUCKS, ids=lambda truck: truck.spec.key)
def test_a_life_can_be_taken_up_at_any_row(truck: DemoTruck) -> None:
    whole = lived(truck, 3000)
    at, state = whole[1999]

    again = list(islice(resumed(truck.spec, state, at.sampled_at), 1000))

    assert [row for row, _ in again] == [row for row, _ in whole[2000:]]


def test_a_phone_speaks_every_ten_seconds() -> None:
    phone = next(truck for truck in TRUCKS if truck.spec.logger is Logger.PHONE)
    rows = [row for row, _ in lived(phone, 300)]

    assert all((b.sampled_at - a.sampled_at).total_seconds() >= 10 for a, b in pairwise(rows))


def test_most_trucks_move_at_any_moment() -> None:
    moving = 0
    for truck in TRUCKS:
        rows = [row for row, _ in lived(truck, 4000)]
        third_minute = [row for row in rows if 120 <= (row.sampled_at - NOW).total_seconds() < 180]
        moving += any(row.values["gnss_speed_kmh"] > 10 for row in third_minute)

    assert moving >= 5


def test_a_new_truck_begins_some_hours_ago() -> None:
    kept = first_kept(TRUCKS[0], None, NOW)

    assert kept.sent_until == NOW - HISTORY


def test_a_truck_goes_on_where_it_was() -> None:
    kept = Kept(beginning(TRUCKS[0].spec, NOW - timedelta(hours=1)), NOW - timedelta(minutes=5))

    assert first_kept(TRUCKS[0], kept, NOW) is kept


def test_after_a_long_pause_a_truck_keeps_its_odometer_but_not_its_day() -> None:
    state = beginning(TRUCKS[0].spec, NOW - timedelta(days=9))

    kept = first_kept(TRUCKS[0], Kept(state, NOW - timedelta(days=8)), NOW)

    assert kept.sent_until == kept.state.at == NOW - HISTORY
    assert kept.state.odometer_km == state.odometer_km


def test_a_clock_that_was_set_back_is_waited_for() -> None:
    kept = Kept(beginning(TRUCKS[0].spec, NOW), NOW + timedelta(hours=1))

    assert first_kept(TRUCKS[0], kept, NOW) is kept


def test_silence_is_complained_about_once_every_half_minute() -> None:
    watch = Watch(NOW)
    line = Line(TRUCKS[0], Kept(beginning(TRUCKS[0].spec, NOW), NOW), "mqtt://127.0.0.1:9", boot=1)
    line.collect(NOW + timedelta(minutes=5))
    line.courier.send(line.outgoing(NOW + timedelta(minutes=5)))

    said = [watch.complaint(NOW + timedelta(seconds=second), [line]) for second in range(0, 91, 10)]

    assert [text is not None for text in said] == [False, False, False, True] + [False, False, True] * 2
    assert "keitora sim register" in (said[3] or "")


def test_the_store_gives_back_what_it_got_and_forgives_damage(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "sim.json")
    assert store.load() == Memory()
    memory = Memory(boot=4, trucks={"a": Kept(beginning(TRUCKS[0].spec, NOW), NOW)})

    store.save(memory)
    assert store.load() == memory

    (tmp_path / "new" / "sim.json").write_text("{")
    assert store.load() == Memory()


def test_two_runs_send_history_and_then_go_on_without_a_row_twice(broker: TemporaryBroker, tmp_path: Path) -> None:
    truck, store = TRUCKS[0], Store(tmp_path / "sim.json")
    begins_at = utc_now() - timedelta(minutes=1)  # every way takes longer, so it is on the road in both runs
    store.save(Memory(trucks={truck.spec.key: Kept(beginning(truck.spec, begins_at), begins_at)}))

    times: list[int] = []
    boots = []
    for _ in range(2):
        with StandIn(broker.ingestor_url, truck.listed.device_key) as ingestor, driving(truck, broker.url, store):
            assert ingestor.wait(lambda: is_live(ingestor))
        times += [(m.t or 0) + row[0] for m in ingestor.received for row in m.r]
        boots.append({m.b for m in ingestor.received})

    assert len(times) == len(set(times))
    assert times == sorted(times)
    assert len(boots[0]) == len(boots[1]) == 1
    assert max(boots[0]) < min(boots[1])


def is_live(ingestor: StandIn) -> bool:
    """Whether a row of the last seconds was heard."""
    newest_ms = max(((m.t or 0) + m.r[-1][0] for m in ingestor.received), default=0)
    return newest_ms / 1000 > utc_now().timestamp() - 8


@contextmanager
def driving(truck: DemoTruck, url: str, store: Store) -> Iterator[None]:
    stop = Event()
    thread = Thread(target=run, args=([truck], {truck.spec.key: url}, store, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
    assert not thread.is_alive()

"""The demo: at work whenever somebody looks, and a life that goes on over restarts without a second told twice."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest

from keitora.clock import utc_now
from keitora.local.testing import TemporaryBroker
from keitora.wire.native import Telemetry
from keitora_sim.demo.fleet import Opening, opening, scenario
from keitora_sim.demo.run import Story, Watch, run
from keitora_sim.demo.store import Memory, Store
from keitora_sim.loggers.model import Sent
from tests.sim.stand_in import StandIn

NOW = datetime(2026, 11, 18, 13, 17, tzinfo=UTC)  # late in the evening in Japan
MOVING_KMH = 5


def told(story: Story, until: datetime) -> list[Sent]:
    messages = []
    while story.next.at <= until:
        messages.append(story.take())
    return messages


@pytest.fixture(scope="module")
def begun() -> tuple[Story, list[Sent]]:
    """A new demo, and the history it sends."""
    story = Story(opening(Memory(), NOW))
    return story, told(story, NOW)


@pytest.fixture(scope="module")
def watched(begun: tuple[Story, list[Sent]]) -> list[Sent]:
    """The five minutes after it."""
    return told(begun[0], NOW + timedelta(minutes=5))


def test_within_the_minute_most_trucks_move_at_any_hour_of_the_day(
    begun: tuple[Story, list[Sent]], watched: list[Sent]
) -> None:
    first = {message.device for message in watched if message.at <= NOW + timedelta(minutes=1) and moves(message)}

    assert len(first) >= 5
    assert len({message.device for message in watched if moves(message)}) >= 6


def test_a_new_demo_has_yesterday_and_this_morning(begun: tuple[Story, list[Sent]]) -> None:
    _, history = begun

    assert all(a.at <= b.at for a, b in pairwise(history))
    assert NOW - timedelta(hours=38) < history[0].at < NOW - timedelta(hours=36)
    assert 20_000 < sum(message.rows for message in history) < 60_000
    assert {message.device for message in history} == {
        truck.device_key for truck in opening(Memory(), NOW).fleet().trucks()
    }


def test_its_small_troubles_are_there(begun: tuple[Story, list[Sent]]) -> None:
    _, history = begun

    again = [message for message in history if message.rows == 0]
    boots = {(m.device, b.b) for m in history if (b := telemetry(m))}
    assert again  # duplicates
    assert len(boots) > len({device for device, _ in boots})  # reboots
    assert max(len([m for m in history if m.at == message.at]) for message in history[::50]) < 400
    assert any(truck.broken for truck in scenario().trucks)


def test_after_a_restart_at_work_it_goes_on_where_it_was(begun: tuple[Story, list[Sent]], watched: list[Sent]) -> None:
    story, _ = begun
    until = NOW + timedelta(minutes=2)
    memory = Memory.model_validate_json(story.memory.model_copy(update={"sent_until": until}).model_dump_json())

    again = Story(opening(memory, until + timedelta(minutes=1)))
    went_on = told(again, NOW + timedelta(minutes=5))

    assert again.memory.day == story.memory.day
    assert times(went_on) == [at for at in times(watched) if at > until]
    assert devices(went_on) == devices([message for message in watched if message.at > until])


def test_after_a_night_it_is_morning_again_and_the_odometers_have_gone_on(begun: tuple[Story, list[Sent]]) -> None:
    story, _ = begun
    stopped = NOW + timedelta(hours=1)
    memory = story.memory.model_copy(update={"sent_until": stopped})

    again = opening(memory, now := stopped + timedelta(hours=13))

    clock = (now - again.later).astimezone(ZoneInfo(scenario().time_zone))
    assert (clock.hour, clock.minute) == (10, 14)
    assert again.sent_until is not None
    assert stopped < again.sent_until < now
    for name, state in memory.evening.items():
        assert again.trucks[name].odometer_km >= memory.morning[name].odometer_km
        assert again.trucks[name] == state


def test_stopped_in_its_evening_it_begins_another_day_after_what_was_told() -> None:
    late = NOW + timedelta(hours=9)  # by the fleet's clock it is past seven in the evening
    memory = Story(opening(Memory(), NOW)).memory.model_copy(update={"sent_until": late})

    again = opening(memory, late + timedelta(minutes=5))

    assert again.later != memory.later
    assert all(message.at > late for message in told(Story(again), late + timedelta(minutes=6)))


def test_a_clock_that_was_set_back_is_waited_for(begun: tuple[Story, list[Sent]]) -> None:
    memory = begun[0].memory.model_copy(update={"sent_until": NOW + timedelta(hours=1)})

    assert opening(memory, NOW).sent_until == NOW + timedelta(hours=1)
    assert opening(memory, NOW).later == memory.later


def test_silence_is_complained_about_once_every_half_minute() -> None:
    watch = Watch(NOW)

    said = [watch.complaint(NOW + timedelta(seconds=second), 7, is_waiting=True) for second in range(0, 91, 10)]

    assert [text is not None for text in said] == [False, False, False, True] + [False, False, True] * 2
    assert "keitora sim register" in (said[3] or "")
    assert watch.complaint(NOW + timedelta(seconds=200), 7, is_waiting=False) is None
    assert watch.complaint(NOW + timedelta(seconds=240), 7, is_waiting=True, trouble="no broker") == "no broker"


def test_the_store_gives_back_what_it_got_and_forgives_damage(tmp_path: Path, begun: tuple[Story, list[Sent]]) -> None:
    store = Store(tmp_path / "new" / "sim.json")
    assert store.load() == Memory()

    store.save(begun[0].memory)
    assert store.load() == begun[0].memory

    (tmp_path / "new" / "sim.json").write_text("{")
    assert store.load() == Memory()


def test_two_runs_send_history_and_then_go_on_without_a_row_twice(broker: TemporaryBroker, tmp_path: Path) -> None:
    store, key = Store(tmp_path / "sim.json"), "demo-carry-1"
    times_ms: list[int] = []

    for _ in range(2):
        with StandIn(broker.ingestor_url, key) as ingestor, driving(opening(store.load(), utc_now()), broker, store):
            assert ingestor.wait(lambda: is_live(ingestor), 60)
        copies = {message.model_dump_json(): message for message in ingestor.received}  # some are sent twice
        times_ms += [(m.t or 0) + row[0] for m in copies.values() for row in m.r]

    assert len(times_ms) > 1000
    assert len(times_ms) == len(set(times_ms))


def test_a_logger_that_is_shut_out_holds_up_no_other(broker: TemporaryBroker, tmp_path: Path) -> None:
    store, key = Store(tmp_path / "sim.json"), "demo-carry-1"
    began = opening(Memory(), utc_now())
    addresses = {truck.device_key: broker.url for truck in began.fleet().trucks()}
    host = broker.url.rpartition("@")[2].removeprefix("mqtt://")
    shut_out = addresses | {"demo-hijet-2": f"mqtt://nobody:wrong@{host}"}

    with StandIn(broker.ingestor_url, key) as ingestor, driving(began, broker, store, shut_out):
        assert ingestor.wait(lambda: is_live(ingestor), 60)


def telemetry(message: Sent) -> Telemetry | None:
    """What a native message says; None of another logger's, and of a spoilt one."""
    return Telemetry.model_validate_json(message.payload) if message.topic.endswith("/t") else None


def moves(message: Sent) -> bool:
    """Whether a message tells of a truck on the move."""
    if (body := telemetry(message)) is not None:
        column = 1 + body.f.index("gspd")
        return any((row[column] or 0) > MOVING_KMH for row in body.r)
    said = json.loads(message.payload)
    speed = said["state"]["reported"]["sp"] if "state" in said else said.get("vel", 0)
    return bool(speed > MOVING_KMH)


def times(messages: list[Sent]) -> list[datetime]:
    return [message.at for message in messages]


def devices(messages: list[Sent]) -> list[str]:
    return [message.device for message in messages]


def is_live(ingestor: StandIn) -> bool:
    """Whether a row of the last seconds was heard."""
    newest_ms = max(((m.t or 0) + m.r[-1][0] for m in ingestor.received), default=0)
    return newest_ms / 1000 > utc_now().timestamp() - 40


@contextmanager
def driving(
    began: Opening, broker: TemporaryBroker, store: Store, addresses: dict[str, str] | None = None
) -> Iterator[None]:
    addresses = addresses or {truck.device_key: broker.url for truck in began.fleet().trucks()}
    stop = Event()
    thread = Thread(target=run, args=(began, addresses, store, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()

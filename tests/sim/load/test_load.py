"""The load against a real broker, one that is killed too."""

import json
from threading import Event, Thread

import pytest

from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.local.testing import TemporaryBroker, temporary_broker
from keitora_sim.commands import sim
from keitora_sim.load.drives import laps
from keitora_sim.load.faults import Chances
from keitora_sim.load.packets import publish_head
from keitora_sim.load.pipe import Pipe
from keitora_sim.load.run import Figures, Load, Plan
from tests.sim.stand_in import StandIn

START_MS = 1_775_000_000_000


def plan(**changes: object) -> Plan:
    return Plan(**({"devices": 3, "boot": 1, "start_ms": START_MS, "prefix": "loadtest-"} | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("connections", [1, 3])
def test_everything_arrives_at_the_rate_asked_for(broker: TemporaryBroker, connections: int) -> None:
    load = Load(broker.url, plan(rows_per_s=900, seconds=1, connections=connections, ask_every=1), laps(rows=10))

    with StandIn(broker.ingestor_url, "loadtest-0001") as ingestor:
        answered = Thread(target=_answer_for, args=(broker, ("loadtest-0000", "loadtest-0002"), stop := Event()))
        answered.start()
        figures = load.run(Event())
        stop.set()
        answered.join(10)

    assert figures.sent_rows == pytest.approx(900, abs=30)
    assert figures.acknowledged_messages == figures.sent_messages == figures.sent_rows // 10
    assert figures.confirmed_rows == figures.sent_rows
    assert len(ingestor.sequences) == pytest.approx(300, abs=10)
    assert (figures.commit_quantile_s(0.5) or 9) < 1


def _answer_for(broker: TemporaryBroker, device_keys: tuple[str, str], stop: Event) -> None:
    with StandIn(broker.ingestor_url, device_keys[0]), StandIn(broker.ingestor_url, device_keys[1]):
        stop.wait(30)


def test_nothing_is_lost_when_the_broker_is_killed_on_the_way() -> None:
    with temporary_broker() as broker, Pipe(broker.url, window_messages=100) as pipe:
        payload = b"x" * 1000
        head = publish_head("kei/v1/loadtest-9/t", len(payload))
        for number in range(3000):
            if number == 1500:
                broker.kill()
                broker.start()
            pipe.send(head, payload)

        assert pipe.drain(20)
        assert pipe.acknowledged_count == pipe.sent_count == 3000
        assert pipe.break_count >= 1
        assert pipe.resent_count >= 1


def test_the_window_bounds_what_is_unacknowledged(broker: TemporaryBroker) -> None:
    with Pipe(broker.url, window_messages=5) as pipe:
        head = publish_head("kei/v1/loadtest-9/t", 1)
        most = 0
        for _ in range(200):
            pipe.send(head, b"x")
            most = max(most, pipe.unacknowledged_count)

        assert pipe.drain(10)
        assert most == 5


def test_without_an_ingestor_sending_stops_at_the_bound(broker: TemporaryBroker) -> None:
    bounded = plan(seconds=0.5, ask_every=2, last_answers_s=0.5, most_unconfirmed_rows=500, prefix="nobody-")
    load = Load(broker.url, bounded, laps(rows=10))
    stop = Event()
    told: list[Figures] = []

    def end(figures: Figures) -> None:
        told.append(figures)
        stop.set()

    figures = load.run(stop, end)

    assert figures.sent_rows == 500
    assert figures.confirmed_rows == 0


def test_a_wrong_password_is_said(broker: TemporaryBroker) -> None:
    url = f"mqtt://loggers:wrong@127.0.0.1:{broker.port}"

    with pytest.raises(SetupError, match=r"password|right"), Pipe(url):
        pass


def test_no_broker_is_said() -> None:
    with pytest.raises(SetupError, match=r"no broker answers at 127\.0\.0\.1:9"), Pipe("mqtt://127.0.0.1:9"):
        pass


def test_faults_are_played_and_counted_and_nothing_is_lost(broker: TemporaryBroker) -> None:
    chances = Chances(duplicates=0.3, reordering=0.3, outages=0.05)
    load = Load(broker.url, plan(devices=1, rows_per_s=3000, seconds=2.5, ask_every=1, faults=chances), laps(rows=10))

    with StandIn(broker.ingestor_url, "loadtest-0000") as ingestor:
        figures = load.run(Event())

    assert figures.faults.keys() == {"duplicates", "reordering", "outages"}
    assert figures.broken_connections == figures.faults["outages"]
    assert figures.sent_messages == figures.sent_rows // 10 + figures.faults["duplicates"]
    assert figures.acknowledged_messages == figures.sent_messages
    assert len(set(ingestor.sequences)) == figures.sent_rows


def test_nonsense_is_sent_beside_the_messages(broker: TemporaryBroker) -> None:
    load = Load(broker.url, plan(seconds=0.3, ask_every=0, faults=Chances(garbage=0.5)), laps(rows=10))

    figures = load.run(Event())

    assert figures.faults["garbage"] == figures.sent_messages - figures.sent_rows // 10 > 10
    assert figures.acknowledged_messages == figures.sent_messages


def test_one_refused_login_holds_up_no_other_and_all_refused_is_said(broker: TemporaryBroker) -> None:
    wrong = f"mqtt://loggers:wrong@127.0.0.1:{broker.port}"
    keys = plan().device_keys()
    two = plan(connections=3, seconds=0.3, rows_per_s=300, ask_every=0)
    some = Load("", two, laps(rows=10), own={keys[0]: broker.url, keys[1]: wrong, keys[2]: broker.url})
    none = Load("", two, laps(rows=10), own=dict.fromkeys(keys, wrong))

    figures = some.run(Event())

    assert (figures.refused_logins, figures.open_connections) == (1, 2)
    assert figures.acknowledged_messages == figures.sent_messages > 0
    with pytest.raises(SetupError, match=r"password|right"):
        none.run(Event())


@pytest.mark.parametrize("text", ["doubles=0.1", "duplicates", "garbage=1.5", "garbage=often"])
def test_a_fault_that_is_none_is_said(text: str) -> None:
    with pytest.raises(SetupError, match=rf"--faults: .*{text.partition('=')[0]}"):
        Chances.parse(text)


def test_the_command_prints_its_figures(broker: TemporaryBroker, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["load", "--url", broker.url, "--devices", "20", "--seconds", "0.5", "--no-confirm", "--json"]

    assert sim(words) == 0

    figures = json.loads(capsys.readouterr().out)
    assert figures["sent_rows"] > 5000
    assert figures["acknowledged_messages"] == figures["sent_messages"]
    assert figures["newest_unix_ms"] / 1000 < utc_now().timestamp()

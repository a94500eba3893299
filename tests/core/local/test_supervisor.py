import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from keitora.errors import SetupError
from keitora.local.state import ServiceState, pid_started_ticks
from keitora.local.supervisor import Service, StopAsked, Supervisor, how_it_ended, wait_before_restart_s

SLEEP = "import signal; signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"


def python(name: str, code: str, *, stage: int = 1, stop_within_s: float = 10) -> Service:
    return Service(name, [sys.executable, "-c", code], stage=stage, stop_within_s=stop_within_s)


class Observer:
    """Hears what a supervisor says, and asks it to stop when `enough` is said."""

    def __init__(self, enough: Callable[[str], bool] = lambda _: False) -> None:
        self.lines: list[str] = []
        self.states: list[tuple[ServiceState, ...]] = []
        self._enough = enough

    def tell(self, line: str) -> None:
        self.lines.append(line)
        if self._enough(line):
            os.kill(os.getpid(), signal.SIGTERM)

    def changed(self, states: tuple[ServiceState, ...]) -> None:
        self.states.append(states)


def test_waits_grow_to_half_a_minute() -> None:
    assert [wait_before_restart_s(n) for n in (0, 1, 2, 10, 1000)] == [0.5, 1.0, 2.0, 30.0, 30.0]


def test_an_end_is_told_in_words() -> None:
    assert how_it_ended(3) == "exit code 3"
    assert how_it_ended(-9) == "killed by SIGKILL"


def test_leaving_stops_every_child(tmp_path: Path) -> None:
    observer = Observer()
    with Supervisor(tmp_path, observer.tell, observer.changed) as supervisor:
        supervisor.start(python("one", SLEEP))
        supervisor.start(python("two", SLEEP, stage=2))
        pids = [service.pid for service in observer.states[-1] if service.pid]

    assert len(pids) == 2
    assert [pid_started_ticks(pid) for pid in pids] == [None, None]
    assert [service.state for service in observer.states[-1]] == ["stopped", "stopped"]


def started(observer: Observer) -> list[ServiceState]:
    """The processes the supervisor told of; the tests' own servers are other children of this process."""
    return [state for states in observer.states for state in states if state.pid is not None]


def still_alive(observer: Observer) -> list[int | None]:
    return [one.pid for one in started(observer) if pid_started_ticks(one.pid or 0) == one.pid_started_ticks]


def test_a_child_that_dies_is_started_again_and_the_user_is_told(tmp_path: Path) -> None:
    observer = Observer(enough=lambda line: "in 1 s" in line)
    with Supervisor(tmp_path, observer.tell, observer.changed) as supervisor:
        supervisor.start(python("frail", "raise SystemExit(3)"))
        supervisor.watch()

    assert observer.lines == [
        f"frail ended (exit code 3); starting it again in 0.5 s. See {tmp_path}/frail.log",
        f"frail ended (exit code 3); starting it again in 1 s. See {tmp_path}/frail.log",
    ]
    assert observer.states[-1][0].restarts == 1


def test_a_child_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    observer = Observer()
    log = tmp_path / "deaf.log"

    def is_deaf(check: Callable[[], None]) -> None:
        while "deaf" not in log.read_text():
            check()

    with Supervisor(tmp_path, observer.tell, observer.changed) as supervisor:
        supervisor.start(python("deaf", STUBBORN, stop_within_s=0.2), ready=is_deaf)

    assert observer.lines == ["deaf did not stop within 0.2 s; killed"]
    assert started(observer)
    assert still_alive(observer) == []


def test_a_child_that_ends_before_it_is_ready_shows_its_last_words(tmp_path: Path) -> None:
    observer = Observer()

    def never(check: Callable[[], None]) -> None:
        while True:
            check()

    with (
        pytest.raises(SetupError, match=r"bad ended \(exit code 1\)(.|\n)*no such table"),
        Supervisor(tmp_path, observer.tell, observer.changed) as supervisor,
    ):
        supervisor.start(python("bad", "raise SystemExit('no such table')"), ready=never)


def test_a_signal_while_waiting_asks_to_stop(tmp_path: Path) -> None:
    observer = Observer()

    def interrupted(check: Callable[[], None]) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        check()

    with pytest.raises(StopAsked), Supervisor(tmp_path, observer.tell, observer.changed) as supervisor:
        supervisor.start(python("slow", SLEEP), ready=interrupted)

    assert started(observer)
    assert still_alive(observer) == []


def test_run_returns_what_a_command_printed(tmp_path: Path) -> None:
    observer = Observer()
    with Supervisor(tmp_path, observer.tell, observer.changed) as supervisor:
        output = supervisor.run(python("made", "print('x' * 200_000)"), capture=True)

    assert output == "x" * 200_000 + "\n"


def test_run_raises_when_the_command_fails(tmp_path: Path) -> None:
    observer = Observer()
    with (
        pytest.raises(SetupError, match="exit code 2"),
        Supervisor(tmp_path, observer.tell, observer.changed) as supervisor,
    ):
        supervisor.run(python("bad", "raise SystemExit(2)"))


def test_a_large_log_is_put_aside_at_the_start(tmp_path: Path) -> None:
    observer = Observer()
    log = tmp_path / "one.log"
    log.write_bytes(b"x" * 10_000_001)
    with Supervisor(tmp_path, observer.tell, observer.changed) as supervisor:
        supervisor.start(python("one", SLEEP))

    assert (tmp_path / "one.log.1").stat().st_size == 10_000_001
    assert log.stat().st_size == 0


def test_handlers_are_put_back(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)]
    observer = Observer()
    with Supervisor(tmp_path, observer.tell, observer.changed):
        pass

    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)]
    assert after == before

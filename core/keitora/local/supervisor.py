"""Keep a handful of processes running in the foreground, and stop them all cleanly.

One thread and no polling: signals, the end of a child among them, wake the loop through a socket.
"""

import select
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Final, Self

from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.local import processes
from keitora.local.state import ServiceCondition, ServiceState, pid_started_ticks
from keitora.local.users import ServerUser

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOG_BYTES: Final = 10_000_000
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0
_STEADY_S: Final = 60.0


class StopAsked(Exception):  # noqa: N818 -- it is no error
    """Someone pressed Ctrl-C, or sent SIGTERM or SIGHUP."""


@dataclass(frozen=True, slots=True)
class Service:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: ServerUser | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_s: float = 10
    stage: int = 1
    """Higher stages are stopped first, the services of one stage together."""
    before: Callable[[], None] | None = None
    """Clears what a killed predecessor left."""


@dataclass(slots=True)
class _Child:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    since: datetime | None = None
    started_s: float = 0
    condition: ServiceCondition = "starting"
    restarts: int = 0
    deaths_in_a_row: int = 0
    again_at_s: float | None = None
    ticks: int | None = field(default=None)

    def state(self) -> ServiceState:
        pid = self.process.pid if self.process else None
        return ServiceState(
            name=self.service.name,
            pid=pid,
            pid_started_ticks=self.ticks,
            since=self.since,
            state=self.condition,
            restarts=self.restarts,
        )


def wait_before_restart_s(deaths_in_a_row: int) -> float:
    """Return the seconds to wait before starting a process again: doubling from half a second to half a minute."""
    return float(min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** min(deaths_in_a_row, 16)))


def how_it_ended(code: int) -> str:
    """Return a process's exit code in words."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


class Supervisor:
    """Starts services, restarts those that die, and stops them all when left. Use it in the main thread."""

    def __init__(
        self, logs: Path, tell: Callable[[str], None], changed: Callable[[tuple[ServiceState, ...]], None]
    ) -> None:
        self._logs = logs
        self._tell = tell
        self._changed = changed
        self._children: list[_Child] = []
        self._stop_asked = False
        self._woken, self._wake = socket.socketpair()
        self._before: dict[signal.Signals, signal.Handlers] = {}

    def __enter__(self) -> Self:
        for end in (self._woken, self._wake):
            end.settimeout(0)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        handlers = dict.fromkeys(_STOP_SIGNALS, self._ask_to_stop) | {signal.SIGCHLD: self._child_ended}
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            del handlers[signal.SIGHUP]  # started with nohup: meant to outlive the terminal
        self._before = {number: signal.signal(number, how) for number, how in handlers.items()}  # type: ignore[misc]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._stop_all()
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in self._before.items():
                signal.signal(number, handler)
            self._woken.close()
            self._wake.close()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_asked = True

    def _child_ended(self, _number: int, _frame: FrameType | None) -> None:
        # Having a handler is what makes the signal wake the loop.
        pass

    def start(self, service: Service, ready: Callable[[Callable[[], None]], None] | None = None) -> None:
        """Start a service and return when `ready` does.

        `ready` is given a check to call between its tries. Raises SetupError if the service ends before it is ready,
        StopAsked if a signal came.
        """
        child = _Child(service)
        self._children.append(child)
        self._spawn(child)
        if ready:
            ready(lambda: self._check(child))
            self._check(child)
        child.condition = "running"
        self.report()

    def drop(self, service: Service) -> None:
        """Stop a service that is not needed after all, and look after it no longer."""
        for child in [child for child in self._children if child.service is service]:
            if child.process and child.process.poll() is None:
                child.process.send_signal(service.stop_signal)
            self._stop(child)
            self._children.remove(child)
        self.report()

    def run(self, service: Service, *, capture: bool = False) -> str:
        """Run a process to its end; return its standard output with `capture`, else "".

        Raises SetupError if it fails, StopAsked (after ending it) if a signal came.
        """
        # A file and not a pipe: a pipe that nobody reads while we wait would stop a talkative command.
        with tempfile.TemporaryFile() as output:
            process = self._process(service, output=output if capture else None)
            try:
                while process.poll() is None:
                    self._sleep(None)
                    self._check_stop()
            finally:
                processes.end(process, service.stop_signal, service.stop_within_s)
            if process.returncode != 0:
                raise SetupError(self._obituary(service, process.returncode))
            output.seek(0)
            return output.read().decode()

    def watch(self) -> None:
        """Keep the services running until a signal asks to stop."""
        while not self._stop_asked:
            for child in self._children:
                self._look_after(child)
            due = [child.again_at_s for child in self._children if child.again_at_s is not None]
            self._sleep(max(0.0, min(due) - time.monotonic()) if due else None)

    def _look_after(self, child: _Child) -> None:
        if child.again_at_s is not None:
            if time.monotonic() >= child.again_at_s:
                child.restarts += 1
                self._spawn(child)
                child.condition = "running"
                self.report()
        elif child.process and (code := child.process.poll()) is not None:
            if time.monotonic() - child.started_s > _STEADY_S:
                child.deaths_in_a_row = 0
            wait_s = wait_before_restart_s(child.deaths_in_a_row)
            child.deaths_in_a_row += 1
            child.condition, child.again_at_s = "restarting", time.monotonic() + wait_s
            name, log = child.service.name, self._log(child.service)
            self._tell(f"{name} ended ({how_it_ended(code)}); starting it again in {wait_s:g} s. See {log}")
            self.report()

    def _spawn(self, child: _Child) -> None:
        if child.service.before:
            child.service.before()
        child.process = self._process(child.service)
        child.ticks = pid_started_ticks(child.process.pid)
        child.since, child.started_s, child.again_at_s = utc_now(), time.monotonic(), None
        self.report()

    def _process(self, service: Service, *, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        log = self._log(service)
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        return processes.spawn(
            list(service.command),
            log=log,
            cwd=service.cwd,
            env=service.env,
            user=service.user,
            death_signal=service.stop_signal,
            output=output,
        )

    def _log(self, service: Service) -> Path:
        return self._logs / f"{service.name}.log"

    def _check(self, child: _Child) -> None:
        self._check_stop()
        if child.process and (code := child.process.poll()) is not None:
            raise SetupError(self._obituary(child.service, code))

    def _check_stop(self) -> None:
        if self._stop_asked:
            raise StopAsked

    def _obituary(self, service: Service, code: int) -> str:
        lines = self._log(service).read_text(encoding="utf-8", errors="replace").splitlines()[-8:]
        told = "".join(f"\n  {line}" for line in lines)
        return f"{service.name} ended ({how_it_ended(code)}); the end of {self._log(service)}:{told}"

    def _sleep(self, at_most_s: float | None) -> None:
        if select.select([self._woken], [], [], at_most_s)[0]:
            self._woken.recv(4096)

    def _stop_all(self) -> None:
        for stage in sorted({child.service.stage for child in self._children}, reverse=True):
            together = [child for child in self._children if child.service.stage == stage]
            for child in together:
                if child.process and child.process.poll() is None:
                    child.process.send_signal(child.service.stop_signal)
            for child in together:
                self._stop(child)
        self.report()

    def _stop(self, child: _Child) -> None:
        if child.process:
            try:
                child.process.wait(child.service.stop_within_s)
            except subprocess.TimeoutExpired:
                self._tell(f"{child.service.name} did not stop within {child.service.stop_within_s:g} s; killed")
            # Also what it may have left behind in its group.
            processes.kill_group(child.process)
        child.condition, child.again_at_s = "stopped", None

    def report(self) -> None:
        """Tell the observer how the services are."""
        self._changed(tuple(child.state() for child in self._children))

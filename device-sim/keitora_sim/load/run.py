"""The load itself: how much is due now, from which device, and what came of it."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from keitora.errors import SetupError
from keitora.wire import topics
from keitora_sim.load.faults import Chances, Faults
from keitora_sim.load.lanes import Lanes
from keitora_sim.load.pipe import Pipe
from keitora_sim.load.stream import Lap, Stream
from keitora_sim.logins import NEWS_TAKES_S

_BURST_MESSAGES: Final = 256
_TELL_EVERY_S: Final = 0.5
_MOST_WAIT_S: Final = 0.02
_LONGEST_SAMPLE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to send. `rows_per_s` None is as fast as it goes; `ask_every` 0 trusts the broker's acknowledgement alone.

    `most_unconfirmed_rows` bounds what was sent and is not yet said to be committed: without it a sender that outruns
    the ingestor fills the broker.
    """

    devices: int = 30
    rows: int = 10
    rows_per_s: float | None = None
    seconds: float = 60.0
    connections: int = 1
    window_messages: int = 4000
    ask_every: int = 20
    most_unconfirmed_rows: int = 400_000
    faults: Chances | None = None
    last_answers_s: float = 10.0
    prefix: str = "load-"
    boot: int
    start_ms: int

    def device_keys(self) -> list[str]:
        """Return the devices that send."""
        width = max(4, len(str(self.devices - 1)))
        return [f"{self.prefix}{number:0{width}d}" for number in range(self.devices)]


@dataclass(slots=True)
class Figures:
    """How it stands. `sent_rows` count once, however often they are sent; `confirmed_rows` are stored for good.

    What left for the broker (`written_rows`) and what it acknowledged hold a fault's doubles and nonsense as well.
    """

    seconds: float = 0.0
    sent_rows: int = 0
    written_rows: int = 0
    acknowledged_rows: int = 0
    sent_messages: int = 0
    acknowledged_messages: int = 0
    resent_messages: int = 0
    confirmed_rows: int = 0
    broken_connections: int = 0
    open_connections: int = 0
    refused_logins: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    newest_ms: int = 0
    trouble: str | None = None
    to_commit_s: list[float] = field(default_factory=list)

    def commit_quantile_s(self, share: float) -> float | None:
        """Return how long a message took to be committed, of the last thousand answers; None without any."""
        ordered = sorted(self.to_commit_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None

    def as_json(self) -> dict[str, object]:
        """Return what `--json` prints."""
        return {
            "seconds": round(self.seconds, 3),
            "sent_rows": self.sent_rows,
            "sent_rows_per_s": round(self.sent_rows / self.seconds) if self.seconds else 0,
            "sent_messages": self.sent_messages,
            "acknowledged_messages": self.acknowledged_messages,
            "resent_messages": self.resent_messages,
            "confirmed_rows": self.confirmed_rows,
            "broken_connections": self.broken_connections,
            "refused_logins": self.refused_logins,
            "faults": self.faults,
            "to_commit_p50_s": self.commit_quantile_s(0.5),
            "to_commit_p99_s": self.commit_quantile_s(0.99),
            "newest_unix_ms": self.newest_ms,
            "trouble": self.trouble,
        }


class Load:
    """All devices of a plan on their connections."""

    def __init__(self, url: str, plan: Plan, laps: Sequence[Lap], own: Mapping[str, str] | None = None) -> None:
        """`own` is the broker's address for each device that speaks for itself alone; `url` is unused then."""
        if min(plan.devices, plan.rows, plan.connections) < 1:
            raise SetupError("devices, rows and connections must be at least 1")
        self._plan = plan
        self._streams = [
            Stream(
                key,
                laps[index % len(laps)],
                boot=plan.boot,
                start_ms=plan.start_ms,
                first_message=index * 37,
                ask_every=plan.ask_every,
            )
            for index, key in enumerate(plan.device_keys())
        ]
        self._by_topic = {topics.acknowledgement(stream.device_key): stream for stream in self._streams}
        count = len(self._streams) if own else min(plan.connections, plan.devices)
        addresses = [own[stream.device_key] for stream in self._streams] if own else [url] * count
        self._pipes = [self._pipe(addresses[index], self._streams[index::count], count) for index in range(count)]
        self._lanes = Lanes(self._pipes, patience_s=NEWS_TAKES_S if own else 0.0, go_without=own is not None)
        self._faults = Faults(plan.faults) if plan.faults else None
        self._turn = 0
        self._figures = Figures()
        self._unconfirmed_rows = 0

    def run(self, stop: Event, tell: Callable[[Figures], None] = lambda _: None) -> Figures:
        """Send for the plan's time or until `stop`, then wait some seconds for the last answers.

        Raises SetupError if the broker refuses; where trucks have logins of their own, only if it refuses all of them.
        `tell` hears the figures twice a second.
        """
        with self._lanes:
            began_s = told_s = time.monotonic()
            due_rows = 0.0
            rate = self._plan.rows_per_s
            while (now_s := time.monotonic()) < began_s + self._plan.seconds and not stop.is_set():
                if rate is not None:
                    due_rows = rate * (now_s - began_s) - self._figures.sent_rows
                burst = _BURST_MESSAGES if rate is None else min(_BURST_MESSAGES, int(due_rows / self._plan.rows))
                touched = self._send(burst, now_s)
                self._lanes.turn(touched, 0.0 if touched else _MOST_WAIT_S)
                if now_s - told_s >= _TELL_EVERY_S:
                    told_s = now_s
                    tell(self._counted(now_s - began_s))
            if self._faults is not None:
                self._faults.finish()
            self._counted(time.monotonic() - began_s)
            if self._lanes.drain(0 if stop.is_set() else 30.0):
                self._await_answers(self._plan.last_answers_s, stop)
            tell(self._counted(self._figures.seconds))
        return self._figures

    def _send(self, burst: int, now_s: float) -> set[Pipe]:
        """Put up to `burst` messages, from one device after the other, and return the pipes that got some."""
        touched: set[Pipe] = set()
        plan, streams, pipes, faults = self._plan, self._streams, self._pipes, self._faults
        asks = plan.ask_every > 0
        for _ in range(burst):
            if asks and self._unconfirmed_rows >= plan.most_unconfirmed_rows:
                break
            index = self._turn % len(streams)
            self._turn += 1
            pipe = pipes[index % len(pipes)]
            if pipe.room <= 0:
                if len(pipes) == 1:
                    self._turn -= 1
                    break
                continue
            if faults is None:
                pipe.put(*streams[index].message(now_s))
            else:
                faults.put(pipe, *streams[index].message(now_s))
            touched.add(pipe)
            self._figures.sent_rows += plan.rows
            self._unconfirmed_rows += plan.rows
        return touched

    def _pipe(self, url: str, streams: Sequence[Stream], count: int) -> Pipe:
        listen_to = [topics.acknowledgement(stream.device_key) for stream in streams] if self._plan.ask_every else []
        window_messages = max(16, self._plan.window_messages // count)
        return Pipe(url, window_messages=window_messages, listen_to=listen_to, heard=self._heard)

    def _heard(self, topic: str, payload: bytes) -> None:
        stream = self._by_topic.get(topic)
        if stream is None:
            return
        told = stream.confirm(payload, time.monotonic())
        if told.rows:
            self._figures.confirmed_rows += told.rows
            self._unconfirmed_rows -= told.rows
            self._figures.to_commit_s.append(told.seconds)
            del self._figures.to_commit_s[:-_LONGEST_SAMPLE]

    def _await_answers(self, timeout_s: float, stop: Event) -> None:
        """Wait for the answers asked for."""
        deadline_s = time.monotonic() + timeout_s
        while any(stream.is_asking for stream in self._streams) and time.monotonic() < deadline_s and not stop.is_set():
            self._lanes.turn((), 0.05)

    def _counted(self, seconds: float) -> Figures:
        figures = self._figures
        figures.seconds = seconds
        figures.sent_messages = sum(pipe.sent_count for pipe in self._pipes)
        figures.acknowledged_messages = sum(pipe.acknowledged_count for pipe in self._pipes)
        figures.written_rows = self._plan.rows * sum(pipe.written_count for pipe in self._pipes)
        figures.acknowledged_rows = self._plan.rows * figures.acknowledged_messages
        figures.refused_logins = sum(pipe.is_refused for pipe in self._pipes)
        figures.faults = dict(self._faults.played) if self._faults else {}
        figures.resent_messages = sum(pipe.resent_count for pipe in self._pipes)
        figures.broken_connections = sum(pipe.break_count for pipe in self._pipes)
        figures.open_connections = sum(pipe.is_open for pipe in self._pipes)
        figures.newest_ms = max(stream.next_ms for stream in self._streams) - self._streams[0].lap.interval_ms
        figures.trouble = next((pipe.trouble for pipe in self._pipes if pipe.trouble), None)
        return figures

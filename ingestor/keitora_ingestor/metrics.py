"""What the ingestor counts: for Prometheus, for its heartbeat, and as a line a person can read."""

from datetime import datetime
from threading import Lock
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from keitora_ingestor.outcome import Outcome

_BATCH_ROWS: Final = (1, 10, 100, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 50_000)
_LAG_S: Final = (0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 3_600, 86_400)


class Intake(Protocol):
    """The broker connection, as far as it is counted."""

    connected: bool
    retained_count: int
    passed_over_count: int

    @property
    def waiting_count(self) -> int:
        """Messages that wait to be taken."""
        ...

    @property
    def unacknowledged_count(self) -> int:
        """Messages the broker waits for an acknowledgement of."""
        ...


class Metrics:
    """Counts since the start. Every method may be called from any thread."""

    def __init__(self, intake: Intake) -> None:
        self.registry = CollectorRegistry()
        self._lock = Lock()
        self._intake = intake
        self._paced: tuple[float, int] | None = None
        self._paced_lags_s: dict[int, float] = {}
        self._told = {"samples": 0, "dead_letters": 0}
        self._counts = {"messages": 0, "rows": 0, "samples": 0, "dead_letters": 0}
        self._device_lag_s: dict[int, float] = {}
        registry = self.registry
        self._messages = Counter(
            "keitora_ingest_messages", "Messages stored or kept aside, by wire format", ["format"], registry=registry
        )
        self._rows = Counter("keitora_ingest_rows", "Rows of messages, repeated ones too", registry=registry)
        self._samples = Counter("keitora_ingest_samples", "Samples stored: rows that were new", registry=registry)
        self._letters = Counter(
            "keitora_ingest_dead_letters", "Messages kept as dead letters, by reason", ["reason"], registry=registry
        )
        self._values = Counter(
            "keitora_ingest_refused_values", "Values that could not be true, set aside", registry=registry
        )
        self._batch = Histogram(
            "keitora_ingest_batch_rows", "Rows in one transaction", buckets=_BATCH_ROWS, registry=registry
        )
        self._lag = Histogram(
            "keitora_ingest_lag_seconds",
            "From a device's newest row of a batch, by its clock, to the commit",
            buckets=_LAG_S,
            registry=registry,
        )
        self._cpu = Counter(
            "keitora_ingest_writer_cpu_seconds", "CPU time of the writers", ["stage"], registry=registry
        )
        waiting = Gauge("keitora_ingest_waiting_messages", "Messages that wait to be stored", registry=registry)
        waiting.set_function(lambda: intake.waiting_count)
        held = Gauge("keitora_ingest_unacknowledged_messages", "Messages in flight before commit", registry=registry)
        held.set_function(lambda: intake.unacknowledged_count)
        connected = Gauge("keitora_ingest_broker_connected", "1 while the broker is there", registry=registry)
        connected.set_function(lambda: float(intake.connected))
        retained = Gauge("keitora_ingest_retained_messages", "Retained messages passed over", registry=registry)
        retained.set_function(lambda: intake.retained_count)
        lost = Gauge("keitora_ingest_passed_over_messages", "QoS 0 messages passed over when full", registry=registry)
        lost.set_function(lambda: intake.passed_over_count)

    def note(self, outcome: Outcome, *, now: datetime) -> None:
        """Count a batch that is committed."""
        now_s = now.timestamp()
        with self._lock:
            self._counts["messages"] += outcome.message_count
            self._counts["rows"] += outcome.row_count
            self._counts["samples"] += outcome.stored_count
            self._counts["dead_letters"] += outcome.dead_letter_count
            lags_s = {one: now_s - at_ms / 1000 for one, at_ms in outcome.newest_ms.items()}
            self._device_lag_s |= lags_s
            self._paced_lags_s |= lags_s
        for wire_format, count in outcome.format_counts.items():
            self._messages.labels(wire_format).inc(count)
        for reason, count in outcome.reason_counts.items():
            self._letters.labels(reason).inc(count)
        self._rows.inc(outcome.row_count)
        self._samples.inc(outcome.stored_count)
        self._values.inc(outcome.refused_value_count)
        self._batch.observe(outcome.row_count)
        for at_ms in outcome.newest_ms.values():
            self._lag.observe(max(0.0, now_s - at_ms / 1000))
        for stage, used_s in outcome.cpu_s.items():
            self._cpu.labels(stage).inc(used_s)

    def counts(self) -> dict[str, int]:
        """Return the sums since the start."""
        with self._lock:
            return dict(self._counts)

    def pace(self, at_s: float) -> dict[str, float]:
        """Return how fast samples are stored, how late, and how many messages wait; `at_s`: a clock that never jumps.

        Since the last call. Without a call before there is no rate; without a device heard since no lag.
        """
        with self._lock:
            samples, before = self._counts["samples"], self._paced
            self._paced = (at_s, samples)
            lags_s, self._paced_lags_s = sorted(self._paced_lags_s.values()), {}
        told: dict[str, float] = {"waiting_messages": self._intake.waiting_count}
        if before is not None and at_s > before[0]:
            told["samples_per_s"] = round((samples - before[1]) / (at_s - before[0]), 2)
        if lags_s:
            told["lag_s"] = round(max(0.0, lags_s[len(lags_s) // 2]), 1)
        return told

    def news(self) -> str | None:
        """Return a line on what came since the last one, or None where nothing did."""
        with self._lock:
            new = {name: self._counts[name] - before for name, before in self._told.items()}
            self._told = {name: self._counts[name] for name in self._told}
            lags_s, self._device_lag_s = sorted(self._device_lag_s.values()), {}
        if not lags_s and not new["dead_letters"]:
            return None
        aside = f"; {new['dead_letters']:,} messages kept aside, see: keitora dead-letters list"
        lag = f", {lags_s[len(lags_s) // 2]:.1f} s behind the trucks' clocks (median)" if lags_s else ""
        return f"{new['samples']:,} samples of {len(lags_s):,} devices{lag}{aside if new['dead_letters'] else ''}"

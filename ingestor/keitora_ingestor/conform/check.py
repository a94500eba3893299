"""What is wrong with what a device sends. Pure: messages in, findings out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final

from pydantic import ValidationError

from keitora.errors import DecodeError
from keitora.events.kinds import KINDS, wrong_detail
from keitora.signals.registry import BY_WIRE
from keitora.wire.native import EventMessage, Telemetry
from keitora.wire.topics import event, state, telemetry
from keitora_ingestor.decode import native
from keitora_ingestor.decode.bounds import Bounds, Incoming

LARGEST_BYTES: Final = 8 * 1024
"""What a device should send at most; the server takes more, but small brokers and modems do not."""
COMPRESS_ABOVE_BYTES: Final = 600
LATE_S: Final = 300
AHEAD_S: Final = 5


class Severity(StrEnum):
    """How bad a finding is: data are lost or refused; data are worse than they need be; something to know."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `rule` is a stable word, `text` says what was seen and what is expected."""

    severity: Severity
    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A message as the checker sees it."""

    topic: str
    payload: bytes
    qos: int
    retained: bool
    received_at: datetime


@dataclass(slots=True)
class Checker:
    """Takes a device's messages in the order they arrive and finds what is wrong with them."""

    device_key: str
    message_count: int = 0
    row_count: int = 0
    born: bool = False
    next_sequence: dict[int, int] = field(default_factory=dict)
    boots: list[int] = field(default_factory=list)
    found: Counter[Finding] = field(default_factory=Counter)

    def take(self, heard: Heard) -> list[Finding]:
        """Return what is wrong with this message, and remember it."""
        if heard.topic == state(self.device_key):
            self.born = True
            findings = list(self._check_state(heard))
        elif heard.topic == telemetry(self.device_key):
            self.message_count += 1
            findings = list(self._check_telemetry(heard))
        elif heard.topic == event(self.device_key):
            findings = list(self._check_event(heard))
        else:
            findings = [_hint("topic", f"{heard.topic} is not read; telemetry goes to {telemetry(self.device_key)}")]
        self.found.update(findings)
        return findings

    def conclude(self) -> list[Finding]:
        """Return what can be said only at the end."""
        last = []
        if self.message_count == 0:
            last.append(_error("silence", f"no message came on {telemetry(self.device_key)}"))
        if not self.born:
            last.append(_hint("birth", f"no birth on {state(self.device_key)}: silence cannot be told from sleep"))
        self.found.update(last)
        return last

    def _check_state(self, heard: Heard) -> Iterator[Finding]:
        if heard.qos < 1:
            yield _warning("qos", "the state was sent with QoS 0; use 1")
        try:
            native.state(_incoming(heard))
        except DecodeError as error:
            yield _error(error.reason, str(error))

    def _check_event(self, heard: Heard) -> Iterator[Finding]:
        if heard.retained:
            yield _error("retained", "an event is retained: it happens again at each reconnect; send retain 0")
        if heard.qos < 1:
            yield _error("qos", "an event was sent with QoS 0: what the network loses is lost; use QoS 1")
        incoming = _incoming(heard)
        try:
            native.event(incoming)
            said = EventMessage.model_validate_json(incoming.body())
        except DecodeError as error:
            yield _error(error.reason, str(error))
            return
        if said.ev not in KINDS:
            yield _hint("unknown_kind", f"'{said.ev}' is none of the known kinds; it is kept")
        if wrong := wrong_detail(said.ev, said.d):
            yield _warning("detail", f"the detail of '{said.ev}' is not what its kind has: {wrong}")
        if said.un < said.u:
            yield _error("uptime", "un (uptime when built) is before u (uptime of the event)")
        yield from self._check_numbers(said.b, said.q, 1)
        yield from _check_clock(said, heard.received_at)

    def _check_telemetry(self, heard: Heard) -> Iterator[Finding]:
        if heard.retained:
            yield _error("retained", "telemetry is retained: old rows come again at each reconnect; send retain 0")
        if heard.qos < 1:
            yield _error("qos", "telemetry was sent with QoS 0: what the network loses is lost; use QoS 1")
        if len(heard.payload) > LARGEST_BYTES:
            yield _warning("size", f"{len(heard.payload)} bytes in a message; send at most {LARGEST_BYTES}")
        incoming = _incoming(heard)
        try:
            decoded = native.telemetry(incoming)
            body = incoming.body()
            batch = Telemetry.model_validate_json(body)
        except (DecodeError, ValidationError) as error:
            reason = error.reason if isinstance(error, DecodeError) else "bad_shape"
            yield _error(reason, str(error))
            return
        if body == heard.payload and len(body) > COMPRESS_ABOVE_BYTES:
            yield _hint("compression", f"{len(body)} bytes uncompressed; gzip saves about two thirds")
        if decoded.block is not None and decoded.block.refused_count:
            names = sorted({name for extra in decoded.block.extra if extra for name in _refused(extra)})
            yield _warning("refused", f"values that cannot be true: {', '.join(names)}; send null for not sampled")
        yield from self._check_batch(batch, heard.received_at)

    def _check_batch(self, batch: Telemetry, received_at: datetime) -> Iterator[Finding]:
        self.row_count += len(batch.r)
        if unknown := [key for key in batch.f if key not in BY_WIRE]:
            yield _hint("unknown_keys", f"not in the registry, kept as extra: {', '.join(sorted(unknown))}")
        if not batch.r:
            yield _warning("empty", "a message without rows")
        if any(later[0] < earlier[0] for earlier, later in pairwise(batch.r)):
            yield _warning("order", "rows are not in the order of time")
        if batch.un < batch.u:
            yield _error("uptime", "un (uptime when built) is before u (uptime of the first row)")
        yield from self._check_numbers(batch.b, batch.q, len(batch.r))
        yield from _check_clock(batch, received_at)
        if batch.r and all(value is None for row in batch.r for value in row[1:]):
            yield _warning("all_null", "rows in which nothing was sampled")

    def _check_numbers(self, boot: int, first: int, count: int) -> Iterator[Finding]:
        if boot not in self.next_sequence:
            if self.boots and boot < self.boots[-1]:
                yield _warning(
                    "boot", f"boot fell from {self.boots[-1]} to {boot}: is the counter kept over a restart?"
                )
            self.boots.append(boot)
        else:
            expected = self.next_sequence[boot]
            if first > expected:
                yield _warning("gap", f"rows {expected} to {first - 1} of boot {boot} did not come (yet)")
            elif first + count > expected > first:
                yield _error("overlap", f"row numbers {first} to {expected - 1} are used twice with other rows")
        self.next_sequence[boot] = max(self.next_sequence.get(boot, 0), first + count)


def _incoming(heard: Heard) -> Incoming:
    return Incoming(
        levels=tuple(heard.topic.split("/")), payload=heard.payload, received_at=heard.received_at, bounds=Bounds()
    )


def _check_clock(batch: Telemetry | EventMessage, received_at: datetime) -> Iterator[Finding]:
    if batch.c == 0:
        yield _hint("clock", "no clock (c = 0): rows are dated by their age until the boot learns the time")
        return
    ahead_s = (batch.t or 0) / 1000 + (batch.un - batch.u) / 1000 - received_at.timestamp()
    if ahead_s > AHEAD_S:
        yield _error("clock_ahead", f"the device's clock is {ahead_s:.0f} s ahead; beyond 300 s rows are refused")
    elif ahead_s < -LATE_S:
        yield _hint("clock_behind", f"built {-ahead_s:.0f} s ago by its own clock: backlog, or a clock that is behind")


def _refused(extra: object) -> list[str]:
    refused = extra.get("refused", {}) if isinstance(extra, dict) else {}
    return list(refused)


def _error(rule: str, text: str) -> Finding:
    return Finding(Severity.ERROR, rule, text)


def _warning(rule: str, text: str) -> Finding:
    return Finding(Severity.WARNING, rule, text)


def _hint(rule: str, text: str) -> Finding:
    return Finding(Severity.HINT, rule, text)

"""Send a recording as a logger would, in any order and batch size, and wait until it is all acknowledged."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Final

from keitora.clock import utc_now
from keitora_sim.courier import Courier
from keitora_sim.logger import RESEND_AFTER_S, WINDOW_MESSAGES, Logger
from keitora_sim.messages import BATCH_ROWS, Message, pack
from keitora_sim.phone import Phone, fixes
from keitora_sim.recording import Drive, Row
from keitora_sim.replay.rows import span

CONNECT_S: Final = 15.0
TIMEOUT_S: Final = 600.0

_NONE: Final = timedelta(0)
_BATCHES: Final = 100  # are packed at once: a recording may be longer than the memory

Progress = Callable[[int, int], None]  # rows acknowledged, rows in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a drive is sent.

    `speedup` paces it at that many times real time (None: as fast as it is acknowledged); `is_live`: no row goes
    out before the time it bears; `shuffle_seed` mixes the
    order of messages reproducibly; each message is sent `copies` times; `timeout_s` is how long to wait without a
    single new acknowledgement before giving up.
    """

    batch_rows: int = BATCH_ROWS
    window: int = WINDOW_MESSAGES
    compress: bool = False
    speedup: float | None = None
    is_live: bool = False
    shuffle_seed: int | None = None
    copies: int = 1
    timeout_s: float = TIMEOUT_S
    resend_after_s: float = RESEND_AFTER_S


@dataclass(frozen=True, slots=True)
class Report:
    """What was sent. `unacknowledged_count` messages were not answered for in time; the others are safe."""

    row_count: int
    message_count: int
    resent_count: int
    unacknowledged_count: int
    first_at: datetime
    last_at: datetime


def send_drive(
    drive: Drive,
    *,
    url: str,
    device_key: str,
    boot: int,
    how: Delivery | None = None,
    on_progress: Progress | None = None,
) -> Report:
    """Send a drive in the native format and wait for the ingestor's answers. Raises SetupError without a broker."""
    how = how or Delivery()
    courier = Logger(url, device_key, boot=boot, window=how.window, resend_after_s=how.resend_after_s)
    return _send(drive, _packed(drive, boot, how), courier, how, on_progress)


def send_fixes(
    drive: Drive,
    *,
    url: str,
    device_key: str,
    how: Delivery | None = None,
    on_progress: Progress | None = None,
) -> Report:
    """Send a drive's positions as OwnTracks and wait for the broker's answers. Raises SetupError without a broker."""
    how = how or Delivery()
    courier = Phone(url, device_key, window=how.window, resend_after_s=how.resend_after_s)
    return _send(drive, _as_fixes(drive.rows), courier, how, on_progress)


def _packed(drive: Drive, boot: int, how: Delivery) -> Iterator[Message]:
    booted_at, _ = span(drive.rows)
    step = _BATCHES * how.batch_rows
    for first in range(0, len(drive.rows), step):
        yield from pack(
            drive.rows[first : first + step],
            boot=boot,
            batch_rows=how.batch_rows,
            compress=how.compress,
            first_sequence=first,
            booted_at=booted_at,
        )


def _as_fixes(rows: Sequence[Row]) -> Iterator[Message]:
    for first in range(0, len(rows), _BATCHES):
        yield from fixes(rows[first : first + _BATCHES], first_sequence=first)


def arranged(messages: Iterable[Message], *, copies: int = 1, shuffle_seed: int | None = None) -> Iterator[Message]:
    """Yield messages in the order they are to be sent: each `copies` times, mixed if there is a seed."""
    order = (message for message in messages for _ in range(copies))
    if shuffle_seed is None:
        yield from order
        return
    mixed = list(order)
    random.Random(shuffle_seed).shuffle(mixed)  # noqa: S311 -- reproducible, not secret
    yield from mixed


def _send(
    drive: Drive, messages: Iterator[Message], courier: Courier, how: Delivery, on_progress: Progress | None
) -> Report:
    first_at, last_at = span(drive.rows)
    order = arranged(messages, copies=how.copies, shuffle_seed=how.shuffle_seed)
    sent = _Sent(len(drive.rows) * how.copies, on_progress)
    with courier:
        courier.wait_ready(CONNECT_S)
        pace = _Pace(drive.rows, how)
        unsent_count = 0
        for message in order:
            pace.wait_for(message, courier)
            if not courier.wait_below(how.window, how.timeout_s):
                unsent_count = 1 + sum(1 for _ in order)
                break
            courier.send([message])
            sent.count(message)
            sent.tell(courier.unacknowledged)
        _drain(courier, how.timeout_s, sent)
        return Report(
            row_count=sent.row_count // how.copies,
            message_count=sent.message_count + unsent_count,
            resent_count=courier.resent_count,
            unacknowledged_count=len(courier.unacknowledged) + unsent_count,
            first_at=first_at,
            last_at=last_at,
        )


class _Sent:
    """What went out so far, and how much of it is answered for."""

    def __init__(self, total_count: int, on_progress: Progress | None) -> None:
        self.row_count = 0
        self.message_count = 0
        self._total_count = total_count
        self._on_progress = on_progress

    def count(self, message: Message) -> None:
        """Count a message that went out."""
        self.row_count += _rows_in(message)
        self.message_count += 1

    def tell(self, unacknowledged: Iterable[Message]) -> None:
        """Show how many rows are answered for."""
        if self._on_progress:
            self._on_progress(self.row_count - sum(map(_rows_in, unacknowledged)), self._total_count)


def _rows_in(message: Message) -> int:
    return message.last_sequence - message.first_sequence + 1


def _drain(courier: Courier, timeout_s: float, sent: _Sent) -> None:
    """Wait until nothing is unanswered, as long as answers keep coming."""
    left = len(courier.unacknowledged)
    while left and courier.wait_below(left, timeout_s):
        unacknowledged = courier.unacknowledged
        left = len(unacknowledged)
        sent.tell(unacknowledged)


class _Pace:
    """When each message may go out: its last row's time, sped up."""

    def __init__(self, rows: Sequence[Row], how: Delivery) -> None:
        self._rows = rows
        self._how = how
        self._started_s = time.monotonic()
        self._first_at = rows[0].sampled_at
        self._never = Event()

    def wait_for(self, message: Message, courier: Courier) -> None:
        """Return when it is the message's turn, resending meanwhile what waits too long for an answer."""
        at = self._rows[message.last_sequence].sampled_at
        while (left := self._left(at)) > _NONE:
            self._never.wait(min(left.total_seconds(), 1.0))
            courier.pump()

    def _left(self, at: datetime) -> timedelta:
        left = at - utc_now() if self._how.is_live else _NONE
        if self._how.speedup is None:
            return left
        passed = timedelta(seconds=time.monotonic() - self._started_s)
        return max(left, (at - self._first_at) / self._how.speedup - passed)

"""Send a recording as a logger would, in any order and batch size, and wait until it is all acknowledged."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Final

from keitora_sim.courier import Courier
from keitora_sim.logger import RESEND_AFTER_S, WINDOW_MESSAGES, Logger
from keitora_sim.messages import BATCH_ROWS, Message, distinct, pack
from keitora_sim.phone import Phone, fixes
from keitora_sim.recording import Drive

CONNECT_S: Final = 15.0
TIMEOUT_S: Final = 600.0

Progress = Callable[[int, int], None]  # messages acknowledged, messages in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How a drive is sent.

    `speedup` paces it at that many times real time (None: as fast as it is acknowledged); `shuffle_seed` mixes the
    order of messages reproducibly; each message is sent `copies` times; `timeout_s` is how long to wait without a
    single new acknowledgement before giving up.
    """

    batch_rows: int = BATCH_ROWS
    window: int = WINDOW_MESSAGES
    compress: bool = False
    speedup: float | None = None
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
    messages = pack(drive.rows, boot=boot, batch_rows=how.batch_rows, compress=how.compress)
    courier = Logger(url, device_key, boot=boot, window=how.window, resend_after_s=how.resend_after_s)
    return _send(drive, messages, courier, how, on_progress)


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
    return _send(drive, fixes(drive.rows), courier, how, on_progress)


def arranged(messages: Sequence[Message], *, copies: int = 1, shuffle_seed: int | None = None) -> list[Message]:
    """Return messages in the order they are to be sent: each `copies` times, mixed if there is a seed."""
    order = [message for message in messages for _ in range(copies)]
    if shuffle_seed is not None:
        random.Random(shuffle_seed).shuffle(order)  # noqa: S311 -- reproducible, not secret
    return order


def _send(
    drive: Drive, messages: Sequence[Message], courier: Courier, how: Delivery, on_progress: Progress | None
) -> Report:
    order = arranged(messages, copies=how.copies, shuffle_seed=how.shuffle_seed)
    with courier:
        courier.wait_ready(CONNECT_S)
        pace = _Pace(drive, how.speedup)
        sent_count = 0
        for message in order:
            pace.wait_for(message, courier)
            if not courier.wait_below(how.window, how.timeout_s):
                break
            courier.send([message])
            sent_count += 1
            if on_progress:
                on_progress(sent_count - len(courier.unacknowledged), len(order))
        _drain(courier, how.timeout_s, lambda left: on_progress(len(order) - left, len(order)) if on_progress else None)
        unacknowledged_count = len(courier.unacknowledged) + len(order) - sent_count
        return Report(
            row_count=distinct(messages),
            message_count=len(order),
            resent_count=courier.resent_count,
            unacknowledged_count=unacknowledged_count,
            first_at=min(row.sampled_at for row in drive.rows),
            last_at=max(row.sampled_at for row in drive.rows),
        )


def _drain(courier: Courier, timeout_s: float, on_left: Callable[[int], object]) -> None:
    """Wait until nothing is unanswered, as long as answers keep coming."""
    left = len(courier.unacknowledged)
    while left and courier.wait_below(left, timeout_s):
        left = len(courier.unacknowledged)
        on_left(left)


class _Pace:
    """When each message may go out: its last row's time, sped up."""

    def __init__(self, drive: Drive, speedup: float | None) -> None:
        self._drive = drive
        self._speedup = speedup
        self._started_s = time.monotonic()
        self._first_at = drive.rows[0].sampled_at
        self._never = Event()

    def wait_for(self, message: Message, courier: Courier) -> None:
        """Return when it is the message's turn, resending meanwhile what waits too long for an answer."""
        if self._speedup is None:
            return
        at = self._drive.rows[message.last_sequence].sampled_at
        due_s = self._started_s + (at - self._first_at).total_seconds() / self._speedup
        while (left_s := due_s - time.monotonic()) > 0:
            self._never.wait(min(left_s, 1.0))
            courier.pump()

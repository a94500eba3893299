"""Rows to messages of the native format, as a logger builds them. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from keitora.signals.registry import BY_COLUMN
from keitora.wire import native
from keitora_sim.recording import Drive, Row

BATCH_ROWS: Final = 10
_SATELLITE_TIME: Final = 3
_DECIMALS: Final = 7  # of a degree: a centimetre
_ORDER: Final = {column: index for index, column in enumerate(BY_COLUMN)}


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it goes over the wire, and the rows (numbers since boot, inclusive) it holds."""

    boot: int
    first_sequence: int
    last_sequence: int
    payload: bytes


def messages_of(drive: Drive, *, boot: int, batch_rows: int = BATCH_ROWS, compress: bool = False) -> list[bytes]:
    """Return a drive's messages in order, as one boot of a device sends them (payloads of the telemetry topic)."""
    return [m.payload for m in pack(drive.rows, boot=boot, batch_rows=batch_rows, compress=compress)]


def pack(
    rows: Sequence[Row],
    *,
    boot: int,
    batch_rows: int = BATCH_ROWS,
    compress: bool = False,
    first_sequence: int = 0,
    booted_at: datetime | None = None,
    has_clock: bool = True,
    batch_span: timedelta | None = None,
) -> list[Message]:
    """Return rows as messages of at most `batch_rows` that span `batch_span` at most.

    Uptime starts at `booted_at` (the first row's time).
    Without a clock they carry uptime alone, and a later message of the same boot tells when that was.

    The same rows, boot and sequence always give the same bytes, which is what makes a resend harmless.
    """
    if not rows:
        return []
    uptime_from_ms = _unix_ms(booted_at or min(row.sampled_at for row in rows))
    messages = []
    sequence = first_sequence
    for batch in _batches(rows, batch_rows, batch_span):
        messages.append(
            Message(
                boot=boot,
                first_sequence=sequence,
                last_sequence=sequence + len(batch) - 1,
                payload=_payload(batch, boot, sequence, uptime_from_ms, compress=compress, has_clock=has_clock),
            )
        )
        sequence += len(batch)
    return messages


def _batches(rows: Sequence[Row], batch_rows: int, batch_span: timedelta | None) -> Iterator[Sequence[Row]]:
    """Cut where a batch is full or long, and where time steps back: offsets within a message only ascend."""
    start = 0
    for end in range(1, len(rows) + 1):
        full = end - start == batch_rows
        is_cut = end == len(rows) or full or rows[end].sampled_at < rows[end - 1].sampled_at
        if is_cut or (batch_span is not None and rows[end].sampled_at - rows[start].sampled_at > batch_span):
            yield rows[start:end]
            start = end


def _payload(
    batch: Sequence[Row], boot: int, sequence: int, uptime_from_ms: int, *, compress: bool, has_clock: bool
) -> bytes:
    columns = sorted({column for row in batch for column in row.values}, key=lambda c: (_ORDER.get(c, len(_ORDER)), c))
    times_ms = [_unix_ms(row.sampled_at) for row in batch]
    uptime_ms = max(0, times_ms[0] - uptime_from_ms)
    return native.encode_telemetry(
        boot=boot,
        first_sequence=sequence,
        unix_ms=times_ms[0] if has_clock else None,
        uptime_ms=uptime_ms,
        built_uptime_ms=uptime_ms + times_ms[-1] - times_ms[0],
        clock_quality=_SATELLITE_TIME if has_clock else 0,
        keys=[BY_COLUMN[column].wire if column in BY_COLUMN else column for column in columns],
        rows=[
            [time_ms - times_ms[0], *(_rounded(row.values.get(column)) for column in columns)]
            for row, time_ms in zip(batch, times_ms, strict=True)
        ],
        wants_acknowledgement=True,
        compress=compress,
    )


def _rounded(value: object) -> object:
    return round(value, _DECIMALS) if isinstance(value, float) else value


def _unix_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)

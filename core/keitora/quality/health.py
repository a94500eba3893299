"""One word for how a device is. Pure."""

from datetime import datetime, timedelta
from typing import Final

from keitora.quality.model import Quality

SILENT_AFTER: Final = timedelta(days=1)
"""A parked logger gives a sign of life every ten minutes, a phone every hour."""
SHARE: Final = 0.01
DOUBLED: Final = 0.5


def health(quality: Quality | None, *, last_received_at: datetime | None, now: datetime) -> str:
    """Return the worst that is true of a device.

    `never heard`; `silent` for a day; `gaps`: more than 1 % of its numbers are missing; `refused`: more than one
    refused value or row for a hundred rows; `repeating`: more than half of what it sends has come before; else `ok`.
    """
    if last_received_at is None:
        return "never heard"
    if now - last_received_at > SILENT_AFTER:
        return "silent"
    return "ok" if quality is None else _judge(quality)


def _judge(quality: Quality) -> str:
    came = quality.row_count + quality.event_count
    if quality.missing_count > SHARE * (quality.new_count + quality.missing_count):
        return "gaps"
    if quality.refused_count > SHARE * came:
        return "refused"
    if came - quality.new_count > DOUBLED * came:
        return "repeating"
    return "ok"

"""Time: the one place that reads the clock (everything else takes the time as an argument), and Unix milliseconds."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Return the present moment as an aware UTC time."""
    return datetime.now(UTC)  # noqa: TID251 -- the one place


def instant(at_ms: int) -> datetime:
    """Return the aware UTC time of a Unix time in milliseconds, without rounding."""
    return _EPOCH + timedelta(milliseconds=at_ms)

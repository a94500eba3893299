"""One word for how a device is."""

from datetime import UTC, datetime, timedelta

import pytest

from keitora.quality.health import health
from keitora.quality.model import Quality

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def quality(**changes: int) -> Quality:
    counts = {
        "device_id": 1, "message_count": 100, "row_count": 1000, "new_count": 1000, "event_count": 0,
        "late_row_count": 0, "undated_row_count": 0, "refused_count": 0, "missing_count": 0,
    }  # fmt: skip
    return Quality(**(counts | changes))


@pytest.mark.parametrize(
    ("counts", "heard_ago_h", "word"),
    [
        (quality(), 0, "ok"),
        (None, 0, "ok"),
        (quality(), None, "never heard"),
        (quality(), 25, "silent"),
        (quality(missing_count=10), 0, "ok"),
        (quality(missing_count=11), 0, "gaps"),
        (quality(refused_count=10), 0, "ok"),
        (quality(refused_count=11), 0, "refused"),
        (quality(new_count=500), 0, "ok"),
        (quality(new_count=499), 0, "repeating"),
        (quality(late_row_count=1000), 0, "ok"),
    ],
)
def test_the_word_is_the_worst_that_is_true(counts: Quality | None, heard_ago_h: int | None, word: str) -> None:
    last = None if heard_ago_h is None else NOW - timedelta(hours=heard_ago_h)

    assert health(counts, last_received_at=last, now=NOW) == word

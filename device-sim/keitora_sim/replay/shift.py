"""Recordings moved in time, so that a drive of years ago begins or ends now. Pure."""

import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from keitora_sim.recording import Row
from keitora_sim.replay.files import Recording


def begun(recordings: Sequence[Recording], at: datetime) -> list[Recording]:
    """Return recordings of which the first row is at a time; what lies between them stays."""
    return _moved(recordings, at - min(row.sampled_at for one in recordings for row in one.drive.rows))


def ended(recordings: Sequence[Recording], at: datetime) -> list[Recording]:
    """Return recordings of which the last row is at a time; what lies between them stays."""
    return _moved(recordings, at - max(row.sampled_at for one in recordings for row in one.drive.rows))


def _moved(recordings: Sequence[Recording], by: timedelta) -> list[Recording]:
    """Move rows by a time. Their boot is another then: the server keeps each row of a boot once."""
    return [
        replace(
            one,
            drive=replace(one.drive, rows=tuple(Row(row.sampled_at + by, row.values) for row in one.drive.rows)),
            boot=zlib.crc32(f"{one.boot}:{by.total_seconds()}".encode()),
        )
        for one in recordings
    ]

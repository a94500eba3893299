"""Dead letters that are replayed while the replay is killed again and again."""

import json
import os
import signal
import subprocess
import sys
from threading import Event

import pytest

from tests.ingestor.conftest import NOW, Yard

MESSAGES = 1500
ROWS = 3


@pytest.mark.slow
def test_a_replay_that_is_killed_again_and_again_stores_each_sample_once(yard: Yard, database_url: str) -> None:
    for begin in range(0, MESSAGES, 500):
        yard.send_all([letter(number) for number in range(begin, begin + 500)])
    assert yard.rows("SELECT count(*) FROM dead_letter WHERE reason = 'unknown_device'") == [(MESSAGES,)]
    yard.device("new-dongle")

    killed = 0
    while yard.rows("SELECT count(*) FROM dead_letter") != [(0,)]:
        before = progress(yard)
        replay = subprocess.Popen(
            [sys.executable, "-m", "keitora", "dead-letters", "replay"],
            env={"KEITORA_DATABASE_URL": database_url, "PATH": os.environ["PATH"]},
            stdout=subprocess.DEVNULL,
        )
        try:
            while replay.poll() is None and progress(yard) < before + MESSAGES // 5:
                Event().wait(0.01)
        finally:
            killed += replay.poll() is None
            replay.send_signal(signal.SIGKILL)
            replay.wait()

    assert killed >= 3
    assert yard.rows("SELECT count(*), count(DISTINCT row_key) FROM sample") == [(MESSAGES * ROWS, MESSAGES * ROWS)]


def progress(yard: Yard) -> int:
    [(left,)] = yard.rows("SELECT count(*) FROM dead_letter")
    return MESSAGES - int(left)


def letter(number: int) -> tuple[str, bytes]:
    at_ms = round(NOW.timestamp() * 1000) - 10_000_000 + number * 5000
    header = {"v": 1, "b": 1, "q": number * ROWS, "t": at_ms, "u": 0, "un": 0, "c": 3, "f": ["spd"]}
    rows = [[1000 * row, number % 90] for row in range(ROWS)]
    return "kei/v1/new-dongle/t", json.dumps(header | {"r": rows}).encode()

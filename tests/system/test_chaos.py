"""Promise 1 under random faults: whatever breaks, every sample is there once, and nothing stops the stream.

A few runs always; `pytest -m chaos --chaos-runs 100 --chaos-seed 7` for as many as wanted. See tests/system/chaos.
"""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.chaos
@pytest.mark.slow
@pytest.mark.timeout(0)  # the bound grows with the runs that are asked for; see below
def test_every_sample_is_stored_once_whatever_breaks(pytestconfig: pytest.Config) -> None:
    runs, seed = pytestconfig.getoption("chaos_runs"), pytestconfig.getoption("chaos_seed")
    command = [sys.executable, "-m", "tests.system.chaos", "--runs", str(runs), "--seed", str(seed)]

    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120 + 75 * runs)

    print(done.stdout)
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-5_000:]

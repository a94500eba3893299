"""The sender in the documentation conforms to the documentation."""

import subprocess
import sys
from pathlib import Path

import pytest

from keitora.local.testing import TemporaryBroker
from keitora_ingestor.conform.command import conform

SENDER = Path(__file__).parents[3] / "docs" / "examples" / "reference_sender.py"


@pytest.mark.slow
def test_the_reference_sender_conforms(
    broker: TemporaryBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEITORA_MQTT_URL", broker.ingestor_url)
    sender = subprocess.Popen([sys.executable, str(SENDER), broker.url, "reference-1"], stdout=subprocess.DEVNULL)
    try:
        code = conform(["--device", "reference-1", "--seconds", "40", "--messages", "2"])
    finally:
        sender.terminate()
        sender.wait()

    said = capsys.readouterr().out
    assert code == 0, said
    assert "10 rows, 0 errors" in said


def test_it_stays_a_hundred_lines() -> None:
    assert len(SENDER.read_text(encoding="utf-8").splitlines()) <= 100

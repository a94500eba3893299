"""`keitora conform` at a real broker, with the simulator's logger as the device."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from keitora.errors import SetupError
from keitora.local.testing import TemporaryBroker
from keitora_ingestor.conform.command import conform
from keitora_sim.logger import Logger
from keitora_sim.messages import pack
from keitora_sim.recording import Row


def test_our_own_logger_conforms(
    broker: TemporaryBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEITORA_MQTT_URL", broker.ingestor_url)
    now = datetime.now(UTC) - timedelta(seconds=60)  # noqa: TID251 -- the command judges clocks by the real time
    rows = [Row(now + timedelta(seconds=i), {"speed_kmh": 30.0, "engine_rpm": 2000.0}) for i in range(30)]

    def send() -> None:
        with Logger(broker.url, "conform-1", boot=1, resend_after_s=0.3) as logger:
            logger.send(pack(rows, boot=1))
            logger.wait_below(1, 3.0)  # nobody answers: it sends again and again, which is no fault

    sender = Thread(target=send)
    sender.start()
    code = conform(["--device", "conform-1", "--seconds", "20", "--messages", "6"])
    sender.join()

    said = capsys.readouterr().out
    assert "error " not in said
    assert code == 0, said


def test_silence_is_an_error(
    broker: TemporaryBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEITORA_MQTT_URL", broker.ingestor_url)

    assert conform(["--device", "nobody-here", "--seconds", "0.2"]) == 1
    assert "silence" in capsys.readouterr().out


def test_a_name_that_can_be_no_device_is_refused() -> None:
    with pytest.raises(SetupError, match="a-z"):
        conform(["--device", "NO"])

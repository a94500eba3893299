"""deploy/run-broker: the broker of docker compose, which reads its users again when their files change."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from keitora.access.broker_folder import write_accounts
from keitora.access.model import Account, Login
from keitora.access.passwords import hash_password
from keitora.local import mosquitto, users
from keitora.local.testing import TemporaryBroker, temporary_broker
from tests.core.access.conftest import wait_until_let_in
from tests.core.access.visitor import Visitor
from tests.dashboards.compose import ROOT

LOGIN = Login("carry-1", "word")
ACCOUNT = Account("carry-1", hash_password("word"), "native", "carry-1")


@pytest.fixture
def watched() -> Iterator[tuple[TemporaryBroker, "subprocess.Popen[bytes]"]]:
    """A broker started by the script instead of by us."""
    with temporary_broker() as broker:
        broker.stop()
        user = users.server_user()
        path = f"{broker.broker.program.parent}:{os.environ['PATH']}"
        process = subprocess.Popen(
            ["sh", str(ROOT / "deploy" / "run-broker"), str(broker.files)],
            env={"PATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=user.uid if user else None,
            group=user.gid if user else None,
        )
        mosquitto.wait_until_ready("127.0.0.1", broker.port, broker.passwords["ingestor"], lambda: None)
        try:
            yield broker, process
        finally:
            process.terminate()
            process.wait(10)


def test_who_is_written_down_is_let_in_and_who_is_struck_out_is_cut(
    watched: tuple[TemporaryBroker, "subprocess.Popen[bytes]"],
) -> None:
    broker, _ = watched

    write_accounts(broker.files, [ACCOUNT])
    wait_until_let_in(broker, LOGIN)
    with Visitor(broker.device_url(LOGIN)) as device:
        write_accounts(broker.files, [])
        device.wait_cut()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_the_broker_and_cleanly(
    watched: tuple[TemporaryBroker, "subprocess.Popen[bytes]"], how: signal.Signals
) -> None:
    broker, process = watched

    process.send_signal(how)

    assert process.wait(10) == 0
    assert not mosquitto.answers("127.0.0.1", broker.port, "ingestor", broker.passwords["ingestor"])
    assert (broker.files / "messages.db").exists()


def test_a_broker_that_dies_ends_it(watched: tuple[TemporaryBroker, "subprocess.Popen[bytes]"]) -> None:
    broker, process = watched

    os.kill(int(Path(broker.files / "mosquitto.pid").read_text()), signal.SIGKILL)

    assert process.wait(10) != 0

"""Two farms, and a broker that follows their database."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from keitora.access.issue import issue
from keitora.access.keeper import keep
from keitora.access.model import Login
from keitora.devices.model import Device, Source
from keitora.devices.queries import register_device
from keitora.fleets.queries import create_fleet
from keitora.local.testing import TemporaryBroker, temporary_broker
from tests.core.access.visitor import Visitor


@dataclass
class Farms:
    """The database of two fleets."""

    conn: Connection[Any]
    url: str
    aoki: int
    baba: int

    def device(self, device_key: str, source: Source = "native", fleet_id: int | None = None) -> Device:
        return register_device(self.conn, fleet_id=fleet_id or self.aoki, source=source, device_key=device_key)

    def let_in(self, device_key: str, source: Source = "native", fleet_id: int | None = None) -> Login:
        return issue(self.conn, self.device(device_key, source, fleet_id))


@pytest.fixture
def farms(database_url: str) -> Iterator[Farms]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        aoki, baba = (create_fleet(conn, name=name).fleet_id for name in ("Aoki farm", "Baba farm"))
        yield Farms(conn, database_url, aoki, baba)


@pytest.fixture(scope="module")
def own_broker() -> Iterator[TemporaryBroker]:
    with temporary_broker() as server:
        yield server


@contextmanager
def keeping(conninfo: str, folder: Path, mapping_file: Path | None = None) -> Iterator[None]:
    """Run what keeps the broker's users, in a thread."""
    stop = Event()
    thread = Thread(target=keep, args=(conninfo, folder, mapping_file, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
    assert not thread.is_alive()


def wait_until_let_in(broker: TemporaryBroker, login: Login) -> None:
    """Return when the broker takes a login."""
    pause = Event()
    for _ in range(200):
        with Visitor(broker.device_url(login)) as visitor:
            if visitor.answer == "Success":
                return
        pause.wait(0.05)
    raise AssertionError(f"{login.username} was not let in")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

"""What may go wrong. Each fault is a context manager: it begins, and what can be undone is undone at its end."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random

import psycopg

from tests.system.chaos.stage import Stage
from tests.system.stack import wait_until

Fault = Callable[[Stage, Random], AbstractContextManager[None]]


@contextmanager
def ingestor_killed(stage: Stage, chance: Random) -> Iterator[None]:
    victim = chance.choice(stage.ingestors)
    stage.note_memory()
    victim.kill()
    yield
    victim.start()


@contextmanager
def ingestor_frozen(stage: Stage, chance: Random) -> Iterator[None]:
    victim = chance.choice(stage.ingestors)
    victim.freeze()
    yield
    victim.resume()


@contextmanager
def broker_killed(stage: Stage, chance: Random) -> Iterator[None]:
    stage.kill_broker()
    yield
    stage.broker.start()


@contextmanager
def broker_restarted(stage: Stage, chance: Random) -> Iterator[None]:
    stage.broker.stop()
    yield
    stage.broker.start()


@contextmanager
def database_killed(stage: Stage, chance: Random) -> Iterator[None]:
    stage.postgres.kill()
    yield
    stage.postgres.start()


@contextmanager
def database_stopped(stage: Stage, chance: Random) -> Iterator[None]:
    stage.postgres.stop()
    yield
    stage.postgres.start()


@contextmanager
def database_stopped_at_once(stage: Stage, chance: Random) -> Iterator[None]:
    stage.postgres.send_signal(signal.SIGQUIT)
    yield
    wait_until(lambda: not stage.postgres.is_running, "the database has ended at once")
    stage.postgres.start()


@contextmanager
def backend_killed(stage: Stage, chance: Random) -> Iterator[None]:
    """One killed backend makes PostgreSQL throw all others out and recover."""
    try:
        with psycopg.connect(stage.postgres.url) as conn:
            found = conn.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'keitora-ingest'")
            pids = [pid for (pid,) in found]
    except psycopg.OperationalError:
        pids = []  # another fault has the database down
    if pids:
        os.kill(chance.choice(pids), signal.SIGKILL)
    yield
    stage.postgres.restart_if_gone()


@contextmanager
def disk_full_for_data(stage: Stage, chance: Random) -> Iterator[None]:
    stage.postgres.fill_disk()
    yield
    stage.postgres.free_disk()


@contextmanager
def disk_full_for_wal(stage: Stage, chance: Random) -> Iterator[None]:
    stage.postgres.fill_disk()
    stage.postgres.exhaust_wal()
    yield
    stage.postgres.free_disk()


def _on_network(name: str, begin: Callable[[Stage, Random], None]) -> Fault:
    @contextmanager
    def fault(stage: Stage, chance: Random) -> Iterator[None]:
        begin(stage, chance)
        yield
        stage.networks[name].mend()

    return fault


def _network_faults(name: str) -> dict[str, Fault]:
    return {
        f"{name}_cut": _on_network(name, lambda stage, _: stage.networks[name].cut()),
        f"{name}_stalled": _on_network(name, lambda stage, _: stage.networks[name].stall()),
        f"{name}_lost": _on_network(name, lambda stage, _: stage.networks[name].lose()),
        f"{name}_delayed": _on_network(name, lambda stage, chance: stage.networks[name].delay(chance.uniform(0, 0.2))),
        f"{name}_half_closed": _on_network(name, lambda stage, _: stage.networks[name].half_close()),
    }


DISK: dict[str, Fault] = {"disk_full_for_data": disk_full_for_data, "disk_full_for_wal": disk_full_for_wal}
FAULTS: dict[str, Fault] = {
    "ingestor_killed": ingestor_killed,
    "ingestor_frozen": ingestor_frozen,
    "broker_killed": broker_killed,
    "broker_restarted": broker_restarted,
    "database_killed": database_killed,
    "database_stopped": database_stopped,
    "database_stopped_at_once": database_stopped_at_once,
    "backend_killed": backend_killed,
    **DISK,
    **_network_faults("device"),
    **_network_faults("broker"),
    **_network_faults("database"),
}


@contextmanager
def together(stage: Stage, names: list[str], chance: Random) -> Iterator[None]:
    """Begin faults one after the other and end them in reverse order."""
    if not names:
        yield
        return
    with FAULTS[names[0]](stage, chance), together(stage, names[1:], chance):
        yield


def compatible(names: list[str]) -> bool:
    """Tell whether faults can be had together: not two of one thing, for each must be able to end by itself."""
    things = ["database" if name in DISK or name == "backend_killed" else name.split("_")[0] for name in names]
    return len(set(things)) == len(things)

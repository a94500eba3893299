"""One run: devices send while faults come at random; then all faults end, the queues drain, and all is counted."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic

import psycopg

from keitora.devices.queries import assign_device, register_device
from keitora.fleets.queries import create_fleet
from keitora.vehicles.queries import create_vehicle
from tests.system.chaos.device import AnsweredDevice, Device, TrustingDevice
from tests.system.chaos.disk import DiskPostgres, can_mount
from tests.system.chaos.faults import DISK, FAULTS, compatible, together
from tests.system.chaos.poison import poison
from tests.system.chaos.stage import Stage, stage
from tests.system.chaos.verdict import Verdict, judge

DRAINED_WITHIN_S = 45.0
_SETTLED_S = 2.0


@dataclass
class Result:
    """What a run was and how it ended."""

    seed: int
    verdict: Verdict
    faults: Counter[str] = field(default_factory=Counter)
    ingestor_count: int = 1
    recovery_s: float = 0.0
    lasted_s: float = 0.0
    peak_rss_mb: float = 0.0
    disk_full_count: int = 0


def run(postgres: DiskPostgres, folder: Path, seed: int) -> Result:
    """Do the run of this seed."""
    began_s = monotonic()
    chance = Random(seed)
    full_before = postgres.full_count
    ingestor_count = chance.choice([1, 2])
    clear(postgres.url)
    with stage(postgres, folder, ingestors=ingestor_count, derivers=int(chance.random() < 0.3)) as here:
        with sending(here, chance) as (devices, stranger):
            topics: dict[bytes, str] = {}
            happened = disturb(here, chance, stranger, topics)
            here.restore()
            restored_s = monotonic()
            for device in devices:
                device.stop_producing()
            verdict = drain(here, devices, stranger, topics)
            recovery_s = monotonic() - restored_s
        here.note_memory()
        if not verdict.is_good:
            verdict.faults += [f"{one.name} log: {one.log[-3000:]}" for one in (*here.ingestors, *here.derivers)]
        return Result(
            seed=seed,
            verdict=verdict,
            faults=happened,
            ingestor_count=ingestor_count,
            recovery_s=recovery_s,
            lasted_s=monotonic() - began_s,
            peak_rss_mb=here.peak_rss_kb / 1024,
            disk_full_count=postgres.full_count - full_before,
        )


def clear(url: str) -> None:
    """Make the database as if nothing had ever been sent."""
    with psycopg.connect(url) as conn:
        conn.execute("TRUNCATE fleet, sample, dead_letter, boot_clock, derive_touch RESTART IDENTITY CASCADE")


@contextmanager
def sending(here: Stage, chance: Random) -> Iterator[tuple[list[Device], TrustingDevice]]:
    """Yield devices of both kinds that send, and one more that may send anything."""
    url = here.device_url()
    kinds = [AnsweredDevice, TrustingDevice, *chance.choices([AnsweredDevice, TrustingDevice], k=chance.randint(0, 2))]
    devices: list[Device] = [kind(f"truck-{number}", url, Random(chance.random())) for number, kind in enumerate(kinds)]
    stranger = TrustingDevice("stranger", url, Random(chance.random()), produces=False)
    with psycopg.connect(here.postgres.url, autocommit=True) as conn:
        fleet = create_fleet(conn, name="Testfarm")
        for device in devices:
            vehicle = create_vehicle(conn, fleet_id=fleet.fleet_id, name=device.key)
            known = register_device(conn, fleet_id=fleet.fleet_id, source="native", device_key=device.key)
            assign_device(conn, fleet_id=fleet.fleet_id, device_id=known.device_id, vehicle_id=vehicle.vehicle_id)
    try:
        for device in (*devices, stranger):
            device.start()
        yield devices, stranger
    finally:
        for device in (*devices, stranger):
            device.close()


def disturb(here: Stage, chance: Random, stranger: TrustingDevice, topics: dict[bytes, str]) -> Counter[str]:
    """Let faults happen, one or two at a time, with poison in between; return which."""
    pause = Event()
    happened: Counter[str] = Counter()
    for number in range(chance.randint(2, 3)):
        for index in range(chance.randint(1, 3)):
            topic, payload = poison(chance, "truck-0", number * 10 + index)
            if topics.setdefault(payload, topic) == topic:
                stranger.send_raw(topic, payload)
        pause.wait(chance.uniform(0.1, 0.5))
        names = chosen(chance)
        with together(here, names, chance):
            happened.update(names)
            pause.wait(chance.uniform(0.1, 1.0))
        here.note_memory()
    pause.wait(chance.uniform(0, 0.5))
    return happened


def chosen(chance: Random) -> list[str]:
    """Return one fault, or two that can be had together."""
    possible = [name for name in FAULTS if can_mount() or name not in DISK]
    names = chance.sample(possible, k=2 if chance.random() < 0.3 else 1)
    return names if compatible(names) else names[:1]


def drain(here: Stage, devices: list[Device], stranger: TrustingDevice, topics: dict[bytes, str]) -> Verdict:
    """Return the verdict as soon as nothing is missing that can still come, or after a bound."""
    pause = Event()
    deadline_s = monotonic() + DRAINED_WITHIN_S
    changed_s, stored = monotonic(), (-1, -1)
    while True:
        for device in devices:
            device.pump()
        verdict = judge(here.postgres.url, devices, stranger, topics, here.broker_lost_s)
        if (verdict.stored_count, verdict.poison_count) != stored:
            changed_s, stored = monotonic(), (verdict.stored_count, verdict.poison_count)
        waiting = sum(device.waiting_count for device in (*devices, stranger))
        settled = verdict.forgiven_count == 0 or monotonic() - changed_s > _SETTLED_S
        if (verdict.is_good and waiting == 0 and settled) or monotonic() > deadline_s:
            if waiting:
                verdict.faults.append(f"{waiting} messages were never answered")
            return verdict
        pause.wait(0.1)

"""Is everything there, once, as it was sent? Compares what the devices remember with what the tables hold."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import psycopg

from tests.system.chaos.device import Device, TrustingDevice
from tests.system.chaos.rows import Batch, StoredRow

BROKER_WINDOW_S = 2.5
"""Mosquitto with autosave_interval 1 saves when its clock, in whole seconds, has gone on by two."""

Deaths = Sequence[tuple[float, float]]
"""Between which moments a broker died, each time one did."""


@dataclass
class Verdict:
    """What was found. `forgiven_count` rows were lost with the broker's memory, whose word alone the device had."""

    sent_count: int = 0
    stored_count: int = 0
    duplicate_count: int = 0
    forgiven_count: int = 0
    poison_count: int = 0
    oldest_forgiven_s: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.faults


def judge(
    url: str, devices: Sequence[Device], buried: TrustingDevice, topics: dict[bytes, str], broker_lost_s: Deaths
) -> Verdict:
    """Compare sent with stored, row by row and value by value, and dead letters with the poison."""
    verdict = Verdict()
    with psycopg.connect(url) as conn:
        for device in devices:
            _judge_device(conn, device, broker_lost_s, verdict)
        _judge_dead_letters(conn, buried, topics, broker_lost_s, verdict)
    return verdict


def _judge_device(conn: Any, device: Device, broker_lost_s: Deaths, verdict: Verdict) -> None:
    found: Counter[StoredRow] = Counter(
        conn.execute(
            "SELECT row_key, (extract(epoch FROM sampled_at) * 1000)::bigint, speed_kmh, engine_rpm, lat"
            " FROM sample JOIN device USING (device_id) WHERE device_key = %s",
            [device.key],
        ).fetchall()
    )
    expected = {row: batch for batch in device.sent for row in batch.stored()}
    verdict.sent_count += len(expected)
    verdict.stored_count += len(found)
    keys = Counter(row[0] for row in found.elements())
    verdict.duplicate_count += sum(count - 1 for count in keys.values())
    if twice := [key for key, count in keys.items() if count > 1]:
        verdict.faults.append(f"{device.key}: {len(twice)} rows are there twice, such as {twice[:3]}")
    if strange := [row for row in found if row not in expected]:
        verdict.faults.append(f"{device.key}: {len(strange)} rows differ from what was sent, such as {strange[:3]}")
    lost: dict[Batch, int] = Counter(batch for row, batch in expected.items() if row not in found)
    missing = []
    for batch, row_count in lost.items():
        age_s = _age_when_lost(device, batch, broker_lost_s)
        if age_s is None:
            missing.append(batch)
        else:
            verdict.forgiven_count += row_count
            verdict.oldest_forgiven_s = max(verdict.oldest_forgiven_s, age_s)
    if missing:
        example = missing[0]
        words_s = device.taken_s.get(example) if isinstance(device, TrustingDevice) else "answers are waited for"
        verdict.faults.append(
            f"{device.key}: {len(missing)} messages are missing, such as {example}; the broker gave its word between "
            f"{words_s}, and it died at {broker_lost_s}"
        )


def _age_when_lost(device: Device, what: Batch | bytes, broker_lost_s: Deaths) -> float | None:
    """Return how long before a broker's death its word was given, if no other word was ever given; else None."""
    if not isinstance(device, TrustingDevice) or what not in device.taken_s:
        return None
    ages_s = []
    for sent_s, taken_s in device.taken_s[what]:
        # The word was given between these moments; it was worth nothing if the broker died soon after.
        possible_s = [max(0.0, began_s - taken_s) for began_s, ended_s in broker_lost_s if ended_s >= sent_s]
        if not possible_s or min(possible_s) > BROKER_WINDOW_S:
            return None
        ages_s.append(min(possible_s))
    return max(ages_s)


def _judge_dead_letters(
    conn: Any, buried: TrustingDevice, topics: dict[bytes, str], broker_lost_s: Deaths, verdict: Verdict
) -> None:
    found = {bytes(digest): reason for digest, reason in conn.execute("SELECT message_sha256, reason FROM dead_letter")}
    expected = {
        sha256(topic.encode() + b"\0" + payload).digest(): (topic, payload) for payload, topic in topics.items()
    }
    verdict.poison_count = len(found)
    for digest, reason in found.items():
        if digest not in expected:
            verdict.faults.append(f"a good message became a dead letter: {reason}")
    for digest, (topic, payload) in expected.items():
        if digest not in found and _age_when_lost(buried, payload, broker_lost_s) is None:
            verdict.faults.append(f"no dead letter for {topic[:60]} {payload[:60]!r}")

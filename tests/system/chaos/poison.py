"""Messages that cannot be stored, each in its own way. All of them must end as dead letters and stop nothing."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from keitora.wire.topics import telemetry
from tests.system.chaos.rows import START_MS


def _native(**changes: Any) -> bytes:
    header: dict[str, Any] = {
        "v": 1, "b": 4_000_000_000, "q": 0, "t": START_MS, "u": 0, "un": 0, "c": 3, "f": ["spd"], "r": [[0, 42]],
    }  # fmt: skip
    return json.dumps(header | changes).encode()


_Kind = Callable[[str, int], tuple[str, bytes]]


def _on_own_topic(make: Callable[[int], bytes]) -> _Kind:
    return lambda key, number: (telemetry(key), make(number))


def _unknown_device(_key: str, number: int) -> tuple[str, bytes]:
    return telemetry("nobody-knows-me"), _native(q=number)


def _endless_name(_key: str, number: int) -> tuple[str, bytes]:
    """A name that is longer than an index of the database can hold."""
    return f"ovms/x/{Random(number).randbytes(4500).hex()}/metric/v/p/speed", b"%d" % number


_KINDS: tuple[_Kind, ...] = (
    _on_own_topic(lambda number: b'{"broken %d' % number),
    _on_own_topic(lambda number: _native(v=7, n=str(number))),
    _on_own_topic(lambda number: _native(t=1000 + number, q=number)),
    _on_own_topic(lambda number: _native(t=4_076_000_000_000 + number, q=number)),
    _on_own_topic(lambda number: bytes([0xFF, 0x00, number % 256, number // 256])),
    _on_own_topic(lambda number: b"%d" % number + b" " * 300_000),
    _unknown_device,
    _endless_name,
)


def poison(chance: Random, device_key: str, number: int) -> tuple[str, bytes]:
    """Return a message (topic, payload) that no version of the ingestor can store, different for each number."""
    return chance.choice(_KINDS)(device_key, number)

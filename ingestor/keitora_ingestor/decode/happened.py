"""Events of formats other than the native one: what is told, and what knows it again when it is told twice."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from keitora.samples.model import ClockQuality, Event
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.single import storable

RETOLD_MS: Final = 600_000
"""Without a time of its own, the same event told again within the same ten minutes (of the clock) is the same."""


def event_at(kind: str, detail: Mapping[str, object], *, at_ms: int, quality: ClockQuality, identity: str) -> Event:
    """Return an event that tells its own time (Unix ms). `identity` is the same in every copy of it."""
    return Event(
        kind=kind,
        detail=_kept(detail),
        sequence=_number(f"{kind},{at_ms},{identity}"),
        clock_quality=quality,
        at_ms=at_ms,
    )


def event_by_arrival(
    incoming: Incoming, kind: str, detail: Mapping[str, object], *, identity: str, retold_ms: int = RETOLD_MS
) -> Event:
    """Return an event that happened when it arrived, for formats that tell no time."""
    return Event(
        kind=kind,
        detail=_kept(detail),
        sequence=_number(f"{kind},{incoming.received_ms // retold_ms},{identity}"),
        clock_quality=ClockQuality.UPTIME,
        at_ms=incoming.received_ms,
    )


def _kept(detail: Mapping[str, object]) -> dict[str, object]:
    return {key: storable(value) for key, value in detail.items() if value is not None}


def _number(identity: str) -> int:
    return int.from_bytes(sha256(identity.encode(errors="replace")).digest()[:8], "big") >> 1

"""Faults on the way: messages late, twice, out of order, or nonsense. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from keitora_sim.faults.model import Faults
from keitora_sim.faults.rows import Struck, count_of
from keitora_sim.loggers.model import Sent


def strike(
    messages: Sequence[Sent],
    faults: Faults,
    rng: Random,
    *,
    is_covered: Callable[[datetime], bool],
    has_backlog: bool,
) -> tuple[list[Sent], list[Struck]]:
    """Return messages as they go out, in the order in which they do, and the faults that struck them.

    A logger without a backlog loses what it cannot send.
    """
    struck: list[Struck] = []
    sent = _held(
        messages, _outages(messages, faults, rng), struck, is_covered if faults.no_coverage else None, has_backlog
    )
    made: list[Sent] = []
    for message in sent:
        at = message.at
        if rng.random() < faults.reordering:
            at += timedelta(seconds=rng.uniform(5, 90))
            struck.append(Struck("reordering", message.at, message.at, message.rows))
        made.append(replace(message, at=at))
        if rng.random() < faults.duplicates:
            made.append(replace(message, at=at + timedelta(seconds=rng.uniform(0, 60)), rows=0))
            struck.append(Struck("duplicate", message.at, message.at, message.rows))
        if rng.random() < faults.garbage:
            made.append(replace(message, at=at, payload=_garbled(message.payload, rng), rows=0))
            struck.append(Struck("garbage", message.at, message.at, 0))
    made.sort(key=lambda message: message.at)  # stable: a backlog keeps its order
    return made, struck


def _outages(messages: Sequence[Sent], faults: Faults, rng: Random) -> list[tuple[datetime, datetime]]:
    found = []
    for _ in range(count_of(faults.outages_per_day, rng) if messages else 0):
        begins = rng.choice(messages).at
        found.append((begins, begins + timedelta(minutes=rng.uniform(5, 90))))
    return found


def _held(
    messages: Sequence[Sent],
    outages: Sequence[tuple[datetime, datetime]],
    struck: list[Struck],
    is_covered: Callable[[datetime], bool] | None,
    has_backlog: bool,  # noqa: FBT001 -- a helper of the function above
) -> list[Sent]:
    """Return messages at the time they can be sent."""
    sent: list[Sent] = []
    waiting: list[Sent] = []
    for message in messages:
        is_cut = any(begins <= message.at < ends for begins, ends in outages)
        if is_cut or (is_covered is not None and not is_covered(message.at)):
            waiting.append(message)
            continue
        sent += _released(waiting, message.at, struck, has_backlog=has_backlog)
        waiting = []
        sent.append(message)
    if waiting:
        sent += _released(waiting, waiting[-1].at, struck, has_backlog=has_backlog)
    return sent


def _released(waiting: list[Sent], at: datetime, struck: list[Struck], *, has_backlog: bool) -> list[Sent]:
    if not waiting:
        return []
    name = "backlog" if has_backlog else "lost_without_coverage"
    struck.append(Struck(name, waiting[0].at, waiting[-1].at, sum(message.rows for message in waiting)))
    return [replace(message, at=at) for message in waiting] if has_backlog else []


def _garbled(payload: bytes, rng: Random) -> bytes:
    """Return bytes as a bad line makes them: JSON torn off, or control characters in between; never a true value."""
    if payload[:1] == b"{" and rng.random() < 0.5:
        return payload[: rng.randrange(1, max(2, len(payload)))]
    return spoilt(payload, rng)


def spoilt(payload: bytes, rng: Random) -> bytes:
    """Return bytes of the same number, with control characters in between."""
    made = bytearray(payload)
    for _ in range(1 + len(made) // 20):
        made[rng.randrange(len(made))] = rng.randrange(1, 9)
    return bytes(made)

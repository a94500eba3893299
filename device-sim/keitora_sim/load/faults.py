"""Faults of a load, played while it is sent: messages twice, late or without sense, and connections that are lost."""

from collections import Counter
from dataclasses import dataclass, fields
from random import Random
from typing import Final, Self

from keitora.errors import SetupError
from keitora_sim.faults.transport import spoilt
from keitora_sim.load.pipe import Pipe

_SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely each fault is, as a share of the messages."""

    duplicates: float = 0.0
    reordering: float = 0.0
    garbage: float = 0.0
    outages: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the chances of `duplicates=0.01,garbage=0.001`. Raises SetupError that says what is wrong."""
        known = [one.name for one in fields(cls)]
        chances: dict[str, float] = {}
        for part in text.split(","):
            name, equals, number = part.strip().partition("=")
            if name not in known or not equals:
                raise SetupError(f"--faults: '{part.strip()}' is none; write NAME=SHARE with {', '.join(known)}")
            try:
                chances[name] = float(number)
            except ValueError as error:
                raise SetupError(f"--faults: {name}: '{number}' is no share of the messages, 0 to 1") from error
            if not 0 <= chances[name] <= 1:
                raise SetupError(f"--faults: {name}: {number} is no share of the messages, 0 to 1")
        return cls(**chances)


class Faults:
    """Plays faults on messages that go into pipes, and counts them by name. The same messages, the same faults."""

    def __init__(self, chances: Chances) -> None:
        self.played: Counter[str] = Counter()
        self._chances = chances
        self._random = Random(_SEED)  # noqa: S311 -- reproducible, not secret
        self._held: dict[Pipe, tuple[bytes, bytes]] = {}

    def put(self, pipe: Pipe, head: bytes, payload: bytes) -> None:
        """Put a message into a pipe, and what a fault makes of it. A late one goes after the next of its pipe."""
        chances, chance = self._chances, self._random.random
        if pipe not in self._held and chance() < chances.reordering:
            self._held[pipe] = head, payload
            return
        pipe.put(head, payload)
        if late := self._held.pop(pipe, None):
            pipe.put(*late)
            self.played["reordering"] += 1
        if chance() < chances.duplicates:
            pipe.put(head, payload)
            self.played["duplicates"] += 1
        if chance() < chances.garbage:
            pipe.put(head, spoilt(payload, self._random))
            self.played["garbage"] += 1
        if chance() < chances.outages:
            pipe.lose()
            self.played["outages"] += 1

    def finish(self) -> None:
        """Put what is still held back."""
        for pipe, late in self._held.items():
            pipe.put(*late)
            self.played["reordering"] += 1
        self._held.clear()

"""What the ingestor says is stored for good, of all devices that are answered. Pure."""

from collections.abc import Sequence
from typing import Final

from pydantic import ValidationError

from keitora.wire import topics
from keitora.wire.native import Committed, Flooding, joined

_ANSWERS: Final = "a"


def listened_to(device_keys: Sequence[str]) -> list[str]:
    """Return the topics on which native devices hear what became of their rows."""
    return [topic for key in device_keys for topic in (topics.acknowledgement(key), topics.control(key))]


class Confirmed:
    """Rows that are stored, each counted once, and messages that were refused as too many."""

    def __init__(self) -> None:
        self.rows = 0
        self.refused_messages = 0
        self._ranges: dict[tuple[str, int], list[tuple[int, int]]] = {}

    def hear(self, topic: str, payload: bytes) -> None:
        """Take what came on a topic of `listened_to`; what is neither an answer nor a notice adds nothing."""
        try:
            if topic.rpartition("/")[2] == _ANSWERS:
                self._add(topic, Committed.model_validate_json(payload))
            else:
                self.refused_messages += Flooding.model_validate_json(payload).refused
        except ValidationError:
            return

    def _add(self, topic: str, answer: Committed) -> None:
        before = self._ranges.get((topic, answer.b), [])
        after = joined([*before, *answer.r])
        self.rows += _length(after) - _length(before)
        self._ranges[topic, answer.b] = after


def _length(ranges: Sequence[tuple[int, int]]) -> int:
    return sum(last - first + 1 for first, last in ranges)

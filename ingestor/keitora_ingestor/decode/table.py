"""Which decoder reads a topic."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from keitora.errors import DecodeError
from keitora.samples.model import Decoded
from keitora_ingestor.decode import native, owntracks
from keitora_ingestor.decode.bounds import Bounds

Decoder = Callable[[list[str], bytes, Bounds], Decoded]


@dataclass(frozen=True, slots=True)
class Format:
    """A wire format: the topic filter to subscribe to, and its decoder, which gets the topic's levels."""

    topic_filter: str
    decoder: Decoder

    def matches(self, levels: list[str]) -> bool:
        """Tell whether a topic falls under the filter; only `+` is used in ours."""
        pattern = self.topic_filter.split("/")
        return len(pattern) == len(levels) and all(p in ("+", level) for p, level in zip(pattern, levels, strict=True))


FORMATS: Final = (
    Format("kei/v1/+/t", native.telemetry),
    Format("kei/v1/+/s", native.state),
    Format("kei/v1/+/e", native.event),
    Format("owntracks/+/+", owntracks.location),
    Format("owntracks/+/+/event", owntracks.location),
)


def decode(topic: str, payload: bytes, bounds: Bounds) -> Decoded:
    """Return what a message says. Raises DecodeError with a stable reason where it cannot be read."""
    levels = topic.split("/")
    for wire_format in FORMATS:
        if wire_format.matches(levels):
            return wire_format.decoder(levels, payload, bounds)
    raise DecodeError("unknown_topic", f"no format is known for the topic {topic!r}")

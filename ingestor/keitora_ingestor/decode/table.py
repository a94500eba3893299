"""Which decoder reads a topic."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from keitora.errors import DecodeError
from keitora.samples.model import Decoded
from keitora_ingestor.decode import native, obd2mqtt, ovms, owntracks, sensorlogger, teltonika, traccar, wican
from keitora_ingestor.decode.bounds import Incoming

Decoder = Callable[[Incoming], Decoded]


@dataclass(frozen=True, slots=True)
class Format:
    """A wire format: the topic filter to subscribe to, and its decoder."""

    topic_filter: str
    decoder: Decoder

    def matches(self, levels: tuple[str, ...]) -> bool:
        """Tell whether a topic falls under the filter."""
        pattern = self.topic_filter.split("/")
        if pattern[-1] == "#":
            pattern = [*pattern[:-1], *("+" for _ in levels[len(pattern) - 1 :])]
        return len(pattern) == len(levels) and all(p in ("+", level) for p, level in zip(pattern, levels, strict=True))


FORMATS: Final = (
    Format("kei/v1/+/t", native.telemetry),
    Format("kei/v1/+/s", native.state),
    Format("kei/v1/+/e", native.event),
    Format("owntracks/+/+", owntracks.location),
    Format("owntracks/+/+/event", owntracks.location),
    Format("owntracks/+/+/waypoint", owntracks.location),
    Format("owntracks/+/+/waypoints", owntracks.location),
    Format("owntracks/+/+/status", owntracks.location),
    Format("owntracks/+/+/step", owntracks.location),
    Format("wican/+/#", wican.message),
    Format("ovms/+/+/#", ovms.message),
    Format("obd2mqtt/#", obd2mqtt.message),
    Format("homeassistant/+/obd2mqtt/+/config", obd2mqtt.discovery),
    Format("traccar/positions", traccar.position),
    Format("teltonika/+/data", teltonika.record),
    Format("+/+/teltonika/+/data", teltonika.record),
    Format("sensor-logger", sensorlogger.batch),
    Format("sensor-logger/+", sensorlogger.batch),
)


def decode(incoming: Incoming) -> Decoded:
    """Return what a message says. Raises DecodeError with a stable reason where it cannot be read."""
    for wire_format in FORMATS:
        if wire_format.matches(incoming.levels):
            return wire_format.decoder(incoming)
    raise DecodeError("unknown_topic", f"no format is known for the topic {'/'.join(incoming.levels)!r}")

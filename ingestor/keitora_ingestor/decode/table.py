"""Which decoder reads a topic."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from keitora.errors import DecodeError
from keitora.samples.model import Decoded
from keitora_ingestor.decode import native, obd2mqtt, osmand, ovms, owntracks, sensorlogger, teltonika, traccar, wican
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.mapped import decode_mapped
from keitora_ingestor.decode.mapping_file import Mapping
from keitora_ingestor.decode.owntracks_secret import unsealer
from keitora_ingestor.decode.plain import Plain, read_plain

Decoder = Callable[[Incoming], Decoded]


PlainReader = Callable[[bytes, Bounds], Plain | None]


@dataclass(frozen=True, slots=True)
class Format:
    """A wire format: the topics it comes on, its decoder, and its fast lane if it has one.

    `is_subscribed`: it comes by MQTT.
    """

    topic_filter: str
    decoder: Decoder
    read_plain: PlainReader | None = None
    is_subscribed: bool = True

    def matches(self, levels: tuple[str, ...]) -> bool:
        """Tell whether a topic falls under the filter."""
        pattern = self.topic_filter.split("/")
        if pattern[-1] == "#":
            pattern = [*pattern[:-1], *("+" for _ in levels[len(pattern) - 1 :])]
        return len(pattern) == len(levels) and all(p in ("+", level) for p, level in zip(pattern, levels, strict=True))


FORMATS: Final = (
    Format("kei/v1/+/t", native.telemetry, read_plain),
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
    Format("osmand/+", osmand.fix, is_subscribed=False),  # by HTTP only
)


@dataclass(frozen=True, slots=True)
class Table:
    """The formats an ingestor reads, in the order they are tried."""

    formats: tuple[Format, ...] = FORMATS

    @property
    def topic_filters(self) -> list[str]:
        """What to subscribe to, each filter once."""
        return list(dict.fromkeys(one.topic_filter for one in self.formats if one.is_subscribed))

    def decode(self, incoming: Incoming) -> Decoded:
        """Return what a message says. Raises DecodeError with a stable reason where it cannot be read."""
        wire_format = self.format_of(incoming.levels)
        if wire_format is None:
            raise DecodeError("unknown_topic", f"no format is known for the topic {'/'.join(incoming.levels)!r}")
        return wire_format.decoder(incoming)

    def format_of(self, levels: tuple[str, ...]) -> Format | None:
        """Return the format that reads a topic, or None."""
        return next((wire_format for wire_format in self.formats if wire_format.matches(levels)), None)


BUILT_IN: Final = Table()
"""The formats that need no settings."""


def decode(incoming: Incoming) -> Decoded:
    """Return what a message of a built-in format says. Raises DecodeError with a stable reason."""
    return BUILT_IN.decode(incoming)


def table_of(*, mapping: Mapping | None, passphrases: dict[str, str]) -> Table:
    """Return the built-in formats, phones' sealed messages opened with their passphrases, and a user's own mapping."""
    formats: tuple[Format, ...] = FORMATS
    if passphrases:
        opening = partial(owntracks.location, unseal=unsealer(passphrases.get))
        formats = tuple(replace(one, decoder=opening) if one.decoder is owntracks.location else one for one in formats)
    if mapping is not None:
        read = partial(decode_mapped, mapping=mapping)
        formats += tuple(Format(topic_filter, read) for topic_filter in mapping.topic_filters)
    return Table(formats)

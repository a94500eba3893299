"""What a decoder makes of a message: a block of samples of one device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from keitora.signals.check import Value


class ClockQuality(IntEnum):
    """How far a sample's time can be trusted."""

    UPTIME = 0
    UNSYNCHRONISED = 1
    NETWORK = 2
    SATELLITE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows of one device, column by column.

    `at_ms` are Unix milliseconds, or None where the device had no clock; then `uptime_ms` and `age_ms` (how old each
    row was when the message was built) date it. `columns` hold canonical signals, each as long as `sequence`.
    `extra` holds, per row, unknown keys and refused values, or None.
    """

    sequence: Sequence[int]
    clock_quality: ClockQuality
    at_ms: Sequence[int] | None
    uptime_ms: Sequence[int] = ()
    age_ms: Sequence[int] = ()
    boot: int | None = None
    columns: Mapping[str, Sequence[Value | None]] = field(default_factory=dict)
    extra: Sequence[Mapping[str, object] | None] = ()
    refused_count: int = 0

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a device says has happened, at a moment that is told as a block's rows tell theirs.

    `sequence` with `boot` is what knows it again: native, its number in the boot; other formats, a hash of what
    identifies it. `detail` is JSON as the database can hold it.
    """

    kind: str
    detail: Mapping[str, object]
    sequence: int
    clock_quality: ClockQuality
    at_ms: int | None
    uptime_ms: int = 0
    age_ms: int = 0
    boot: int | None = None

    def moment(self) -> Block:
        """Return a block of one row without values, to be dated."""
        return Block(
            sequence=[self.sequence],
            clock_quality=self.clock_quality,
            at_ms=None if self.at_ms is None else [self.at_ms],
            uptime_ms=[self.uptime_ms],
            age_ms=[self.age_ms],
            boot=self.boot,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What one message says.

    `source` and `device_key` come from the topic. `block` is None for messages that carry no samples; `state` is what
    a device says of itself; `events` are what it says has happened. `units` are those it announces for values it sends
    later, by their name: they are remembered. `wants_acknowledgement`: the device keeps its rows
    until it hears that they are committed.
    """

    source: str
    device_key: str
    block: Block | None = None
    state: Mapping[str, object] | None = None
    events: tuple[Event, ...] = ()
    wants_acknowledgement: bool = False
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_dated_by_arrival(self) -> bool:
        """Tell whether something in it has no other time than that of its arrival."""
        told = [(one.boot, one.clock_quality) for one in (self.block, *self.events) if one is not None]
        return (None, ClockQuality.UPTIME) in told

"""Put the scalars of one moment into one row. Pure.

OVMS and obd2-mqtt send each value in a message of its own, without a time: the two halves of a position come as two
messages. A decoder sees one message; this sees the messages of a batch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast

from keitora.samples.model import Block, ClockQuality, Decoded
from keitora_ingestor.decode.single import row_block

JOIN_MS: Final = 1000
"""Scalars that arrive within this time of the first are of one moment."""
SOURCES: Final = frozenset({"wican", "ovms", "obd2mqtt"})
_HALVES: Final = {"x_lat": "lat", "x_lon": "lon"}
_SHARED: Final = frozenset({"refused", "stale", "dropped_count"})


@dataclass(slots=True)
class _Moment:
    """Messages of one device that make one row: the first one's time (Unix ms), their indexes, the names in them."""

    first_ms: int
    members: list[int] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def join(messages: Sequence[Decoded]) -> list[Decoded]:
    """Return the messages in their order, with rows of one device and moment put into one.

    The row stands in the last message it is made of, at that one's time; the others keep all but their block. Only rows
    dated by their arrival are joined, and never two values of one name: a second value begins the next moment.
    """
    joined = list(messages)
    open_moments: dict[tuple[str, str], _Moment] = {}
    moments: list[_Moment] = []
    for index, message in enumerate(messages):
        block = message.block
        if block is None or message.source not in SOURCES or not _is_dated_by_arrival(block):
            continue
        at_ms, names = _at_ms(block), _names(block)
        device = (message.source, message.device_key)
        moment = open_moments.get(device)
        if moment is None or not 0 <= at_ms - moment.first_ms <= JOIN_MS or moment.names & names:
            moment = open_moments[device] = _Moment(at_ms)
            moments.append(moment)
        moment.members.append(index)
        moment.names |= names
    for moment in moments:
        if len(moment.members) > 1:
            *others, last = moment.members
            blocks = [cast("Block", messages[index].block) for index in moment.members]
            joined[last] = replace(messages[last], block=_one_row(blocks))
            for index in others:
                joined[index] = replace(messages[index], block=None)
    return joined


def _is_dated_by_arrival(block: Block) -> bool:
    return len(block) == 1 and block.boot is None and block.clock_quality is ClockQuality.UPTIME and bool(block.at_ms)


def _at_ms(block: Block) -> int:
    return block.at_ms[0] if block.at_ms else 0


def _extra(block: Block) -> Mapping[str, object]:
    return (block.extra[0] if block.extra else None) or {}


def _names(block: Block) -> set[str]:
    kept = {_HALVES.get(name, name) for name in _extra(block).keys() - _SHARED}
    return kept | set(block.columns) | {*_shared(block, "refused"), *_shared(block, "stale")}


def _shared(block: Block, name: str) -> Mapping[str, object]:
    value = _extra(block).get(name)
    return value if isinstance(value, Mapping) else {}


def _one_row(blocks: Sequence[Block]) -> Block | None:
    columns: dict[str, object] = {}
    extra: dict[str, object] = {}
    refused: dict[str, object] = {}
    stale: dict[str, object] = {}
    for block in blocks:
        columns.update({column: values[0] for column, values in block.columns.items()})
        kept = {name: value for name, value in _extra(block).items() if name not in _SHARED}
        columns.update({_HALVES[name]: kept.pop(name) for name in _HALVES.keys() & kept.keys()})
        extra.update(kept)
        refused.update(_shared(block, "refused"))
        stale.update(_shared(block, "stale"))
    return row_block(
        at_ms=_at_ms(blocks[-1]),
        clock_quality=ClockQuality.UPTIME,
        content=b"".join(block.sequence[0].to_bytes(8, "big") for block in blocks),
        columns=columns,
        extra=extra,
        refused=refused,
        stale=stale,
    )

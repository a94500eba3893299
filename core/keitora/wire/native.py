"""The native messages, version 1: rows, events, state, answer. `docs/reference/native-v1.md` is their specification."""

import gzip
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator
from pydantic.config import JsonDict

from keitora.events.kinds import KIND_PATTERN

VERSION: Final = 1
MAX_MEMBERS: Final = 32
"""How many keys an event's detail or a state may have."""


def _without_point(value: object) -> object:
    """Return a whole number that is written with a point as what it is: JSON does not tell 17.0 from 17."""
    return int(value) if type(value) is float and value.is_integer() else value


# The bounds stand before the validator: only then the JSON Schema tells them.
Count = Annotated[int, Field(ge=0), BeforeValidator(_without_point)]
Uint32 = Annotated[int, Field(ge=0, le=2**32 - 1), BeforeValidator(_without_point)]
Milliseconds = Annotated[int, Field(ge=0, le=2**53), BeforeValidator(_without_point)]
Version = Annotated[int, Field(ge=VERSION, le=VERSION), BeforeValidator(_without_point)]
ClockDigit = Annotated[int, Field(ge=0, le=3), BeforeValidator(_without_point)]
"""Whole numbers, not Literal: that would take `true` for 1."""
Key = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=64)]

_NEEDS_TIME: Final[JsonDict] = {
    "if": {"properties": {"c": {"minimum": 1}}, "required": ["c"]},
    "then": {"properties": {"t": {"type": "integer"}}, "required": ["t"]},
}
_ROW: Final[dict[str, JsonValue]] = {"type": "array", "minItems": 1, "prefixItems": [{"type": "integer", "minimum": 0}]}


class Telemetry(BaseModel):
    """A batch of rows from one boot of one device. Keys are short because a microcontroller writes them."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, json_schema_extra=_NEEDS_TIME)

    v: Version = Field(description="Version of the format")
    b: Uint32 = Field(description="Boot counter, one more at each start of the device")
    q: Uint32 = Field(description="Number of the first row since boot; every row ever made counts one")
    t: Milliseconds | None = Field(default=None, description="Unix time of row offset 0 (ms); required where c >= 1")
    u: Milliseconds = Field(description="Uptime at row offset 0 (ms)")
    un: Milliseconds = Field(description="Uptime when this message was built (ms)")
    c: ClockDigit = Field(description="Clock: 0 none, 1 unsynchronised, 2 network time, 3 satellite time")
    f: list[Key] = Field(max_length=128, description="Keys of the columns", json_schema_extra={"uniqueItems": True})
    r: list[list[Any]] = Field(
        description="Rows: offset (ms), then a value for each key; null means not sampled",
        json_schema_extra={"items": _ROW},
    )
    ak: bool = Field(default=False, description="Answer on /a when these rows are committed")
    bl: Count | None = Field(default=None, description="Rows still queued on the device")
    n: str | None = Field(default=None, max_length=64, description="A note for debugging")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.c >= 1 and self.t is None:
            raise ValueError("c >= 1 needs t")
        width = len(self.f) + 1
        for index, row in enumerate(self.r):
            if len(row) != width:
                raise ValueError(f"row {index} has {len(row)} values, the header announces {width}")
        if len(set(self.f)) != len(self.f):
            raise ValueError("a key stands twice in f")
        return self


class EventMessage(BaseModel):
    """One thing that has happened, on `/e`. It takes its number from the same count as the rows of its boot."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, json_schema_extra=_NEEDS_TIME)

    v: Version = Field(description="Version of the format")
    b: Uint32 = Field(description="Boot counter, as in telemetry")
    q: Uint32 = Field(description="Number of the event, in one count with the rows: the next row has the next one")
    t: Milliseconds | None = Field(default=None, description="Unix time of the event (ms); required where c >= 1")
    u: Milliseconds = Field(description="Uptime at the event (ms)")
    un: Milliseconds = Field(description="Uptime when this message was built (ms)")
    c: ClockDigit = Field(description="Clock: 0 none, 1 unsynchronised, 2 network time, 3 satellite time")
    ev: str = Field(pattern=KIND_PATTERN, description="Kind of event")
    d: dict[str, Any] = Field(default_factory=dict, max_length=MAX_MEMBERS, description="Detail, as the kind has it")
    ak: bool = Field(default=False, description="Answer on /a when it is committed")

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.c >= 1 and self.t is None:
            raise ValueError("c >= 1 needs t")
        return self


class StateMessage(BaseModel):
    """Birth, and the will at death, on `/s`; retained. Keys that are not listed are kept as they are."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, json_schema_extra={"maxProperties": MAX_MEMBERS})

    v: Version = Field(description="Version of the format")
    on: bool = Field(description="true at birth; false in the will, which the broker sends when the device is gone")
    b: Uint32 | None = Field(default=None, description="Boot counter")
    fw: Text | None = Field(default=None, description="Version of the firmware")
    hw: Text | None = Field(default=None, description="What the device is made of")
    bl: Count | None = Field(default=None, description="Rows queued on the device at birth")

    @model_validator(mode="after")
    def _is_small(self) -> Self:
        if len(self.model_fields_set) > MAX_MEMBERS:
            raise ValueError(f"more than {MAX_MEMBERS} keys")
        return self


class Committed(BaseModel):
    """The answer on `/a`: ranges of rows (first and last number, inclusive) that are in the database for good.

    Ranges, not "everything up to": a device that sends its newest rows first and its backlog after must not be told
    that the backlog is safe.
    """

    model_config = ConfigDict(frozen=True)

    v: Literal[1] = VERSION
    b: Uint32 = Field(description="Boot the ranges are of")
    r: list[tuple[Uint32, Uint32]] = Field(description="First and last row number of each range, inclusive")


class Flooding(BaseModel):
    """The notice on `/c`: the device sends more than its budget. Rows that are not answered on `/a` were not stored."""

    model_config = ConfigDict(frozen=True)

    v: Literal[1] = VERSION
    refused: int = Field(description="Messages refused since the last notice")
    wait: int = Field(description="Send nothing for so long (s), then what is unanswered again")


def joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges (first and last, inclusive) in order, those that touch or overlap put together."""
    out: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(last, out[-1][1]))
        else:
            out.append((first, last))
    return out


def encode_telemetry(
    *,
    boot: int,
    first_sequence: int,
    unix_ms: int | None,
    uptime_ms: int,
    built_uptime_ms: int,
    clock_quality: Literal[0, 1, 2, 3],
    keys: Sequence[str],
    rows: Sequence[Sequence[object]],
    wants_acknowledgement: bool = False,
    compress: bool = False,
) -> bytes:
    """Return one message as a device would send it; `rows` hold the offset (ms) and a value for each key."""
    body = Telemetry.model_construct(
        v=1,
        b=boot,
        q=first_sequence,
        t=unix_ms,
        u=uptime_ms,
        un=built_uptime_ms,
        c=clock_quality,
        f=list(keys),
        r=[list(row) for row in rows],
        ak=wants_acknowledgement,
    )
    payload = body.model_dump_json(exclude_defaults=True).encode()
    return gzip.compress(payload, mtime=0) if compress else payload

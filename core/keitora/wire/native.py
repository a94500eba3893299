"""The native message, version 1: a header and rows. `docs/reference/native-v1.md` is its specification."""

import gzip
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

VERSION: Final = 1

Uint32 = Annotated[int, Field(ge=0, le=2**32 - 1)]
Milliseconds = Annotated[int, Field(ge=0, le=2**53)]


class Telemetry(BaseModel):
    """A batch of rows from one boot of one device. Keys are short because a microcontroller writes them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    v: Literal[1] = Field(description="Version of the format")
    b: Uint32 = Field(description="Boot counter, one more at each start of the device")
    q: Uint32 = Field(description="Number of the first row since boot; every row ever made counts one")
    t: Milliseconds | None = Field(default=None, description="Unix time of row offset 0 (ms); required where c >= 1")
    u: Milliseconds = Field(description="Uptime at row offset 0 (ms)")
    un: Milliseconds = Field(description="Uptime when this message was built (ms)")
    c: Literal[0, 1, 2, 3] = Field(description="Clock: 0 none, 1 unsynchronised, 2 network time, 3 satellite time")
    f: list[str] = Field(max_length=128, description="Keys of the columns")
    r: list[list[Any]] = Field(description="Rows: offset (ms), then a value for each key; null means not sampled")
    ak: bool = Field(default=False, description="Answer on /a when these rows are committed")
    bl: int | None = Field(default=None, ge=0, description="Rows still queued on the device")
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

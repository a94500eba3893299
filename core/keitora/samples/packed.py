"""Rows of numbers as PostgreSQL's binary COPY reads them, made column by column.

Format: "Binary Format" under COPY in the PostgreSQL manual. A row is a count of fields (16 bits), then for each field
its length in bytes (32 bits, -1 for null) and its value, all big-endian.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER: Final = b"\xff\xff"

Column = tuple[str, NDArray[Any], NDArray[np.bool_] | None]
"""A column: its PostgreSQL type, its values, and where it is null (None: nowhere)."""

_STORED: Final = {
    "timestamptz": ">i8",
    "int8": ">i8",
    "int4": ">i4",
    "int2": ">i2",
    "float8": ">f8",
    "float4": ">f4",
    "bool": "u1",
}
_NULL: Final = b"\xff\xff\xff\xff"
_JSONB_VERSION: Final = b"\x01"
_2000_MS: Final = 946_684_800_000


def timestamps(at_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return Unix milliseconds as PostgreSQL counts time: microseconds since 2000."""
    return (at_ms - _2000_MS) * 1000


@lru_cache(maxsize=512)
def _layout(types: tuple[str, ...]) -> tuple[np.dtype[Any], NDArray[Any]]:
    """Return the layout of a row without nulls, and such a row with its lengths filled in. An empty jsonb follows."""
    fields: list[tuple[str, str]] = [("count", ">i2")]
    for index, kind in enumerate(types):
        fields += [(f"length{index}", ">i4"), (f"value{index}", _STORED[kind])]
    layout = np.dtype([*fields, ("extra", ">i4")])
    row = np.zeros(1, layout)
    row["count"] = len(types) + 1
    row["extra"] = -1
    for index, kind in enumerate(types):
        row[f"length{index}"] = np.dtype(_STORED[kind]).itemsize
    return layout, row


def pack(columns: Sequence[Column], extra: Mapping[int, str]) -> bytes:
    """Return the rows, without header and trailer: the columns, then a jsonb column.

    `extra` holds the jsonb of those rows that have one, by row index, as JSON text.
    """
    layout, model = _layout(tuple(kind for kind, _, _ in columns))
    rows = np.repeat(model, len(columns[0][1]))
    holes: list[tuple[NDArray[np.bool_], int, int]] = []
    for index, (_, values, nulls) in enumerate(columns):
        if nulls is None or not nulls.any():
            rows[f"value{index}"] = values
            continue
        rows[f"value{index}"] = np.where(nulls, 0, values)
        rows[f"length{index}"][nulls] = -1
        begin = layout.fields[f"value{index}"][1]  # type: ignore[index] # a layout of ours has fields
        holes.append((nulls, begin, begin + rows.dtype[f"value{index}"].itemsize))
    if not holes and not extra:
        return rows.tobytes()
    kept = np.ones((len(rows), layout.itemsize), np.bool_)
    for nulls, begin, end in holes:
        kept[nulls, begin:end] = False
    body = rows.view(np.uint8).reshape(kept.shape)[kept].tobytes()
    return _with_extra(body, kept, extra) if extra else body


def _with_extra(body: bytes, kept: NDArray[np.bool_], extra: Mapping[int, str]) -> bytes:
    """Put the jsonb values, which have no fixed size, in the place of the null that stands at their row's end."""
    ends = [0, *np.cumsum(kept.sum(axis=1)).tolist()]
    pieces: list[bytes] = []
    for index, (begin, end) in enumerate(pairwise(ends)):
        if index in extra:
            value = _JSONB_VERSION + extra[index].encode()
            pieces += [body[begin : end - len(_NULL)], len(value).to_bytes(4, "big"), value]
        else:
            pieces.append(body[begin:end])
    return b"".join(pieces)

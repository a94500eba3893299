"""SQL of samples: the way in, and the way out for the fold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection, Cursor, sql
from psycopg.errors import UniqueViolation
from psycopg.rows import args_row, class_row

from keitora.books.sample import SIGNAL_FIELDS, Sample
from keitora.clock import instant
from keitora.samples.packed import HEADER, TRAILER, pack, timestamps
from keitora.signals.model import Kind
from keitora.signals.registry import SIGNALS

KEY_COLUMNS: Final = ("sampled_at", "vehicle_id", "device_id", "row_key", "delay_s", "clock_quality")
ALL_COLUMNS: Final = (*KEY_COLUMNS, *(signal.column for signal in SIGNALS), "extra")

_COPY_TYPES: Final = {Kind.FLOAT: "float4", Kind.DOUBLE: "float8", Kind.INTEGER: "int4", Kind.FLAG: "bool"}
_TYPES: Final[Mapping[str, str]] = {
    **dict(zip(KEY_COLUMNS, ("timestamptz", "int4", "int4", "int8", "int4", "int2"), strict=True)),
    **{signal.column: _COPY_TYPES[signal.kind] for signal in SIGNALS},
    "extra": "jsonb",
}

_COLUMN_LIST: Final = sql.SQL(", ").join(map(sql.Identifier, ALL_COLUMNS))
_STAGE: Final = sql.SQL("CREATE TEMP TABLE IF NOT EXISTS staged_sample (LIKE sample) ON COMMIT DELETE ROWS")
_MERGE: Final = sql.SQL(
    """
    WITH stored AS (
        INSERT INTO sample ({columns}) SELECT {columns} FROM staged_sample
        ON CONFLICT DO NOTHING
        RETURNING vehicle_id, sampled_at
    )
    SELECT vehicle_id, count(*), min(sampled_at), max(sampled_at) FROM stored
    GROUP BY vehicle_id, date_bin('6 hours', sampled_at, 'epoch')
    """
).format(columns=_COLUMN_LIST)
_TOUCH: Final = """
INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)
SELECT * FROM unnest(%(vehicle_ids)s::int[], %(froms)s::timestamptz[], %(tos)s::timestamptz[])
"""
_FOLD_READ: Final = (
    sql.SQL(
        """
    SELECT (date_part('epoch', sampled_at) * 1000)::bigint, device_id, {signals} FROM sample
    WHERE vehicle_id = %(vehicle_id)s AND sampled_at > %(after)s AND sampled_at <= %(until)s
    ORDER BY sampled_at, device_id, row_key
    """
    )
    .format(signals=sql.SQL(", ").join(map(sql.Identifier, SIGNAL_FIELDS)))
    .as_bytes()
)

_SHIFT: Final = sql.SQL(
    """
    WITH moved AS (
        DELETE FROM sample
        WHERE device_id = %(device_id)s AND row_key BETWEEN %(first)s AND %(last)s AND clock_quality = 0
          AND sampled_at >= %(not_before)s
        RETURNING *
    ), stored AS (
        INSERT INTO sample ({columns})
        SELECT sampled_at + %(by_ms)s * interval '1 millisecond', {rest} FROM moved
        ON CONFLICT DO NOTHING
        RETURNING vehicle_id, sampled_at
    )
    SELECT vehicle_id, count(*), min(sampled_at), max(sampled_at)
    FROM (SELECT vehicle_id, sampled_at FROM moved UNION ALL SELECT vehicle_id, sampled_at FROM stored) AS touched
    GROUP BY vehicle_id
    """
).format(columns=_COLUMN_LIST, rest=sql.SQL(", ").join(map(sql.Identifier, ALL_COLUMNS[1:])))


def row_key(boot: int, sequence: int) -> int:
    """Return what tells a boot's row from every other row of its device: both numbers in one signed 64-bit one."""
    key = boot << 32 | sequence
    return key if key < 2**63 else key - 2**64


@dataclass(frozen=True, slots=True)
class Stored:
    """What was added to a vehicle within about six hours: how many samples, the earliest and latest time among them."""

    vehicle_id: int
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Sheaf:
    """Rows that have values in the same columns, packed for COPY: KEY_COLUMNS, then `signals`, then extra."""

    signals: tuple[str, ...]
    body: bytes


def pack_sheaf(
    signals: tuple[str, ...],
    columns: Sequence[NDArray[Any]],
    nulls: Sequence[NDArray[np.bool_]],
    extra: Mapping[int, str],
) -> Sheaf:
    """Return rows given as columns: KEY_COLUMNS (the time in Unix ms), which are never null, then `signals`.

    `nulls` say for each of the signals where it has no value; `extra` holds JSON text by row index.
    """
    types = [_TYPES[name] for name in (*KEY_COLUMNS, *signals)]
    count = len(KEY_COLUMNS)
    keys = [(types[0], timestamps(columns[0]), None), *((types[i], columns[i], None) for i in range(1, count))]
    values = zip(types[count:], columns[count:], nulls, strict=True)
    return Sheaf(signals, pack([*keys, *values], extra))


@lru_cache(maxsize=512)
def _copy_into(table: str, signals: tuple[str, ...]) -> sql.Composed:
    columns = (*KEY_COLUMNS, *signals, "extra")
    return sql.SQL("COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)").format(
        table=sql.Identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, columns))
    )


def _copy(cursor: Cursor[Any], table: str, sheaves: Sequence[Sheaf]) -> None:
    for sheaf in sheaves:
        with cursor.copy(_copy_into(table, sheaf.signals)) as copy:
            copy.write(b"".join((HEADER, sheaf.body, TRAILER)))


def store(conn: Connection[Any], sheaves: Sequence[Sheaf]) -> list[Stored]:
    """Add the rows that are not there yet, and tell the deriver what was touched.

    Returns what was really added, per vehicle and six hours. The same row again adds nothing.
    """
    with conn.cursor() as cursor:
        cursor.execute(_STAGE)
        _copy(cursor, "staged_sample", sheaves)
        cursor.execute(_MERGE)
        stored = [Stored(*found) for found in cursor.fetchall()]
        # The table is emptied at commit; a second merge in this transaction must not see these rows again.
        cursor.execute("TRUNCATE staged_sample")
    touch(conn, stored)
    return stored


def store_new(conn: Connection[Any], sheaves: Sequence[Sheaf], spans: Sequence[Stored]) -> bool:
    """Add rows that are expected to be new, in half the time, and tell the deriver that `spans` were touched.

    Returns False, and changes nothing, if one of them is there already; then `store` is to be used.
    """
    try:
        with conn.transaction(), conn.cursor() as cursor:
            _copy(cursor, "sample", sheaves)
    except UniqueViolation:
        return False
    touch(conn, spans)
    return True


def touch(conn: Connection[Any], stored: Sequence[Stored]) -> None:
    """Ask the deriver to look at these stretches of time again."""
    if not stored:
        return
    conn.execute(
        _TOUCH,
        {
            "vehicle_ids": [one.vehicle_id for one in stored],
            "froms": [one.first_at for one in stored],
            "tos": [one.last_at for one in stored],
        },
    )


def shift_undated(conn: Connection[Any], *, device_id: int, boot: int, began_ms: int, by_ms: int) -> None:
    """Move a boot's rows that were dated by uptime alone, now that its clock is known better (`by_ms` later).

    `began_ms`: when the boot began as far as was known (Unix ms). No row of it is older, so no older week is looked at.
    """
    with conn.cursor(row_factory=args_row(Stored)) as cursor:
        cursor.execute(
            _SHIFT,
            {
                "device_id": device_id,
                "first": row_key(boot, 0),
                "last": row_key(boot, 2**32 - 1),
                "by_ms": by_ms,
                "not_before": instant(began_ms),
            },
        )
        touch(conn, cursor.fetchall())


def read_for_fold(
    conn: Connection[Any], *, vehicle_id: int, after_ms: int | None, until: datetime, page_rows: int = 5_000
) -> Iterator[Sample]:
    """Yield a vehicle's samples after a moment (all, if None) and not after another, in the order of the fold."""
    after = instant(after_ms) if after_ms is not None else "-infinity"
    with conn.cursor(name="fold", row_factory=args_row(Sample)) as cursor:
        cursor.itersize = page_rows
        cursor.execute(_FOLD_READ, {"vehicle_id": vehicle_id, "after": after, "until": until}, binary=True)
        yield from cursor


@dataclass(frozen=True, slots=True)
class BootClock:
    """When a boot's uptime was zero (Unix ms), how well that is known, and at which uptime it was learnt (ms)."""

    epoch_at_zero_ms: int
    quality: int
    learnt_uptime_ms: int


_FIND_BOOT_CLOCK: Final = """
SELECT epoch_at_zero_ms, quality, learnt_uptime_ms FROM boot_clock
WHERE device_id = %(device_id)s AND boot = %(boot)s FOR UPDATE
"""
_SAVE_BOOT_CLOCK: Final = """
INSERT INTO boot_clock (device_id, boot, epoch_at_zero_ms, quality, learnt_uptime_ms)
VALUES (%(device_id)s, %(boot)s, %(epoch_at_zero_ms)s, %(quality)s, %(learnt_uptime_ms)s)
ON CONFLICT (device_id, boot) DO UPDATE SET (epoch_at_zero_ms, quality, learnt_uptime_ms)
    = (excluded.epoch_at_zero_ms, excluded.quality, excluded.learnt_uptime_ms)
"""


def find_boot_clock(conn: Connection[Any], *, device_id: int, boot: int) -> BootClock | None:
    """Return what is known of a boot's clock, locked until the transaction ends; None if nothing is."""
    with conn.cursor(row_factory=class_row(BootClock)) as cursor:
        return cursor.execute(_FIND_BOOT_CLOCK, {"device_id": device_id, "boot": boot}).fetchone()


def save_boot_clock(conn: Connection[Any], *, device_id: int, boot: int, clock: BootClock) -> None:
    """Remember a boot's clock."""
    conn.execute(
        _SAVE_BOOT_CLOCK,
        {
            "device_id": device_id,
            "boot": boot,
            "epoch_at_zero_ms": clock.epoch_at_zero_ms,
            "quality": clock.quality,
            "learnt_uptime_ms": clock.learnt_uptime_ms,
        },
    )

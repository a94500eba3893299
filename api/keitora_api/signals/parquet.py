"""A truck's rows as a Parquet file, where the library for it is installed: `pip install 'keitora[parquet]'`.

It is larger than the rest of the service together, and most farms never need it; so it is not part of `all`.
"""

import asyncio
from collections.abc import AsyncIterator
from importlib.util import find_spec
from io import RawIOBase
from typing import Any, Final

from keitora.samples.reading import SampleRow
from keitora.signals.model import Kind, Signal
from keitora_api.signals.rows import RowsAsked, pages
from keitora_api.streaming import FleetReader

PAGES_A_GROUP: Final = 25
"""So many pages of rows are compressed together: fewer compress worse, more cost memory."""


def is_installed() -> bool:
    """Tell whether Parquet can be written here."""
    return find_spec("pyarrow") is not None


async def as_parquet(reader: FleetReader, asked: RowsAsked) -> AsyncIterator[bytes]:
    """Yield a Parquet file with the columns of the CSV; `ts` is a UTC timestamp, what is not known is null."""
    import pyarrow as pa  # noqa: PLC0415 -- large, and not everywhere

    schema = _schema(pa, asked.signals)

    async def tables() -> AsyncIterator[Any]:
        waiting: list[Any] = []
        async for rows in pages(reader, asked):
            waiting.append(pa.RecordBatch.from_arrays(_columns(pa, schema, rows), schema=schema))
            if len(waiting) == PAGES_A_GROUP:
                yield pa.Table.from_batches(waiting, schema=schema)
                waiting = []
        if waiting:
            yield pa.Table.from_batches(waiting, schema=schema)

    async for piece in parquet_file(schema, tables()):
        yield piece


async def parquet_file(schema: Any, tables: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """Yield a Parquet file of Arrow tables, each of which becomes a group of rows."""
    from pyarrow import parquet  # noqa: PLC0415

    sink = _Sink()
    # Closed at the end alone. A reader may go away while a thread still writes, and a writer that is closed meanwhile
    # takes the whole process with it; left alone, it ends with the thread.
    writer = parquet.ParquetWriter(sink, schema, compression="zstd")
    async for table in tables:
        # In a thread: compressing takes tens of milliseconds, and others are being answered.
        await asyncio.to_thread(writer.write_table, table)
        yield sink.taken()
    writer.close()
    yield sink.taken()


def _schema(pa: Any, signals: tuple[Signal, ...]) -> Any:
    kinds = {Kind.FLOAT: pa.float32(), Kind.DOUBLE: pa.float64(), Kind.INTEGER: pa.int32(), Kind.FLAG: pa.bool_()}
    columns = [("ts", pa.timestamp("us", tz="UTC")), ("device_id", pa.int32())]
    fields = [pa.field(name, kind, nullable=False) for name, kind in columns]
    fields += [pa.field(one.column, kinds[one.kind], metadata={"unit": one.unit}) for one in signals]
    return pa.schema(fields)


def _columns(pa: Any, schema: Any, rows: list[SampleRow]) -> list[Any]:
    values = [[row.key[0] for row in rows], [row.key[1] for row in rows]]
    values += [list(column) for column in zip(*(row.values for row in rows), strict=True)]
    return [pa.array(column, type=field.type) for column, field in zip(values, schema, strict=True)]


class _Sink(RawIOBase):
    """Where the writer writes to; what it wrote is taken from here piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._at += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

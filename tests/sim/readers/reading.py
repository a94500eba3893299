"""A reader on content that a test made up."""

from collections.abc import Callable, Iterator

from keitora_sim.recording import Drive, Row
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.source import Source

Reader = Callable[[Source, Options, Remarks], Iterator[Row]]


def drive_of(read: Reader, content: str | bytes, options: Options | None = None, *, name: str = "log.csv") -> Drive:
    """What a reader finds, in the order of the file."""
    remarks = Remarks()
    source = Source.of_bytes(name, content if isinstance(content, bytes) else content.encode())
    rows = tuple(read(source, options or Options(), remarks))
    return Drive(name, rows, dict(remarks.skipped), tuple(remarks.notes), remarks.has_clock)

"""From a file to a drive: recognise, read, keep. The only place of the replay that knows all kinds of recordings."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from keitora_sim.recording import Drive, RecordingError, Row
from keitora_sim.replay.readers import (
    bmw_i3,
    carobd,
    csv_mapping,
    emission,
    gpx,
    kit,
    ndsbr,
    obd_fusion,
    owntracks_rec,
    python_obd,
    teslafi,
)
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.rows import StoredRows
from keitora_sim.replay.source import Source

OWNTRACKS: Final = "owntracks"
CSV: Final = "csv"


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of recording: how to read it, and whether a file's beginning is of this kind (never by its name)."""

    read: Callable[[Source, Options, Remarks], Iterator[Row]]
    is_mine: Callable[[str], bool]
    is_sorted: bool = False
    """Rows are put in the order of time: their order in the file means nothing."""


FORMATS: Final[Mapping[str, Format]] = {
    "obd-fusion": Format(obd_fusion.read, obd_fusion.is_mine),
    "kit": Format(kit.read, kit.is_mine),
    "python-obd": Format(python_obd.read, python_obd.is_mine),
    "carobd": Format(carobd.read, carobd.is_mine),
    "bmw-i3": Format(bmw_i3.read, bmw_i3.is_mine),
    "teslafi": Format(teslafi.read, teslafi.is_mine),
    "ndsbr": Format(ndsbr.read, ndsbr.is_mine, is_sorted=True),
    "gpx": Format(gpx.read, gpx.is_mine, is_sorted=True),
    OWNTRACKS: Format(owntracks_rec.read, owntracks_rec.is_mine),
    "e-mission": Format(emission.read, emission.is_mine, is_sorted=True),
    CSV: Format(csv_mapping.read, lambda _head: False),
}


@dataclass(frozen=True, slots=True)
class Recording:
    """A drive, the kind of file it came from, and the boot number it is sent as, which is made from the content."""

    drive: Drive
    boot: int
    file_format: str


def load(path: Path, file_format: str | None, options: Options) -> Recording:
    """Return a recording, of the kind its beginning shows if none is named.

    Raises RecordingError with the file's name if it cannot be opened, recognised, read, or holds no row.
    """
    try:
        return loaded(Source.of_path(path), file_format, options)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from error
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error


def loaded(source: Source, file_format: str | None, options: Options) -> Recording:
    """Return a recording, as `load` does. Raises RecordingError, OSError."""
    name = file_format or (CSV if options.mapping else recognised(source.head()))
    kind = FORMATS[name]
    remarks = Remarks()
    rows = StoredRows(kind.read(source, options, remarks))
    if kind.is_sorted and not rows.is_ordered:
        rows = StoredRows(sorted(rows, key=lambda row: row.sampled_at))
    if not rows:
        reasons = "; ".join(f"{count}× {reason}" for reason, count in remarks.skipped.items())
        raise RecordingError(f"no row could be read ({reasons or 'the file holds none'})")
    if not source.is_whole:
        remarks.skipped["the compressed file breaks off"] += 1
    drive = Drive(source.name, rows, remarks.skipped, tuple(remarks.notes), remarks.has_clock)
    return Recording(drive, source.boot(), name)


def recognised(head: str) -> str:
    """Return the kind of recording that begins so. Raises RecordingError if it is none of those known."""
    for name, kind in FORMATS.items():
        if kind.is_mine(head):
            return name
    known = ", ".join(name for name in FORMATS if name != CSV)
    raise RecordingError(
        f"its beginning shows no kind of recording that is known ({known}); any CSV can be read by a mapping file:"
        " --mapping FILE.toml"
    )

"""From a file to a drive: decompress, recognise, read. The only place of the replay that opens files."""

import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from keitora_sim.recording import Drive, RecordingError
from keitora_sim.replay.readers import csv_mapping, gpx, kit, ndsbr, obd_fusion, owntracks_rec
from keitora_sim.replay.readers.options import Options

Reader = Callable[[str, bytes, Options], Drive]

READERS: Final[Mapping[str, Reader]] = {
    "obd-fusion": obd_fusion.read,
    "kit": kit.read,
    "ndsbr": ndsbr.read,
    "gpx": gpx.read,
    "csv": csv_mapping.read,
    "owntracks": owntracks_rec.read,
}
_GZIP: Final = b"\x1f\x8b"
_MOST_BYTES: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Recording:
    """A drive and the boot number it is sent as, which is made from the file's content."""

    drive: Drive
    boot: int


def load(path: Path, file_format: str, options: Options) -> Recording:
    """Return a recording. Raises RecordingError with the file's name if it cannot be opened, read, or holds no row."""
    try:
        content, is_whole = decompressed(path.read_bytes())
        drive = READERS[file_format](path.name, content, options)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror}") from error
    except RecordingError as error:
        raise RecordingError(f"{path}: {error}") from error
    if not drive.rows:
        reasons = "; ".join(f"{count}× {reason}" for reason, count in drive.skipped.items())
        raise RecordingError(f"{path}: no row could be read ({reasons or 'the file holds none'})")
    if not is_whole:
        drive = replace(drive, skipped={**drive.skipped, "the compressed file breaks off": 1})
    return Recording(drive, boot_of(content))


def boot_of(content: bytes) -> int:
    """Return a recording's boot number (32 bits): the same content is the same boot, so sent twice it adds nothing."""
    return int.from_bytes(hashlib.sha256(content).digest()[:4], "big")


def decompressed(content: bytes) -> tuple[bytes, bool]:
    """Return plain content, unpacked if its first bytes say gzip, and whether it was whole."""
    if not content.startswith(_GZIP):
        return content, True
    plain, rest, is_whole = b"", content, True
    while rest.startswith(_GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            plain += unpacker.decompress(rest, _MOST_BYTES - len(plain))
        except zlib.error:
            return plain, False
        is_whole = unpacker.eof
        rest = unpacker.unused_data
    if not plain:
        raise RecordingError("the compressed file is damaged from the start")
    return plain, is_whole

"""A recording's file: opened as often as a reader needs, unpacked on the way, never whole in memory."""

import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Self

from keitora_sim.recording import RecordingError

HEAD_BYTES: Final = 1 << 16
_GZIP: Final = b"\x1f\x8b"
_CHUNK_BYTES: Final = 1 << 16
_MOST_BYTES: Final = 1 << 34
_LONGEST_LINE: Final = 1 << 20
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


class Source:
    """What a reader reads from. `is_whole` is False once a packed file was found to break off."""

    def __init__(self, name: str, opened: Callable[[], BinaryIO]) -> None:
        self.name = name
        self.is_whole = True
        self._opened = opened

    @classmethod
    def of_path(cls, path: Path) -> Self:
        """Return the source of a file, which is opened when it is read."""
        return cls(path.name, lambda: path.open("rb"))

    @classmethod
    def of_bytes(cls, name: str, content: bytes) -> Self:
        """Return the source of content that is at hand."""
        return cls(name, lambda: io.BytesIO(content))

    def chunks(self) -> Iterator[bytes]:
        """Yield the content from its beginning, unpacked where it is gzip. Raises RecordingError, OSError."""
        with self._opened() as file:
            first = file.read(_CHUNK_BYTES)
            pieces = _read(first, file)
            size = 0
            for piece in self._unpacked(pieces) if first.startswith(_GZIP) else pieces:
                size += len(piece)
                if size > _MOST_BYTES:
                    raise RecordingError(f"longer than {_MOST_BYTES >> 30} GiB: cut it into pieces")
                yield piece
            if not size and first:
                raise RecordingError("the compressed file is damaged from the start")

    def head(self) -> str:
        """Return the beginning as text, by which a kind of recording is recognised."""
        content = b""
        for piece in self.chunks():
            content += piece
            if len(content) >= HEAD_BYTES:
                break
        encoding = "utf-16" if content.startswith(_UTF16) else "utf-8-sig"
        return content[:HEAD_BYTES].decode(encoding, errors="replace").replace("\x00", "")

    def lines(self, encoding: str = "utf-8-sig") -> Iterator[str]:
        """Yield lines without their ends. Raises LookupError for an unknown encoding.

        UTF-16 is known by its first bytes. A byte that does not fit is marked rather than fatal, as only labels hold
        such bytes. What follows the first megabyte of a line comes as another line.
        """
        with self.stream() as stream:
            if stream.peek(2)[:2] in _UTF16:
                encoding = "utf-16"
            text = io.TextIOWrapper(stream, encoding, errors="replace")
            while line := text.readline(_LONGEST_LINE):
                yield line.rstrip("\n").replace("\x00", "")

    def stream(self) -> io.BufferedReader:
        """Return the content as a file."""
        return io.BufferedReader(_Stream(self.chunks()), _CHUNK_BYTES)

    def boot(self) -> int:
        """Return a boot number (32 bits) of the content: sent twice, the same content is the same boot."""
        digest = hashlib.sha256()
        for piece in self.chunks():
            digest.update(piece)
        return int.from_bytes(digest.digest()[:4], "big")

    def _unpacked(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the content of one or more packed members, as far as it goes."""
        unpacker = zlib.decompressobj(wbits=31)
        rest = b""
        for piece in pieces:
            rest += piece
            while rest:
                if unpacker.eof:
                    if rest == _GZIP[:1]:
                        break  # the next piece tells whether another member begins
                    if not rest.startswith(_GZIP):
                        return  # padding behind the last member
                    unpacker = zlib.decompressobj(wbits=31)
                try:
                    plain = unpacker.decompress(rest, _CHUNK_BYTES)
                except zlib.error:
                    self.is_whole = False
                    return
                rest = unpacker.unconsumed_tail or unpacker.unused_data
                if plain:
                    yield plain
        if left := unpacker.flush():
            yield left
        if not unpacker.eof:
            self.is_whole = False


def _read(first: bytes, file: BinaryIO) -> Iterator[bytes]:
    while first:
        yield first
        first = file.read(_CHUNK_BYTES)


class _Stream(io.RawIOBase):
    """An iterator of bytes as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = next(self._chunks, b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

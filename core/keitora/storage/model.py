"""What is told of the stored samples."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Compression:
    """How far compression is switched on. `policy_days`: chunks are compressed that old; None: by no policy."""

    is_enabled: bool
    compressed_count: int
    policy_days: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What the samples take on the disk, with their indexes. `packed`: compressed, or their index made dense.

    `sample_count` is the database's own estimate. `oldest_at` and `newest_at` bound the chunks.
    """

    chunk_count: int
    packed_count: int
    sample_count: int
    size_bytes: int
    oldest_at: datetime | None
    newest_at: datetime | None

    @property
    def bytes_each(self) -> float | None:
        """Return the bytes of a stored sample; None where there is none."""
        return self.size_bytes / self.sample_count if self.sample_count > 0 else None


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a fleet's samples are kept (None: for ever), and until when its trucks' books are closed by now."""

    fleet_name: str
    keep_samples_days: int | None
    is_own_setting: bool
    closed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a look for old samples did: trucks whose books were closed, chunks dropped whole, rows deleted singly."""

    closed_count: int = 0
    chunk_count: int = 0
    row_count: int = 0

    def __bool__(self) -> bool:
        """Tell whether anything was done."""
        return bool(self.closed_count or self.chunk_count or self.row_count)

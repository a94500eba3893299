"""What the devices send: rows whose every value follows from their number, so that each can be checked."""

from dataclasses import dataclass
from datetime import UTC, datetime

from keitora.samples.queries import row_key
from keitora.wire.native import encode_telemetry

START_MS = round(datetime(2025, 4, 1, tzinfo=UTC).timestamp() * 1000)

StoredRow = tuple[int, int, float, float, float]
"""Row key, time (Unix ms), speed (km/h), engine speed (1/min), latitude (°)."""


@dataclass(frozen=True)
class Batch:
    """One message of a device, and the rows in it."""

    boot: int
    first_sequence: int
    row_count: int
    wants_acknowledgement: bool

    @property
    def boot_and_sequences(self) -> tuple[int, int, int]:
        return self.boot, self.first_sequence, self.first_sequence + self.row_count - 1

    @property
    def payload(self) -> bytes:
        """The same bytes however often it is asked for, so that a resend is a resend."""
        rows = [row(self.boot, self.first_sequence + index) for index in range(self.row_count)]
        first_ms = rows[0][1]
        return encode_telemetry(
            boot=self.boot,
            first_sequence=self.first_sequence,
            unix_ms=first_ms,
            uptime_ms=first_ms - START_MS,
            built_uptime_ms=first_ms - START_MS,
            clock_quality=3,
            keys=["spd", "rpm", "lat", "lon"],
            rows=[[at_ms - first_ms, speed, rpm, lat, 139.7] for _, at_ms, speed, rpm, lat in rows],
            wants_acknowledgement=self.wants_acknowledgement,
        )

    def stored(self) -> list[StoredRow]:
        """Return what must be found in the table."""
        return [row(self.boot, self.first_sequence + index) for index in range(self.row_count)]


def row(boot: int, sequence: int) -> StoredRow:
    """Return a row of a device by its number."""
    at_ms = START_MS + boot * 3_600_000 + sequence * 1000
    return (
        row_key(boot, sequence),
        at_ms,
        float(sequence * 7 % 120),
        float(800 + sequence * 13 % 4000),
        35 + sequence / 1e5,
    )

"""Names of entries that are imported, by what they say: the same file again adds nothing. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime


def content_keys(said: Iterable[tuple[int, datetime, float, float | None]]) -> list[str]:
    """Return a key for each entry: truck, time, litres or kilowatt-hours, and odometer (km), if that was read.

    Two equal lines of one file are two entries, told apart by how often the same was said before.
    """
    seen: dict[str, int] = {}
    keys = []
    for vehicle_id, at, amount, odometer_km in said:
        text = f"{vehicle_id}|{at.astimezone(UTC).isoformat()}|{amount}|{odometer_km}"
        seen[text] = seen.get(text, 0) + 1
        keys.append(f"csv-{hashlib.sha256(f'{text}|{seen[text]}'.encode()).hexdigest()[:32]}")
    return keys

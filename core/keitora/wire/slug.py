"""Names as a device key can hold them."""

import hashlib
import re
import unicodedata
from typing import Final

_LONGEST_SLUG: Final = 24


def slug(name: str) -> str:
    """Return a name as a device key can hold it; what gets lost (other scripts, length) is made up for by a hash."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    is_whole = name.isascii() and 3 <= len(short) <= _LONGEST_SLUG
    if is_whole:
        return short
    mark = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{short[: _LONGEST_SLUG - 7].strip('-') or 'truck'}-{mark}"

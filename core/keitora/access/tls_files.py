"""Where the broker's certificate is. Apart from what makes certificates, which is much to load for a look."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate, with its chain, and its key."""

    certificate: Path
    key: Path


def installed(folder: Path) -> Pair | None:
    """Return the broker's certificate and key, or None where TLS is not set up."""
    pair = Pair(folder / "server.crt", folder / "server.key")
    return pair if pair.certificate.is_file() and pair.key.is_file() else None

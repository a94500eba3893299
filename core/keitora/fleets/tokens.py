"""Opaque tokens. Pure, apart from the system's randomness."""

import hashlib
import secrets
from typing import Final

_PREFIX: Final = "kt_"


def new_token() -> str:
    """Return a fresh key: `kt_` (so that leak scanners know it) and 256 random bits in base64url."""
    return _PREFIX + secrets.token_urlsafe(32)


def token_sha256(token: str) -> bytes:
    """Return what the database keeps. A token of 256 random bits needs no slow hash and no salt."""
    return hashlib.sha256(token.encode()).digest()

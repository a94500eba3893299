"""Opaque tokens. Pure, apart from the system's randomness."""

import hashlib
import secrets
from typing import Final

KEY_PREFIX: Final = "kt_"


def new_token(prefix: str = KEY_PREFIX) -> str:
    """Return a fresh token: a prefix (so that leak scanners know it) and 256 random bits in base64url."""
    return prefix + secrets.token_urlsafe(32)


def token_sha256(token: str) -> bytes:
    """Return what the database keeps. A token of 256 random bits needs no slow hash and no salt."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()

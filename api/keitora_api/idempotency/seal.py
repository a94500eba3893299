"""Answers that hold a secret, such as a new key, are kept so that the database alone cannot tell them.

The sealing key is derived from the client's `Idempotency-Key` and its token, of which the database holds only a hash.
"""

import os
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES: Final = 12


def sealed(answer: bytes, key: str, token: str) -> bytes:
    """Return an answer that only the same key and token open: a random nonce, then AES-256-GCM."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(_sealing_key(key, token)).encrypt(nonce, answer, None)


def opened(kept: bytes, key: str, token: str) -> bytes | None:
    """Return the answer that was sealed; None if it was with another key or token."""
    try:
        return AESGCM(_sealing_key(key, token)).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], None)
    except InvalidTag:
        return None


def _sealing_key(key: str, token: str) -> bytes:
    return sha256(f"keitora idempotent answer\n{token}\n{key}".encode()).digest()

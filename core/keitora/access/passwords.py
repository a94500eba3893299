"""Passwords of devices and gateways: made, hashed as Mosquitto stores them, compared. Pure, apart from randomness."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import Final

_ITERATIONS: Final = 101  # mosquitto_passwd's own default; our passwords are 99 random bits, not words
_SALT_BYTES: Final = 12
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
_GROUPS: Final = 4
_GROUP_LENGTH: Final = 5
_MOST_ITERATIONS: Final = 1_000_000  # more would be a way to keep us busy
_HASH: Final = re.compile(r"\$7\$([0-9]{1,7})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)")

NOBODYS_HASH: Final = f"$7${_ITERATIONS}${'A' * 16}${'A' * 86}=="
"""A hash that no password has: checked where a user is unknown, so that it takes as long as for a known one."""


def new_password() -> str:
    """Return a password of 99 random bits that can be typed into a phone: `k3f8p-…`, four groups of five."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Return a password as Mosquitto stores it: `$7$iterations$salt$hash`, PBKDF2 with SHA-512 (a new salt if None)."""
    salt = secrets.token_bytes(_SALT_BYTES) if salt is None else salt
    digest = _digest(password, salt, _ITERATIONS)
    encoded = [base64.b64encode(part).decode("ascii") for part in (salt, digest)]
    return f"$7${_ITERATIONS}${encoded[0]}${encoded[1]}"


def matches(password: str, password_hash: str) -> bool:
    """Tell, in constant time, whether a password is the one a hash was made of; False for what is no such hash."""
    found = _HASH.fullmatch(password_hash)
    if found is None or not 1 <= int(found[1]) <= _MOST_ITERATIONS:
        return False
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in (found[2], found[3]))
    except binascii.Error:
        return False
    if not digest:
        return False
    return hmac.compare_digest(_digest(password, salt, int(found[1]), length=len(digest)), digest)


def _digest(password: str, salt: bytes, iterations: int, *, length: int | None = None) -> bytes:
    # Half a surrogate pair may come from a broken client: it is a wrong password, not an error.
    said = password.encode(errors="surrogatepass")
    return hashlib.pbkdf2_hmac("sha512", said, salt, iterations, dklen=length)

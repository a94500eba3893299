"""Passwords of people: which will do, hashed with Argon2id, checked. Pure, apart from randomness.

Rules after NIST SP 800-63B-4 and OWASP ASVS: length counts, what kinds of characters it has does not.
"""

import re
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from keitora.errors import KeitoraError

SHORTEST: Final = 12
LONGEST: Final = 128
_FEWEST_DIFFERENT: Final = 5

# OWASP's Password Storage Cheat Sheet, first choice: 46 MiB, one pass, one lane.
_HASHER: Final = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
# No password has it: what was hashed is longer than any may be.
_NOBODYS_HASH: Final = _HASHER.hash("-" * (LONGEST + 1))

_BASE_WORDS: Final = (
    *("password", "passwort", "passw0rd", "keitora", "welcome", "letmein", "qwerty", "qwertyuiop", "asdfghjkl"),
    *("iloveyou", "administrator", "admin", "manager", "driver", "changeme", "secret", "default", "abc", "abcdef"),
    *("1q2w3e4r", "1qaz2wsx", "zaq12wsx", "dragon", "monkey", "football", "baseball", "sunshine", "princess"),
    *("suzuki", "carry", "hijet", "daihatsu", "honda", "acty", "subaru", "sambar", "minicab", "keitruck", "軽トラ"),
)
_RUNS: Final = ("abcdefghijklmnopqrstuvwxyz" * 2, "01234567890" * 12, "qwertyuiopasdfghjklzxcvbnm")


def normalised(password: str) -> str:
    """Return a password in the one form in which it is hashed (NFKC), however a keyboard composed it."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, about: tuple[str, ...] = ()) -> None:
    """Raise KeitoraError, saying why, for a password that would be guessed. `about`: names it must not be made of."""
    word = normalised(password)
    if not SHORTEST <= len(word) <= LONGEST:
        raise KeitoraError(f"a password has {SHORTEST} to {LONGEST} characters; a short sentence is a good one")
    plain = word.casefold()
    if len(set(plain)) < _FEWEST_DIFFERENT or any(plain in run or plain[::-1] in run for run in _RUNS):
        raise KeitoraError("this password is among the first that are guessed: it repeats or counts")
    known = [*_BASE_WORDS, *(part for name in about for part in _parts(name))]
    left = _without(plain, known)
    if len(set(left)) < _FEWEST_DIFFERENT:
        raise KeitoraError("this password is among the first that are guessed: it is a known word or a name, padded")


def _parts(name: str) -> list[str]:
    words = re.split(r"[\s@.,_-]+", normalised(name).casefold())
    return [word for word in words if len(word) >= 2]


def _without(plain: str, known: list[str]) -> str:
    """Return what is left of a password without known words, and without what people pad them with."""
    for word in sorted(known, key=len, reverse=True):
        plain = plain.replace(word, "")
    return re.sub(r"[\s!-/:-@\[-`{-~]|(?:19|20)\d\d|\d{1,4}$|^\d{1,4}", "", plain)


def hash_password(password: str) -> str:
    """Return the Argon2id hash to keep. Takes some 50 ms and 46 MiB."""
    return _HASHER.hash(normalised(password))


def matches(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is the one a hash was made of; takes as long where there is none."""
    word = normalised(password)[: LONGEST + 1]
    try:
        is_right = _HASHER.verify(password_hash or _NOBODYS_HASH, word)
    except (VerificationError, InvalidHashError):
        return False
    return is_right and password_hash is not None and len(word) <= LONGEST


def is_outdated(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than hashes are made with now."""
    return _HASHER.check_needs_rehash(password_hash)

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.access.passwords import NOBODYS_HASH, hash_password, matches, new_password

ANYTHING = st.text(st.characters())  # halves of surrogate pairs too


def test_a_hash_is_in_the_brokers_format() -> None:
    hashed = hash_password("word", b"123456789012")

    _, version, iterations, salt, digest = hashed.split("$")
    assert (version, iterations) == ("7", "101")
    assert base64.b64decode(salt) == b"123456789012"
    assert len(base64.b64decode(digest)) == 64


def test_a_password_matches_its_own_hash_and_no_other() -> None:
    password = new_password()

    assert matches(password, hash_password(password))
    assert not matches(password + "x", hash_password(password))
    assert hash_password(password) != hash_password(password)


@given(word=ANYTHING, other=ANYTHING, salt=st.binary(min_size=1, max_size=16))
def test_whatever_is_sent_as_a_password_is_compared(word: str, other: str, salt: bytes) -> None:
    stored = hash_password(word, salt)

    assert matches(word, stored)
    assert matches(other, stored) is (other == word)


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "word",
        "$6$101$a$b",
        "$7$101$!$!",
        "$7$0$AAAA$AAAA",
        "$7$9999999$AAAA$AAAA",
        "$7$x$AAAA$AAAA",
        "$7$101$AAA$AAA",
        "$7$101$AAAA",
        "$7$101$AAAA$",
        "$7$101$AAAA$====",
        NOBODYS_HASH,
    ],
)
def test_what_is_no_hash_or_nobodys_matches_nothing(damaged: str) -> None:
    assert not any(matches(word, damaged) for word in ("", "word", "A"))


def test_nobodys_hash_takes_the_time_of_a_real_one() -> None:
    known, nobodys = (stored.split("$") for stored in (hash_password("x"), NOBODYS_HASH))

    assert nobodys[:3] == known[:3]
    assert [len(base64.b64decode(part)) for part in nobodys[3:]] == [len(base64.b64decode(part)) for part in known[3:]]


def test_passwords_are_long_differ_and_can_be_typed() -> None:
    made = {new_password() for _ in range(100)}

    assert len(made) == 100
    assert all(len(one) == 23 and not set(one) & set("lio01") for one in made)

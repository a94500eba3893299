import base64

import pytest

from keitora.access.passwords import hash_password, matches, new_password


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


@pytest.mark.parametrize("damaged", ["", "word", "$6$101$a$b", "$7$101$!$!", "$7$0$AAAA$AAAA", "$7$101$AAA$AAA"])
def test_what_is_no_hash_matches_nothing(damaged: str) -> None:
    assert not matches("word", damaged)


def test_passwords_are_long_differ_and_can_be_typed() -> None:
    made = {new_password() for _ in range(100)}

    assert len(made) == 100
    assert all(len(one) == 23 and not set(one) & set("lio01") for one in made)

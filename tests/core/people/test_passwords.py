"""Which passwords will do, and that hashes tell right from wrong."""

from statistics import median
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import KeitoraError
from keitora.people.passwords import LONGEST, SHORTEST, check_password, hash_password, is_outdated, matches


@pytest.mark.parametrize(
    "password",
    [
        "rain on the tin roof",
        "正しい馬の電池ホチキスを買う",
        "k3f8pw-9qzt2m",
        "Tr0ub4dor&3xy",
        "🚚🌾🍎🍏🍐🌸🐝🐄🐓🦉🌧️🏔️",
    ],
)
def test_a_sentence_in_any_script_or_what_a_machine_made_will_do(password: str) -> None:
    check_password(password, about=("ken@example.org", "青木 健一", "青木農園"))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 129,
        "aaaaaaaaaaaaaaaa",
        "abababababab",
        "123456789012",
        "987654321098"[:12],
        "abcdefghijklmn",
        "qwertyuiopas",
        "password1234",
        "Password2026!",
        "passwordpassword",
        "keitora-keitora",
        "ken.example.2026",
        "青木農園青木農園青木農園2026",
        "welcome2026!!!",
    ],
)
def test_what_is_short_repeats_counts_or_is_a_name_is_refused(password: str) -> None:
    with pytest.raises(KeitoraError, match="password"):
        check_password(password, about=("ken@example.org", "青木 健一", "青木農園"))


def test_a_hash_knows_its_password_however_it_was_typed() -> None:
    kept = hash_password("ガレージの鍵は机の上")

    assert kept.startswith("$argon2id$")
    assert matches("ガレージの鍵は机の上", kept)
    assert matches("ｶﾞﾚｰｼﾞの鍵は机の上", kept)  # half-width, as some keyboards send it
    assert not matches("ガレージの鍵は机の下", kept)
    assert not is_outdated(kept)


def test_the_same_password_is_hashed_differently_each_time() -> None:
    assert hash_password("rain on the tin roof") != hash_password("rain on the tin roof")


@pytest.mark.parametrize("password_hash", [None, "", "x", "$argon2id$broken", "$7$101$AAAA$AAAA"])
def test_nothing_matches_what_is_no_hash(password_hash: str | None) -> None:
    assert not matches("rain on the tin roof", password_hash)
    assert not matches("-" * (LONGEST + 1), password_hash)


@given(st.text(max_size=200))
def test_any_text_is_judged_without_an_error_of_another_kind(password: str) -> None:
    try:
        check_password(password, about=(password[:3], "青木 健一"))
    except KeitoraError:
        return
    assert len(password) * 20 >= SHORTEST


def test_an_account_that_is_not_there_is_hashed_for_as_long_as_one_that_is() -> None:
    known = hash_password("rain on the tin roof")

    def took_s(password_hash: str | None) -> float:
        # Time of this process' own work: what else the machine does is left out.
        began_s = process_time()
        assert not matches("wrong wrong wrong", password_hash)
        return process_time() - began_s

    there_s, not_there_s = (median(took_s(one) for _ in range(7)) for one in (known, None))

    assert 0.5 < not_there_s / there_s < 2

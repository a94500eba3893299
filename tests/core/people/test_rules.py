"""Login names, and by which address attempts are counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import KeitoraError
from keitora.people.rules import counted_address, login_name_of, login_sha256


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        (None, "0.0.0.0"),
        ("testclient", "0.0.0.0"),
    ],
)
def test_an_ipv6_household_counts_as_one(said: str | None, counted: str) -> None:
    assert str(counted_address(said)) == counted


@pytest.mark.parametrize("said", [" Ken@Example.org ", "KEN@example.ORG"])
def test_capitals_and_spaces_around_make_no_other_login_name(said: str) -> None:
    assert login_name_of(said) == "ken@example.org"
    assert login_sha256(said) == login_sha256("ken@example.org")


@pytest.mark.parametrize("said", ["", "ab", "a b c", "x" * 101, "tab\there", "nul\x00nul"])
def test_what_is_no_login_name_is_refused(said: str) -> None:
    with pytest.raises(KeitoraError, match="login name"):
        login_name_of(said)


@given(st.text(st.characters(codec=None), max_size=50))
def test_attempts_on_any_text_can_be_counted(said: str) -> None:
    assert len(login_sha256(said)) == 32

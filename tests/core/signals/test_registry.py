"""The registry of signals, and which values can be true."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.signals.check import plausible, split_column
from keitora.signals.model import Kind, Signal
from keitora.signals.registry import BY_COLUMN, BY_WIRE, SIGNALS

SUFFIX = re.compile(r"_(m|km|kmh|ms2|deg|rpm|c|kpa|gs|pct|s|lph|l|v|a|kw|dbm|ratio|count|code|number|on)$")
WITHOUT_UNIT = {"lat", "lon"}  # degrees, as everybody calls them


def test_names_keys_and_columns_are_unique() -> None:
    assert len(BY_COLUMN) == len(BY_WIRE) == len(SIGNALS)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.column)
def test_a_columns_name_ends_in_its_unit(signal: Signal) -> None:
    assert signal.column in WITHOUT_UNIT or SUFFIX.search(signal.column)


@pytest.mark.parametrize(
    ("column", "raw", "expected"),
    [
        ("speed_kmh", 0, 0.0),
        ("speed_kmh", 200, 200.0),
        ("speed_kmh", 255, None),
        ("speed_kmh", -1, None),
        ("speed_kmh", "12", None),
        ("speed_kmh", float("nan"), None),
        ("speed_kmh", float("inf"), None),
        ("map_kpa", 0, None),
        ("ignition_on", 1, True),
        ("ignition_on", False, False),
        ("ignition_on", 2, None),
        ("dtc_count", 3.0, 3),
        ("dtc_count", 3.5, None),
        ("lat", 90, 90.0),
        ("lat", 90.1, None),
        ("speed_kmh", [1], None),
    ],
)
def test_which_values_can_be_true(column: str, raw: object, expected: object) -> None:
    value = plausible(BY_COLUMN[column], raw)
    assert value == expected
    assert type(value) is type(expected)


@given(
    signal=st.sampled_from(SIGNALS),
    raws=st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary())),
)
def test_every_value_is_stored_refused_or_was_null_and_never_two_of_these(signal: Signal, raws: list[object]) -> None:
    good, refused = split_column(signal, raws)

    assert len(good) == len(raws)
    for index, (raw, value) in enumerate(zip(raws, good, strict=True)):
        assert [value is not None, index in refused, raw is None].count(True) == 1
        if value is not None:
            assert signal.minimum <= value <= signal.maximum
            assert isinstance(value, bool) is (signal.kind is Kind.FLAG)

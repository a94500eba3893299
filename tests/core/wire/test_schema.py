"""The native format's JSON Schemas agree with their draft, with the documentation's examples, and with the decoder."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from keitora.errors import DecodeError
from keitora.events.kinds import KINDS
from keitora.signals.registry import BY_WIRE
from keitora.wire.schema import MESSAGES, schema
from keitora_ingestor.decode import decode
from keitora_ingestor.decode.bounds import Bounds, Incoming

DOCS = Path(__file__).parents[3] / "docs"
VALIDATORS = {name: Draft202012Validator(schema(name)) for name in MESSAGES}
TOPICS = {"telemetry": "t", "event": "e", "state": "s"}


@pytest.mark.parametrize("name", MESSAGES)
def test_the_schema_is_valid_against_its_draft(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


def examples() -> list[tuple[str, str]]:
    """Return the native messages in the documentation, by the schema they must satisfy."""
    page = (DOCS / "reference" / "native-v1.md").read_text("utf-8")
    return re.findall(r"^```json (\w+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_the_documentation_has_an_example_of_every_message() -> None:
    assert {name for name, _ in examples()} == set(MESSAGES)


@pytest.mark.parametrize(("name", "text"), examples())
def test_every_example_in_the_documentation_validates_and_is_read(name: str, text: str) -> None:
    VALIDATORS[name].validate(json.loads(text))
    if name in TOPICS:
        assert accepts(name, json.loads(text))


def accepts(name: str, message: object) -> bool:
    """Tell whether the decoder takes a message's shape (values are judged one by one, and never refuse a message)."""
    topic = ("kei", "v1", "carry-1", TOPICS[name])
    payload = json.dumps(message).encode()
    try:
        decode(Incoming(levels=topic, payload=payload, received_at=datetime(2026, 4, 1, tzinfo=UTC), bounds=Bounds()))
    except DecodeError as error:
        if error.reason in ("bad_shape", "unknown_version"):
            return False
        raise
    return True


def rows_are_as_long_as_announced(message: object) -> bool:
    """Tell the one rule the schema leaves to its `$comment`."""
    return isinstance(message, dict) and all(len(row) == len(message["f"]) + 1 for row in message["r"])


# 17.0 is a whole number to JSON Schema and none to the decoder: the specification asks for no decimal point.
fractions = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
scalars = st.none() | st.booleans() | st.integers(-2, 2**33) | fractions | st.text(max_size=4)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "v": st.just(1),
    "b": st.integers(0, 2**32 - 1),
    "q": st.integers(0, 2**32 - 1),
    "t": st.integers(0, 2**53),
    "u": st.integers(0, 2**53),
    "un": st.integers(0, 2**53),
    "c": st.integers(0, 3),
    "ak": st.booleans(),
}
keys = st.lists(st.sampled_from([*BY_WIRE, "turbo"]), max_size=4, unique=True)


def tables(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return columns and rows of the announced length."""
    row = st.tuples(st.integers(0, 2**40), *(anything for _ in names)).map(list)
    return st.fixed_dictionaries({"f": st.just(names), "r": st.lists(row, max_size=3)})


details = st.dictionaries(st.text(max_size=4), anything, max_size=4)
RIGHT: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "telemetry": st.builds(lambda head, table: head | table, st.fixed_dictionaries(COMMON), keys.flatmap(tables)),
    "event": st.fixed_dictionaries(COMMON | {"ev": st.sampled_from([*KINDS, "crane_up"]), "d": details}),
    "state": st.fixed_dictionaries({"v": st.just(1), "on": st.booleans(), "b": st.integers(0, 2**32 - 1)}),
}
WRONG = anything | st.just("Ev") | st.just(2**32) | st.lists(st.just("spd"), max_size=130) | st.just([[500, 1, 2], [0]])


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, object]:
    """A message as it should be, often with something changed, left out or added."""
    name = draw(st.sampled_from(sorted(RIGHT)))
    message = draw(RIGHT[name])
    for key in draw(st.lists(st.sampled_from([*message, "bl", "fw", "n", "extra"]), max_size=2)):
        if draw(st.booleans()):
            message.pop(key, None)
        else:
            message[key] = draw(WRONG)
    return name, message


@given(named=messages())
def test_a_message_validates_exactly_if_the_decoder_takes_its_shape(named: tuple[str, object]) -> None:
    name, message = named
    valid = VALIDATORS[name].is_valid(message)
    if valid and name == "telemetry":
        valid = rows_are_as_long_as_announced(message)

    assert accepts(name, message) == valid


def test_a_state_of_too_many_keys_is_refused_by_both() -> None:
    message = {"v": 1, "on": True, **{f"k{i}": i for i in range(31)}}

    assert not VALIDATORS["state"].is_valid(message)
    assert not accepts("state", message)
    assert accepts("state", {key: value for key, value in message.items() if key != "k0"})

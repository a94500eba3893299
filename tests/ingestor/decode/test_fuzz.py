"""Whatever bytes come, a decoder answers or refuses with a reason; it never fails."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import DecodeError
from keitora.samples.model import Decoded
from keitora.signals.registry import BY_COLUMN, BY_WIRE
from keitora_ingestor.decode import decode
from keitora_ingestor.decode.bounds import Bounds, Incoming

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
TOPICS = [
    "kei/v1/carry-1/t",
    "kei/v1/carry-1/s",
    "kei/v1/carry-1/e",
    "owntracks/ken/phone",
    "owntracks/ken/p/event",
    "wican/a1/can/rx",
    "wican/a1/status",
    "ovms/me/K001/metric/v/b/soc",
    "obd2mqtt/a1/state",
    "traccar/positions",
    "teltonika/860000000000000/data",
    "sensor-logger",
]

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3)
)
headers = st.fixed_dictionaries(
    {
        "v": st.sampled_from([1, 1, 1, 2, "1"]),
        "b": st.integers(-1, 2**33),
        "q": st.integers(-1, 2**33),
        "t": st.integers(-1, 2**54) | st.none(),
        "u": st.integers(0, 2**40),
        "un": st.integers(0, 2**40),
        "c": st.integers(-1, 4),
        "f": st.lists(st.sampled_from([*BY_WIRE, "unknown"]), max_size=4),
        "r": st.lists(st.lists(anything, max_size=5), max_size=4),
    }
)
fixes = st.fixed_dictionaries(
    {"_type": st.sampled_from(["location", "transition", "lwt", "encrypted"])},
    optional=dict.fromkeys(("tst", "lat", "lon", "acc", "alt", "vel", "cog", "batt", "bs", "conn", "t"), scalars),
)
payloads = st.one_of(st.binary(), st.builds(lambda body: json.dumps(body).encode(), anything | headers | fixes))


def answer(topic: str, payload: bytes) -> Decoded | None:
    try:
        return decode(
            Incoming(levels=tuple(topic.split("/")), payload=payload, received_at=RECEIVED_AT, bounds=Bounds())
        )
    except DecodeError as error:
        refusal = error
    assert refusal.reason.isidentifier()
    assert str(refusal)
    return None


@pytest.mark.parametrize("topic", TOPICS)
@given(payload=payloads)
def test_any_payload_is_answered_or_refused(topic: str, payload: bytes) -> None:
    decoded = answer(topic, payload)
    if decoded is None or decoded.block is None:
        return
    block = decoded.block
    for column, values in block.columns.items():
        signal = BY_COLUMN[column]
        assert len(values) == len(block)
        assert all(value is None or signal.minimum <= value <= signal.maximum for value in values)
    if block.at_ms is not None:
        assert len(block.at_ms) == len(block)


@given(topic=st.text())
def test_any_topic_is_answered_or_refused(topic: str) -> None:
    answer(topic, b"{}")

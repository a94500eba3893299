"""Whatever bytes come on a scalar format's topics, a decoder answers or refuses with a reason; it never fails."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.errors import DecodeError
from keitora.samples.model import Decoded
from keitora.signals.registry import BY_COLUMN, COLUMNS
from keitora_ingestor.decode import decode
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.join import join
from keitora_ingestor.decode.obd2mqtt import COLUMNS as STATES
from keitora_ingestor.decode.ovms_metrics import METRICS, O2_METRICS

RECEIVED_AT = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
TOPICS = [
    "wican/84f703406f75/can/rx",
    "wican/84f703406f75/status",
    "wican/84f703406f75/cmd",
    "wican/84f703406f75/soc",
    "wican/84f703406f75",
    *(f"ovms/farm/K001/metric/{metric.replace('.', '/')}" for metric in ("v.p.latitude", "v.t.pressure", "v.b.power")),
    "ovms/farm/K001-o2/metric/v/b/temp",
    "ovms/farm/K001/metric/v/type",
    "ovms/farm/K001/notify/data/log/trip/1/-60",
    "ovms/farm/K001/notify/data/log/grid/1/-60",
    "obd2mqtt/carry_rpm",
    "obd2mqtt/carry_dtc",
    "obd2mqtt/carry_connection",
    "obd2mqtt/carry_other",
    "obd2mqtt/carry_gpsLocation/attributes",
    "homeassistant/sensor/obd2mqtt/carry_speed/config",
]
LEVELS = [
    "wican", "ovms", "obd2mqtt", "homeassistant", "sensor", "config", "attributes", "metric", "notify", "data", "event",
    "client", "can", "rx", "tx", "status", "cmd", "rsp", "-60", "0", "", "farm", "K001-o2", "carry_rpm", "_", "a_b_c",
    *(f"carry_{state}" for state in STATES),
    *(level for metric in (*METRICS, *O2_METRICS) for level in metric.split(".")),
]  # fmt: skip

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just(10**400), st.just("on")
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3)
)
keys = st.sampled_from(
    [*COLUMNS, "FUEL_RATE", "TYRE_P_FL", "IGNITION", "SOC_D", "01-MonitorStatus", "0C", "0x9D", "timestamp", "error",
     "battery_voltage", "status", "frame", "autopid_data", "latitude", "longitude", "dtc", "unit_of_meas"]
)  # fmt: skip
groups = st.dictionaries(keys, scalars, max_size=8)
byte = st.integers(-1, 256)
frame = st.fixed_dictionaries(
    {"id": st.sampled_from([0x7E8, 0x7E9, 0x18DAF110, 0x130, -1, 2**70]), "dlc": st.integers(-1, 9)},
    optional={"data": st.lists(byte, max_size=9), "rtr": st.booleans()},
)
answers = st.builds(
    lambda pid, data: {"id": 0x7E8, "dlc": 8, "data": [2 + len(data), 0x41, pid, *data][:8]},
    st.integers(0, 255),
    st.lists(st.integers(0, 255), max_size=5),
)
raw = st.builds(lambda entries: {"type": "rx", "frame": entries}, st.lists(frame | answers, max_size=4))
texts = st.builds(
    lambda head, fields: ",".join([head, *fields]).encode(),
    st.sampled_from(["*-LOG-Trip,1,5", "*-LOG-Grid,1,5", "O2", "yes", "connected", "-1.5e3", "1"]),
    st.lists(st.sampled_from(["0", "1", "35.6", "nan", "", "yes", "-1e999"]), max_size=48),
)
payloads = st.one_of(st.binary(), texts, st.builds(lambda body: json.dumps(body).encode(), anything | groups | raw))


def answer(topic: str, payload: bytes) -> Decoded | None:
    incoming = Incoming(levels=tuple(topic.split("/")), payload=payload, received_at=RECEIVED_AT, bounds=Bounds())
    try:
        return decode(incoming)
    except DecodeError as error:
        refusal = error
    assert refusal.reason.isidentifier()
    assert str(refusal)
    return None


def check(decoded: Decoded | None) -> None:
    if decoded is None or decoded.block is None:
        return
    block = decoded.block
    assert len(block) == 1
    assert block.at_ms is not None
    assert 0 <= block.sequence[0] < 2**33
    for column, values in block.columns.items():
        signal = BY_COLUMN[column]
        assert all(value is not None and signal.minimum <= value <= signal.maximum for value in values)
    assert ("lat" in block.columns) == ("lon" in block.columns)
    stored = json.dumps(list(block.extra), allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in stored.replace("\\\\", "")  # the database takes no NUL; a backslash it does
    stored.encode()


@pytest.mark.parametrize("topic", TOPICS)
@given(payload=payloads)
def test_any_payload_is_answered_or_refused(topic: str, payload: bytes) -> None:
    check(answer(topic, payload))


@given(head=st.sampled_from(LEVELS[:4]), rest=st.lists(st.sampled_from(LEVELS) | st.text(max_size=4), max_size=7))
def test_any_topic_is_answered_or_refused(head: str, rest: list[str]) -> None:
    for payload in (b"{}", b"1", b""):
        check(answer("/".join([head, *rest]), payload))


@given(said=st.lists(st.tuples(st.sampled_from(TOPICS), payloads), max_size=6))
def test_whatever_is_answered_can_be_joined(said: list[tuple[str, bytes]]) -> None:
    answered = [decoded for topic, payload in said if (decoded := answer(topic, payload)) is not None]
    for decoded in join(answered):
        check(decoded)

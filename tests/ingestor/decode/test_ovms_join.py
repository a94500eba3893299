"""Scalars of one moment become one row."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keitora.samples.model import Block, Decoded
from keitora_ingestor.decode import decode
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.join import join

START = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
START_MS = 1775044800_000


def metric(place: str, payload: str, *, after_ms: int = 0, device: str = "farm/K001") -> Decoded:
    return decode(
        Incoming(
            levels=tuple(f"ovms/{device}/metric/{place}".split("/")),
            payload=payload.encode(),
            received_at=START + timedelta(milliseconds=after_ms),
            bounds=Bounds(),
        )
    )


def rows(decoded: list[Decoded]) -> list[tuple[int | None, dict[str, object], dict[str, object]]]:
    return [_row(one.block) for one in join(decoded) if one.block is not None]


def _row(block: Block) -> tuple[int | None, dict[str, object], dict[str, object]]:
    columns: dict[str, object] = {column: values[0] for column, values in block.columns.items()}
    return block.at_ms[0] if block.at_ms else None, columns, dict(block.extra[0] or {})


def test_the_halves_of_a_position_become_one() -> None:
    messages = [
        metric("v/p/latitude", "35.681241"),
        metric("v/p/longitude", "139.767125", after_ms=3),
        metric("v/p/speed", "42", after_ms=5),
        metric("v/i/temp", "19", after_ms=8),
        metric("v/e/temp", "99", after_ms=9),
    ]
    found = join(messages)
    assert [one.block is None for one in found] == [True] * 4 + [False]
    assert rows(messages) == [
        (
            START_MS + 9,
            {"lat": 35.681241, "lon": 139.767125, "speed_kmh": 42.0},
            {"x_v_i_temp": 19.0, "refused": {"ambient_temp_c": 99.0}},
        )
    ]


def test_a_second_value_begins_the_next_moment() -> None:
    messages = [metric("v/p/speed", text, after_ms=at) for at, text in ((0, "42"), (400, "43"))]
    assert [columns for _, columns, _ in rows(messages)] == [{"speed_kmh": 42.0}, {"speed_kmh": 43.0}]


def test_what_is_further_apart_stays_apart() -> None:
    messages = [metric("v/p/latitude", "35.6"), metric("v/p/longitude", "139.7", after_ms=1001)]
    assert [columns for _, columns, _ in rows(messages)] == [{}, {}]


def test_devices_are_not_mixed_and_the_order_stays() -> None:
    messages = [
        metric("v/p/latitude", "35.6"),
        metric("v/p/latitude", "36.6", device="farm/K002"),
        metric("s/v3/connected", "yes"),
        metric("v/p/longitude", "139.7"),
        metric("v/p/longitude", "140.7", device="farm/K002"),
    ]
    found = join(messages)
    assert [one.device_key for one in found] == [one.device_key for one in messages]
    assert found[2].state == {"on": True}
    assert [columns for _, columns, _ in rows(messages)] == [{"lat": 35.6, "lon": 139.7}, {"lat": 36.6, "lon": 140.7}]


def test_a_position_of_nowhere_is_refused() -> None:
    assert rows([metric("v/p/latitude", "0.000000"), metric("v/p/longitude", "0.000000")]) == [
        (START_MS, {}, {"refused": {"position": "0, 0"}})
    ]


def test_native_rows_are_left_alone() -> None:
    message = decode(
        Incoming(
            levels=("kei", "v1", "carry-1", "t"),
            payload=b'{"v":1,"b":1,"q":0,"t":1775044800000,"u":0,"un":0,"c":2,"f":["spd"],"r":[[0,42]]}',
            received_at=START,
            bounds=Bounds(),
        )
    )
    assert join([message, message]) == [message, message]


readings = st.tuples(
    st.sampled_from(
        ["v/p/latitude", "v/p/longitude", "v/p/speed", "v/e/temp", "v/i/temp", "v/c/state", "s/v3/connected"]
    ),
    st.sampled_from(["0", "1", "42", "99", "yes", "nan"]),
    st.integers(0, 700),
)


@given(st.lists(readings, max_size=12))
def test_nothing_is_lost_or_made_up(said: list[tuple[str, str, int]]) -> None:
    at_ms = 0
    messages = []
    for place, payload, pause_ms in said:
        at_ms += pause_ms
        messages.append(metric(place, payload, after_ms=at_ms))
    found = join(messages)
    assert [replace_block(one) for one in found] == [replace_block(one) for one in messages]
    assert sorted(values(found)) == sorted(values(messages))


def replace_block(one: Decoded) -> tuple[str, str, object]:
    return one.source, one.device_key, one.state


def values(messages: list[Decoded]) -> list[str]:
    told = []
    for one in messages:
        if one.block is None:
            continue
        _, columns, extra = _row(one.block)
        refused = extra.pop("refused", {})
        assert isinstance(refused, dict)
        if "position" in refused:
            told += ["lat=0.0", "lon=0.0"]
            del refused["position"]
        told += [
            f"{name.removeprefix('x_')}={value}" for part in (columns, extra, refused) for name, value in part.items()
        ]
    return told

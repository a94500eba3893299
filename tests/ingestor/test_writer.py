"""What becomes of a batch of messages."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import zstandard

from keitora.settings import IngestSettings
from keitora.wire.native import encode_telemetry
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.message import Message
from keitora_ingestor.service import limits_of
from keitora_ingestor.writer import write
from tests.ingestor.conftest import NOW, Yard

T = "kei/v1/carry-1/t"


def batch(**changes: Any) -> bytes:
    header: dict[str, Any] = {
        "v": 1, "b": 17, "q": 1042, "t": 1_775_040_312_000, "u": 8_123_456, "un": 8_126_011, "c": 3,
        "f": ["spd", "rpm", "lat", "lon"],
        "r": [[0, 42, 2147, 35.681241, 139.767125], [1000, 43, None, 35.681243, 139.767252]],
    }  # fmt: skip
    return json.dumps(header | changes).encode()


def test_rows_are_stored_with_their_time_boot_and_sequence(yard: Yard) -> None:
    outcome = yard.send(T, batch())

    assert outcome.stored_count == 2
    assert yard.rows(
        "SELECT sampled_at, row_key & 4294967295, row_key >> 32, clock_quality, speed_kmh, engine_rpm, lat"
        " FROM sample ORDER BY 1"
    ) == [
        (datetime(2026, 4, 1, 10, 45, 12, tzinfo=UTC), 1042, 17, 3, 42.0, 2147.0, 35.681241),
        (datetime(2026, 4, 1, 10, 45, 13, tzinfo=UTC), 1043, 17, 3, 43.0, None, 35.681243),
    ]


def test_the_same_message_again_adds_nothing_and_touches_nothing(yard: Yard) -> None:
    yard.send(T, batch())
    yard.conn.execute("DELETE FROM derive_touch")

    assert yard.send(T, batch()).stored_count == 0
    assert yard.rows("SELECT count(*) FROM sample") == [(2,)]
    assert yard.rows("SELECT count(*) FROM derive_touch") == [(0,)]


def test_the_same_message_twice_in_one_batch_is_stored_once(yard: Yard) -> None:
    assert yard.send_all([(T, batch()), (T, batch())]).stored_count == 2


def test_two_different_rows_of_one_instant_are_both_kept(yard: Yard) -> None:
    rows = [[0, 42, 2147, None, None], [0, 43, 2147, None, None]]
    assert yard.send(T, batch(r=rows)).stored_count == 2


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor().compress])
def test_compression_is_recognised_by_the_first_bytes(yard: Yard, pack: Any) -> None:
    assert yard.send(T, pack(batch())).stored_count == 2


def test_the_deriver_is_told_what_was_touched(yard: Yard) -> None:
    yard.send(T, batch())

    first = datetime(2026, 4, 1, 10, 45, 12, tzinfo=UTC)
    assert yard.rows("SELECT vehicle_id, touched_from, touched_to FROM derive_touch") == [
        (yard.vehicle_id, first, first + timedelta(seconds=1))
    ]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{not json", "bad_json"),
        (b"", "bad_json"),
        (b"\xff\xfe\x00", "bad_json"),
        (b"[]", "bad_shape"),
        (batch(v=2), "unknown_version"),
        (batch(b=-1), "bad_shape"),
        (batch(t=None), "bad_shape"),
        (batch(r=[[0, 1]]), "bad_shape"),
        (batch(r=[["0", 1, 2, 3, 4]]), "bad_shape"),
        (batch(r=[[0, 1, 2, 3, 4]] * 10_001), "too_many_rows"),
        (b'{"v":1,' + b" " * 10_000_000 + b"}", "too_large"),
        (gzip.compress(b"0" * 50_000_000), "too_large"),
        (zstandard.ZstdCompressor().compress(b"0" * 50_000_000), "too_large"),
        (gzip.compress(batch())[:-20], "bad_compression"),
        (b"\x1f\x8bnonsense", "bad_compression"),
        (b"\x28\xb5\x2f\xfdnonsense", "bad_compression"),
        (batch(t=0), "time_too_early"),
        (batch(t=4_090_000_000_000), "time_in_future"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_stored_is_kept_whole_with_its_reason_and_the_rest_goes_on(
    yard: Yard, payload: bytes, reason: str
) -> None:
    outcome = yard.send_all([(T, batch()), (T, payload), (T, batch(q=2000, t=1_775_040_400_000))])

    assert outcome.stored_count == 4
    assert yard.rows("SELECT topic, reason, payload FROM dead_letter") == [(T, reason, payload)]


def test_a_message_of_an_unknown_device_is_kept(yard: Yard) -> None:
    yard.send("kei/v1/stranger/t", batch())

    assert yard.rows("SELECT reason, fleet_id FROM dead_letter") == [("unknown_device", None)]


def test_a_dead_letter_that_comes_again_is_counted_not_kept_twice(yard: Yard) -> None:
    yard.send_all([(T, b"{"), (T, b"{")])

    assert yard.rows("SELECT received_count FROM dead_letter") == [(2,)]


def test_rows_outside_the_bounds_of_time_do_not_hold_up_the_others(yard: Yard) -> None:
    payload = batch(t=0, r=[[0, 1, 2, None, None], [1_775_040_312_000, 3, 4, None, None]])

    assert yard.send(T, payload).stored_count == 1
    assert yard.rows("SELECT reason, detail FROM dead_letter") == [
        ("time_too_early", "1 of 2 rows were not stored: 0 (time_too_early)")
    ]


def test_values_that_cannot_be_true_are_set_aside_not_dropped(yard: Yard) -> None:
    yard.send(T, batch(r=[[0, 255, "high", 0, 0], [1000, 43, -5, 91, 10]]))

    assert yard.rows("SELECT speed_kmh, engine_rpm, lat, lon, extra FROM sample ORDER BY sampled_at") == [
        (None, None, None, None, {"refused": {"speed_kmh": 255, "engine_rpm": "high", "position": "0, 0"}}),
        (43.0, None, None, 10.0, {"refused": {"engine_rpm": -5, "lat": 91}}),
    ]
    assert yard.rows("SELECT refused_count FROM device_seen") == [(5,)]


def test_nan_and_infinity_are_set_aside(yard: Yard) -> None:
    payload = batch(f=["spd", "rpm"], r=[[0, float("nan"), float("inf")]])
    assert b"NaN" in payload

    yard.send(T, payload)

    assert yard.rows("SELECT speed_kmh, extra FROM sample") == [
        (None, {"refused": {"speed_kmh": "nan", "engine_rpm": "inf"}})
    ]


def test_unknown_keys_are_kept_beside_the_columns(yard: Yard) -> None:
    yard.send(T, batch(f=["spd", "pto_shaft"], r=[[0, 5, "on\x00"]]))

    assert yard.rows("SELECT speed_kmh, extra FROM sample") == [(5.0, {"x_pto_shaft": "on\ufffd"})]


def test_no_message_the_database_refuses_can_stop_the_stream(yard: Yard) -> None:
    poison = batch(b=18, q=2**32 - 1, r=[[0, 1, 2, None, None]], t=9_000_000_000_000_000)

    outcome = yard.send_all([(T, batch()), (T, poison), (T, batch(q=2000, t=1_775_040_400_000))])

    assert (outcome.stored_count, outcome.dead_letter_count) == (4, 1)


def test_an_undated_row_is_dated_by_its_age_and_keeps_its_time_when_it_comes_again(yard: Yard) -> None:
    undated = batch(c=0, t=None, u=10_000, un=12_000, r=[[0, 1, 2, None, None]])
    yard.send(T, undated)

    assert yard.send(T, undated, received_at=NOW + timedelta(minutes=5)).stored_count == 0
    assert yard.rows("SELECT sampled_at FROM sample") == [(NOW - timedelta(seconds=2),)]


HOUR = [
    batch(c=0, t=None, u=u, un=u + 1000, q=q, r=[[0, 1, 2, None, None]])
    for q, u in enumerate([60_000, 1_800_000, 3_600_000])
]
"""Rows of an hour without a clock, from the flash; each message states when it was built, only the last just now."""


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_backlog_without_a_clock_is_dated_by_the_message_that_was_built_last(
    yard: Yard, order: tuple[int, ...]
) -> None:
    outcome = yard.send_all([(T, HOUR[index]) for index in order])

    newest = NOW - timedelta(seconds=1)
    assert outcome.dead_letter_count == 0
    assert yard.rows("SELECT sampled_at FROM sample ORDER BY row_key") == [
        (newest - timedelta(seconds=second),) for second in (3540, 1800, 0)
    ]


def test_what_is_stored_of_a_backlog_moves_when_a_message_that_was_built_later_comes(yard: Yard) -> None:
    for payload in HOUR:
        yard.send_all([(T, payload)])

    newest = NOW - timedelta(seconds=1)
    assert yard.rows("SELECT sampled_at FROM sample ORDER BY row_key") == [
        (newest - timedelta(seconds=second),) for second in (3540, 1800, 0)
    ]


def test_what_a_batch_teaches_of_a_clock_moves_only_what_was_stored_before(yard: Yard) -> None:
    zero = NOW - timedelta(hours=1)
    zero_ms = round(zero.timestamp() * 1000)
    undated = [batch(c=0, t=None, u=u, un=u, q=u // 1000, r=[[0, 1, 2, None, None]]) for u in (10_000, 20_000)]
    dated = batch(c=3, t=zero_ms + 60_000, u=60_000, un=61_000, q=60, r=[[0, 1, 2, None, None]])
    yard.send(T, undated[0])

    yard.send_all([(T, dated), (T, undated[1])])

    assert yard.rows("SELECT sampled_at FROM sample ORDER BY 1") == [
        (zero + timedelta(seconds=second),) for second in (10, 20, 60)
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_a_boot_that_learns_the_time_moves_its_undated_rows_whatever_came_first(
    yard: Yard, order: tuple[int, ...]
) -> None:
    zero = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
    zero_ms = round(zero.timestamp() * 1000)
    messages = [
        batch(c=0, t=None, u=10_000, un=12_000, q=0, r=[[0, 1, 2, None, None]]),
        batch(c=3, t=zero_ms + 60_000, u=60_000, un=61_000, q=1, r=[[0, 1, 2, None, None]]),
        batch(c=2, t=zero_ms + 90_005, u=90_000, un=91_000, q=2, r=[[0, 1, 2, None, None]]),
    ]
    for index in order:
        yard.send(T, messages[index])

    assert yard.rows("SELECT sampled_at FROM sample ORDER BY row_key") == [
        (zero + timedelta(seconds=10),),
        (zero + timedelta(seconds=60),),
        (zero + timedelta(seconds=90, milliseconds=5),),
    ]


def test_a_device_that_asks_is_told_which_rows_are_committed(yard: Yard) -> None:
    payload = encode_telemetry(
        boot=3, first_sequence=7, unix_ms=1_775_040_312_000, uptime_ms=0, built_uptime_ms=0, clock_quality=3,
        keys=["spd"], rows=[[0, 1], [1000, 2]], wants_acknowledgement=True,
    )  # fmt: skip

    [(device_key, committed)] = yard.send(T, payload).committed

    assert device_key == "carry-1"
    assert committed.model_dump() == {"v": 1, "b": 3, "r": [(7, 8)]}


def test_an_older_message_never_replaces_a_newer_latest_value(yard: Yard) -> None:
    yard.send(T, batch())
    yard.send(T, batch(q=1, t=1_775_040_000_000, f=["spd", "v12"], r=[[0, 5, 12.1]]))

    assert yard.rows("SELECT speed_kmh, battery_v, lat FROM vehicle_latest") == [(43.0, pytest.approx(12.1), 35.681243)]


def test_a_phone_says_where_the_truck_is(yard: Yard) -> None:
    fix = {
        "_type": "location",
        "tst": "1775040312",
        "lat": 35.68,
        "lon": 139.76,
        "acc": 12,
        "vel": -1,
        "batt": 82,
        "bs": 2,
    }
    payload = json.dumps(fix).encode()

    assert yard.send_all([("owntracks/ken/phone", payload)] * 2).stored_count == 1
    assert yard.rows("SELECT lat, accuracy_m, gnss_speed_kmh, device_battery_pct, extra FROM sample") == [
        (35.68, 12.0, None, 82.0, {"x_bs": 2})
    ]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"{", "bad_json"),
        (b'{"_type":"location"}', "bad_shape"),
        (b'{"lat":1}', "bad_shape"),
        (b'{"_type":"encrypted","data":"AAAA"}', "encrypted"),
        (b'{"_type":"location","tst":1,"lat":35,"lon":139}', "time_too_early"),
    ],
)
def test_a_phones_message_that_cannot_be_read_is_kept(yard: Yard, payload: bytes, reason: str) -> None:
    yard.send("owntracks/ken/phone", payload)

    assert yard.rows("SELECT reason, payload FROM dead_letter") == [(reason, payload)]


def test_a_phones_last_will_is_no_sample_and_no_error(yard: Yard) -> None:
    assert yard.send("owntracks/ken/phone", b'{"_type":"lwt","tst":1775040312}').stored_count == 0
    assert yard.rows("SELECT count(*) FROM dead_letter") == [(0,)]


def test_two_boots_whose_clocks_say_the_same_time_are_both_kept(yard: Yard) -> None:
    """A logger without a battery for its clock wakes at the same remembered time after each start."""
    stored = [yard.send(T, batch(c=1, b=boot, q=0)).stored_count for boot in (1, 2, 2**32 - 1)]

    assert stored == [2, 2, 2]


def test_rows_expected_to_be_new_are_stored_and_touched_like_others(yard: Yard) -> None:
    other_columns = batch(q=5000, t=1_775_040_500_000, f=["v12"], r=[[0, 12.5]])

    outcome = yard.send_all([(T, batch()), (T, other_columns)], all_new=True)

    assert (outcome.stored_count, outcome.had_known_rows) == (3, False)
    assert yard.rows("SELECT touched_to - touched_from FROM derive_touch") == [(timedelta(seconds=188),)]
    assert yard.rows("SELECT battery_v FROM sample WHERE speed_kmh IS NULL") == [(12.5,)]


def test_a_wrong_expectation_costs_time_but_no_row(yard: Yard) -> None:
    yard.send(T, batch())

    outcome = yard.send_all([(T, batch()), (T, batch(q=2000, t=1_775_040_400_000))], all_new=True)

    assert (outcome.stored_count, outcome.had_known_rows) == (2, True)
    assert yard.rows("SELECT count(*) FROM sample") == [(4,)]


def test_the_two_halves_of_a_position_make_one_row(yard: Yard) -> None:
    yard.device("me/K001", source="ovms")
    topic = "ovms/me/K001/metric/v/p/"

    yard.send_all([(topic + "latitude", b"35.681"), (topic + "longitude", b"139.767")])

    assert yard.rows("SELECT lat, lon FROM sample") == [(35.681, 139.767)]


def test_each_message_of_a_batch_has_its_own_fate_also_where_the_database_refuses_one(yard: Yard) -> None:
    yard.conn.execute("ALTER TABLE sample ADD CONSTRAINT no_666 CHECK (engine_rpm <> 666)")
    good, poison, evil = batch(), b"{", batch(q=0, f=["rpm"], r=[[0, 666]])
    messages = [Message(T, payload, NOW, 0, 0, 0, wants_ranges=True) for payload in (good, poison, evil, good)]

    outcome = write(yard.conn, messages, limits_of(IngestSettings()), DeviceCache())

    assert [(one.message, one.reason, one.is_whole) for one in outcome.set_aside] == [
        (messages[1], "bad_json", True),
        (messages[2], "database_refused", True),
    ]
    assert [(message, committed.r) for message, committed in outcome.ranges] == [
        (messages[0], [(1042, 1043)]),
        (messages[3], [(1042, 1043)]),
    ]
    assert outcome.committed == []

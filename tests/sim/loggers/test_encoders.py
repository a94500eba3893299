"""Every format, from rows through the ingestor's own decoder: the same values come out, at the same times."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from keitora.access.rights import topics_of
from keitora.samples.model import Block, ClockQuality, Decoded
from keitora.wire.filters import overlap
from keitora_ingestor.decode import decode
from keitora_ingestor.decode.bounds import Bounds, Incoming
from keitora_ingestor.decode.join import join
from keitora_sim.loggers import obd2mqtt, ovms, teltonika, traccar, wican
from keitora_sim.loggers.model import CanLoseTime, Sent
from keitora_sim.loggers.table import FORMATS, NEVER_UNSET, Format, device_key, encoder, source_of
from keitora_sim.recording import Row

AT = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
PLACE = ("lat", "lon", "altitude_m", "gnss_speed_kmh", "heading_deg")
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "native": (*PLACE, "accuracy_m", "speed_kmh", "engine_rpm", "map_kpa", "lambda_ratio", "battery_v", "ignition_on"),
    "owntracks": (*PLACE, "accuracy_m", "device_battery_pct"),
    "wican": tuple(wican.KEYS),
    "wican-pro": tuple(wican.KEYS),
    "ovms": tuple(ovms.METRICS),
    "obd2mqtt": ("lat", "lon", *obd2mqtt.STATES),
    "obd2mqtt-imperial": ("lat", "lon", *obd2mqtt.STATES),
    "teltonika": (*PLACE, *teltonika.AVL),
    "traccar": (*PLACE, "accuracy_m", *traccar.ATTRIBUTES),
    "sensorlogger": (*PLACE, "accuracy_m"),
}
NEAR: Final = {"lat": 4e-6, "lon": 9e-6, "odometer_km": 0.6, "lambda_ratio": 0.006, "battery_v": 0.006, "maf_gs": 0.006}
"""What a format may round away; whole numbers otherwise."""
RANGES: Final[dict[str, st.SearchStrategy[float]]] = {
    "lat": st.floats(35, 36).map(lambda x: round(x, 6)),
    "lon": st.floats(138, 139).map(lambda x: round(x, 6)),
    "altitude_m": st.integers(1, 900),
    "gnss_speed_kmh": st.integers(1, 90),
    "heading_deg": st.integers(1, 359),
    "accuracy_m": st.integers(1, 30),
    "speed_kmh": st.integers(0, 90),
    "engine_rpm": st.integers(700, 6000),
    "map_kpa": st.integers(20, 100),
    "maf_gs": st.floats(1, 30).map(lambda x: round(x, 2)),
    "throttle_pct": st.integers(10, 90),
    "engine_load_pct": st.integers(10, 100),
    "coolant_temp_c": st.integers(-9, 110),
    "intake_temp_c": st.integers(-9, 60),
    "baro_kpa": st.integers(85, 102),
    "lambda_ratio": st.floats(0.8, 1.2).map(lambda x: round(x, 2)),
    "battery_v": st.floats(10, 14.5).map(lambda x: round(x, 2)),
    "ignition_on": st.booleans(),
    "charging_on": st.booleans(),
    "odometer_km": st.floats(1000, 90_000).map(lambda x: round(x, 1)),
    "fuel_level_pct": st.integers(0, 100),
    "soc_pct": st.integers(1, 100),
    "hv_voltage_v": st.integers(250, 400),
    "hv_current_a": st.integers(-150, 150),
    "range_km": st.integers(1, 250),
    "ambient_temp_c": st.integers(-20, 40),
    "device_battery_pct": st.integers(1, 100),
}


@st.composite
def drives(draw: st.DrawFn) -> tuple[Format, list[Row]]:
    name = draw(st.sampled_from(FORMATS))
    columns = COLUMNS[name]
    rows = [
        Row(AT + timedelta(seconds=600 * index), {column: draw(RANGES[column]) for column in columns})
        for index in range(draw(st.integers(1, 4)))
    ]
    return name, rows


def decoded(messages: list[Sent]) -> list[Decoded]:
    read: list[Decoded] = []
    announced: dict[str, str] = {}
    for one in messages:
        levels = tuple(one.topic.split("/"))
        incoming = Incoming(
            levels=levels,
            payload=one.payload,
            received_at=one.at,
            bounds=Bounds(),
            units_of=lambda _source, _device_key, known=announced: known,  # type: ignore[misc]
        )
        read.append(decode(incoming))
        announced |= read[-1].units
    return join(read)


def rows_of(block: Block) -> list[dict[str, object]]:
    return [
        {column: values[index] for column, values in block.columns.items() if values[index] is not None}
        for index in range(len(block))
    ]


@given(drives())
def test_the_ingestor_reads_what_the_logger_sampled(drive: tuple[Format, list[Row]]) -> None:
    name, rows = drive
    for axis in ("lat", "lon") if name == "ovms" else ():  # it sends what changed; half a position is no position
        assume(len({row.values[axis] for row in rows}) == len(rows))
    key = device_key(name, "carry-1")
    logger = encoder(name, key)

    read = decoded(logger.encode(rows))

    assert {one.source for one in read} == {source_of(name)}
    assert {one.device_key for one in read} == {key}
    found: dict[int, dict[str, object]] = {}
    for one in read:
        if one.block is not None:
            for ts_ms, values in zip(one.block.at_ms or (), rows_of(one.block), strict=True):
                assert ts_ms is not None
                found.setdefault(round(ts_ms / 1000), {}).update(values)
    told: dict[str, object] = {}
    for row in rows:
        seen = found.get(round(row.sampled_at.timestamp()), {})
        told = told | seen if name == "ovms" else seen  # what did not change is not sent again
        for column, value in row.values.items():
            near = 0.81 if name == "obd2mqtt-imperial" and column == "speed_kmh" else NEAR.get(column, 0.51)
            assert told[column] == pytest.approx(value, abs=near), column


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_truck_does_not_have_is_not_made_up(name: Format) -> None:
    logger = encoder(name, device_key(name, "carry-1"))
    row = Row(AT, {"lat": 35.5, "lon": 138.5, "gnss_speed_kmh": 20.0, "battery_v": 12.6})

    columns = {
        column
        for one in decoded(logger.encode([row]))
        if one.block is not None
        for values in rows_of(one.block)
        for column in values
    }

    assert columns <= {*PLACE, "battery_v", "satellite_count", "accuracy_m"}


def test_habits_are_those_of_the_devices() -> None:
    row = Row(AT, {"lat": 35.681241, "lon": 139.767125, "engine_rpm": 2147, "soc_pct": 60, "hv_current_a": -40})
    engine_off = Row(AT + timedelta(seconds=60), {"lat": 35.681241, "lon": 139.767125})
    sent = {name: encoder(name, device_key(name, "carry-1")).encode([row, engine_off]) for name in FORMATS}

    assert {name for name, messages in sent.items() if all(one.retain for one in messages)} == {
        "owntracks", "wican", "wican-pro", "ovms", "obd2mqtt", "obd2mqtt-imperial",
    }  # fmt: skip
    assert {name for name, messages in sent.items() if all(one.qos == 0 for one in messages)} == {
        "wican", "wican-pro", "ovms", "obd2mqtt", "obd2mqtt-imperial", "sensorlogger",
    }  # fmt: skip
    assert b'"0C-EngineRPM":2147' in sent["wican"][1].payload, "a WiCAN repeats what it read last"
    assert b"timestamp" not in sent["wican"][0].payload
    assert [one.payload for one in sent["ovms"] if one.topic.endswith("longitude")] == [b"139.767120"], "32 bits"
    assert [one.payload for one in sent["ovms"] if one.topic.endswith("current")] == [b"40"], "out is positive"


def parked(minutes: int, **values: float) -> list[Row]:
    """A last row with the engine on, and what a parked truck's logger wakes up for every ten minutes."""
    driving = {"lat": 35.5, "lon": 138.5, "gnss_speed_kmh": 0.0, "engine_rpm": 880, "battery_v": 14.1, "soc_pct": 60}
    rows = [Row(AT, driving | values | {"ignition_on": True})]
    return rows + [
        Row(AT + timedelta(minutes=10 * index, seconds=1), {"battery_v": 12.6, "soc_pct": 60, "ignition_on": False})
        for index in range(minutes // 10)
    ]


def test_a_wican_repeats_its_last_group_until_it_sleeps() -> None:
    for name in ("wican", "wican-pro"):
        sent = encoder(name, device_key(name, "carry-1")).encode(parked(60))

        again = [one for one in sent if one.rows == 0]
        assert 15 <= len(again) <= 18
        assert all(b'"0C-EngineRPM":880' in one.payload for one in sent)
        assert all(one.at - AT < timedelta(minutes=3, seconds=1) for one in again)
        assert (b'"timestamp"' in sent[0].payload) == (name == "wican-pro")


def test_a_wican_pro_tells_when_it_published_and_not_when_it_asked() -> None:
    asked_at = AT + timedelta(seconds=0.7)
    (sent,) = encoder("wican-pro", "02aa").encode([Row(asked_at, {"engine_rpm": 900})])

    assert f'"timestamp":{int(AT.timestamp()) + 1}'.encode() in sent.payload


def test_ovms_tells_what_changed_and_everything_every_twenty_minutes() -> None:
    rows = parked(60)
    sent = encoder("ovms", "sim/one").encode(rows)
    told_soc = [one.at - AT for one in sent if one.topic.endswith("v/b/soc")]
    told_volts = [one.payload for one in sent if one.topic.endswith("12v/voltage")]

    assert told_soc[0] == timedelta(0)
    assert [gap >= timedelta(minutes=20) for gap in told_soc[1:]] == [True] * (len(told_soc) - 1)
    assert len(told_soc) == 3
    assert told_volts[:2] == [b"14.1", b"12.6"]


def test_obd2mqtt_is_connected_with_every_burst_and_slow_with_the_tank() -> None:
    rows = [Row(AT + timedelta(seconds=index), {"engine_rpm": 900, "fuel_level_pct": 50}) for index in range(60)]
    topics = [one.topic.rpartition("_")[2] for one in encoder("obd2mqtt", "02aa").encode(rows)]

    assert [topics.count(name) for name in ("rpm", "connection", "fuelLevel")] == [60, 60, 2]


def test_obd2mqtt_announces_what_the_truck_has_at_its_start_and_every_five_minutes() -> None:
    rows = [Row(AT + timedelta(seconds=index), {"speed_kmh": 40, "lat": 35.5, "lon": 138.5}) for index in range(601)]
    sent = encoder("obd2mqtt-imperial", "02aa").encode(rows)
    announced = [one for one in sent if one.topic.startswith("homeassistant/")]

    assert sent[0] == announced[0]
    assert {one.topic for one in announced} == {
        "homeassistant/sensor/obd2mqtt/02aa_speed/config",
        "homeassistant/device_tracker/obd2mqtt/02aa_gpsLocation/config",
    }
    assert sorted({one.at - AT for one in announced}) == [timedelta(minutes=number) for number in (0, 5, 10)]
    assert all(one.retain and one.qos == 0 and one.rows == 0 for one in announced)
    assert b'"unit_of_measurement":"mph"' in announced[0].payload
    assert next(one.payload for one in sent if one.topic.endswith("_speed")) == b"25"


def test_a_device_may_publish_all_that_its_logger_sends() -> None:
    rows = [Row(AT, dict.fromkeys((*obd2mqtt.STATES, "lat", "lon"), 1))]
    rights = topics_of("obd2mqtt", "02aa")

    sent = encoder("obd2mqtt", "02aa").encode(rows)

    assert {one.topic for one in sent if not any(overlap(filter_, one.topic) for filter_ in rights.write)} == set()


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_has_a_clock_that_can_be_wrong_or_a_reason_why_not(name: Format) -> None:
    assert isinstance(encoder(name, "02aa"), CanLoseTime) != (name in NEVER_UNSET)


@pytest.mark.parametrize("name", ["teltonika", "wican-pro"])
def test_a_clock_that_was_never_set_is_not_believed_until_it_is_corrected(name: Format) -> None:
    logger = encoder(name, device_key(name, "carry-1"))
    rows = [
        Row(AT + timedelta(seconds=10 * index), {"lat": 35.5, "lon": 138.5, "engine_rpm": 900}) for index in range(6)
    ]
    assert isinstance(logger, CanLoseTime)

    read = decoded([*logger.encode_unclocked(rows[:3]), *logger.encode(rows[3:])])
    blocks = [one.block for one in read if one.block is not None]

    assert [block.clock_quality is ClockQuality.UPTIME for block in blocks] == [True] * 3 + [False] * 3
    told = [at_ms for block in blocks for at_ms in block.at_ms or ()]
    assert told == pytest.approx([row.sampled_at.timestamp() * 1000 for row in rows], abs=1000)
    places = [values.get("lat") is not None for block in blocks for values in rows_of(block)]
    assert places == ([False] * 3 + [True] * 3 if name == "teltonika" else [False] * 6)


def test_a_gateway_forwards_a_year_that_cannot_be_until_the_clock_is_corrected() -> None:
    logger = encoder("traccar", "carry-1")
    rows = [Row(AT + timedelta(seconds=10 * index), {"lat": 35.5, "lon": 138.5}) for index in range(2)]
    assert isinstance(logger, CanLoseTime)

    read = decoded([*logger.encode_unclocked(rows[:1]), *logger.encode(rows[1:])])
    told = [
        datetime.fromtimestamp((at_ms or 0) / 1000, UTC) for one in read if one.block for at_ms in one.block.at_ms or ()
    ]

    assert told == [datetime(2000, 1, 1, tzinfo=UTC), rows[1].sampled_at]


def test_a_teltonika_says_why_when_the_key_is_turned() -> None:
    sent = encoder("teltonika", "000123").encode(parked(20))

    assert [b'"evt":239' in one.payload for one in sent] == [False, True, False]
    assert b'"pr":1' in sent[1].payload


def test_batches_do_not_wait_for_company_for_hours() -> None:
    rows = [Row(AT + timedelta(minutes=10 * index), {"lat": 35.5, "lon": 138.5}) for index in range(6)]

    for name in ("native", "sensorlogger"):
        sent = encoder(name, "carry-1").encode(rows)
        assert [one.at for one in sent] == [row.sampled_at for row in rows]

"""The fast lane and the careful one store the same."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keitora.settings import IngestSettings
from keitora_ingestor.decode.table import FORMATS, Table
from keitora_ingestor.devices import DeviceCache
from keitora_ingestor.limits import Limits
from keitora_ingestor.message import Message
from keitora_ingestor.service import limits_of
from keitora_ingestor.writer import write
from tests.ingestor.conftest import NOW, Yard

START_MS = 1_775_040_312_000
CAREFUL = Table(tuple(replace(one, read_plain=None) for one in FORMATS))
ALL = "SELECT * FROM sample ORDER BY vehicle_id, sampled_at, device_id, row_key"
LATEST = "SELECT * FROM vehicle_latest"
BOOTS = "SELECT boot, numbers, given_up_count, last_heard_at FROM device_boot ORDER BY boot"
DAYS = "SELECT * FROM device_day"
SEEN = "SELECT message_count, sample_count, refused_count, last_sampled_at FROM device_seen"

cells = st.one_of(st.none(), st.integers(-50, 400), st.floats(-200, 200, width=32), st.booleans())
messages = st.builds(
    lambda sequence, quality, start_s, keys, rows: {
        "v": 1, "b": 3, "q": sequence, "t": START_MS + start_s * 1000, "u": start_s * 1000, "un": start_s * 1000 + 50,
        "c": quality, "f": keys, "r": [[offset * 250, *row[: len(keys)]] for offset, row in enumerate(rows)],
    },
    st.integers(0, 40),
    st.integers(0, 3),
    st.sampled_from([-5, -3000, 0, 1, 2, 30, 60, 4000]),
    st.lists(st.sampled_from(["lat", "lon", "spd", "rpm", "fss", "ign", "v12"]), unique=True, max_size=4),
    st.lists(st.lists(cells, min_size=4, max_size=4), min_size=1, max_size=4),
)  # fmt: skip


def stored(yard: Yard, batch: list[Message], limits: Limits) -> list[Any]:
    yard.conn.execute("TRUNCATE sample, vehicle_latest, device_seen, boot_clock, dead_letter, device_boot, device_day")
    write(yard.conn, batch, limits, DeviceCache())
    return [yard.rows(query) for query in (ALL, LATEST, SEEN, BOOTS, DAYS)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(messages, min_size=1, max_size=8))
def test_both_lanes_store_the_same_rows_latest_values_and_counts(yard: Yard, told: list[dict[str, Any]]) -> None:
    batch = [Message("kei/v1/carry-1/t", json.dumps(one).encode(), NOW, 0, 1, 0) for one in told]
    limits = limits_of(IngestSettings())

    assert stored(yard, batch, limits) == stored(yard, batch, replace(limits, table=CAREFUL))

"""What is counted of a device while its messages are stored."""

import asyncio
import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from psycopg import AsyncConnection

from keitora.clock import utc_now
from keitora.quality.queries import list_qualities
from keitora.quality.reading import DeviceQuality, read_devices
from keitora_ingestor.fitting.command import device
from tests.ingestor.conftest import NOW, Yard

T = "kei/v1/carry-1/t"
NOW_MS = round(NOW.timestamp() * 1000)


def rows(first: int, count: int = 10, *, boot: int = 1, speed: float = 1, **changes: Any) -> tuple[str, bytes]:
    at_ms = NOW_MS - 600_000 + 1000 * first
    body = {
        "v": 1, "b": boot, "q": first, "t": at_ms, "u": 1000 * first, "un": 1000 * first, "c": 3,
        "f": ["spd"], "r": [[1000 * i, speed + i] for i in range(count)],
    }  # fmt: skip
    return T, json.dumps(body | changes).encode()


def day(yard: Yard, columns: str) -> Any:
    return yard.rows(f"SELECT {columns} FROM device_day")


def missing(yard: Yard) -> int:
    return int(yard.rows("SELECT coalesce(sum(count_missing(numbers) + given_up_count), 0) FROM device_boot")[0][0])


def test_messages_rows_and_repetitions_are_counted(yard: Yard) -> None:
    yard.send_all([rows(0), rows(10)])
    yard.send_all([rows(10), rows(20, c=2)])

    columns = "message_count, row_count, new_count, network_row_count, satellite_row_count"
    assert day(yard, columns) == [(4, 40, 30, 10, 30)]
    assert missing(yard) == 0


def test_a_gap_shows_and_closes_when_the_backlog_arrives(yard: Yard) -> None:
    yard.send_all([rows(0)])
    yard.send_all([rows(30)])
    assert missing(yard) == 20

    yard.send_all([rows(10)])
    assert missing(yard) == 10
    yard.send_all([rows(20), rows(20)])
    assert missing(yard) == 0


def test_an_event_closes_the_gap_its_number_leaves(yard: Yard) -> None:
    yard.send_all([rows(0), rows(11)])
    assert missing(yard) == 1

    event = {"v": 1, "b": 1, "q": 10, "t": NOW_MS, "u": 1, "un": 1, "c": 3, "ev": "tow"}
    yard.send("kei/v1/carry-1/e", json.dumps(event).encode())

    assert missing(yard) == 0
    assert day(yard, "event_count, row_count, new_count") == [(1, 20, 21)]


def test_refused_values_and_rows_are_counted_by_reason(yard: Yard) -> None:
    yard.send_all([rows(0, 2, speed=400), rows(2, 1, t=NOW_MS + 10**9), rows(3, 1, speed=-5)])

    assert day(yard, "refused_counts") == [({"speed_kmh": 3, "time_in_future": 1},)]


def test_late_rows_and_rows_without_a_clock_are_counted(yard: Yard) -> None:
    yard.send_all([rows(0, 2, t=NOW_MS - 7_200_000), rows(2, 3, boot=2, c=0, t=None)])

    assert day(yard, "row_count, late_row_count, uptime_row_count") == [(5, 2, 3)]


def test_a_day_is_the_fleets_own(yard: Yard) -> None:
    yard.send(*rows(0), received_at=NOW.replace(hour=14, minute=59))
    yard.send(*rows(10), received_at=NOW.replace(hour=15, minute=1))

    assert [str(row[0]) for row in yard.rows("SELECT local_date FROM device_day ORDER BY 1")] == [
        "2026-04-01",
        "2026-04-02",
    ]


@pytest.mark.parametrize(
    ("zone", "hour", "day_before", "is_counted"),
    [
        # Six days ago is one of the last seven, seven days ago is not; the date of UTC is another one at these hours.
        ("Asia/Tokyo", 23, 6, True),
        ("Asia/Tokyo", 23, 7, False),
        ("America/Los_Angeles", 1, 6, True),
        ("America/Los_Angeles", 1, 7, False),
    ],
)
def test_the_last_seven_days_are_the_fleets_own(
    yard: Yard, database_url: str, zone: str, hour: int, day_before: int, *, is_counted: bool
) -> None:
    now = NOW.replace(hour=hour)
    yard.conn.execute("UPDATE fleet SET time_zone = %s", [zone])
    yard.send(*rows(0), received_at=now - timedelta(days=day_before))

    async def read() -> list[DeviceQuality]:
        async with await AsyncConnection.connect(database_url) as conn:
            return await read_devices(conn, fleet_id=yard.fleet_id, now=now, limit=100)

    listed = list_qualities(yard.conn, fleet_id=yard.fleet_id, now=now)
    shown = [one.row_count for one in asyncio.run(read()) if one.device_key == "carry-1"]

    assert [one.row_count for one in listed] == ([10] if is_counted else [])
    assert shown == [10 if is_counted else None]


def test_formats_without_numbers_are_counted_too(yard: Yard) -> None:
    yard.send("owntracks/ken/phone", b'{"_type":"location","tst":%d,"lat":35.5,"lon":139.5}' % (NOW_MS // 1000))

    assert day(yard, "message_count, row_count, new_count, satellite_row_count") == [(1, 1, 1, 1)]
    assert yard.rows("SELECT count(*) FROM device_boot") == [(0,)]


def test_a_boot_full_of_gaps_keeps_their_count_only(yard: Yard) -> None:
    yard.send_all([rows(2 * i, 1) for i in range(600)], received_at=NOW + timedelta(hours=1))
    assert missing(yard) == 599
    yard.send_all([rows(1200, 1)])

    assert missing(yard) == 599 + 1
    assert yard.rows("SELECT count(*) FROM device_boot, unnest(numbers)") == [(2,)]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_order_and_company_the_same_numbers_have_come(yard: Yard, seed: int) -> None:
    random = Random(seed)
    sent = [rows(10 * i) for i in range(20) if i not in (4, 5)]
    arrivals = [*sent, *random.choices(sent, k=7)]
    random.shuffle(arrivals)
    while arrivals:
        count = random.randint(1, 6)
        yard.send_all(arrivals[:count])
        arrivals = arrivals[count:]

    assert missing(yard) == 20
    assert day(yard, "new_count, row_count") == [(180, 250)]


def test_the_list_of_devices_tells_how_each_is(
    yard: Yard, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    yard.send_all([rows(0), rows(30)])
    yard.conn.execute("UPDATE device_seen SET last_received_at = now()")
    yard.conn.execute("UPDATE device_boot SET last_heard_at = now()")
    yard.conn.execute("UPDATE device_day SET local_date = (now() AT TIME ZONE 'Asia/Tokyo')::date")

    assert [one.missing_count for one in list_qualities(yard.conn, fleet_id=yard.fleet_id, now=utc_now())] == [20]
    device(["list"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.endswith("gaps") for line in lines if "carry-1" in line] == [True]
    assert [line.endswith("never heard") for line in lines if "ken/phone" in line] == [True]

"""What devices say has happened, from the message to the table."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from keitora.devices.model import Source
from keitora.events.commands import events
from keitora.fleets.queries import create_fleet
from keitora.vehicles.queries import create_vehicle
from keitora_ingestor.commands import dead_letters
from keitora_ingestor.fitting.command import device
from keitora_ingestor.queries import DeadLetter, bury
from tests.ingestor.conftest import NOW, Yard

E = "kei/v1/carry-1/e"
AT = datetime(2026, 4, 1, 10, 45, 12, tzinfo=UTC)
AT_MS = round(AT.timestamp() * 1000)


@pytest.fixture
def here(yard: Yard, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Yard:
    monkeypatch.setenv("KEITORA_DATABASE_URL", database_url)
    return yard


def event(**changes: Any) -> bytes:
    body: dict[str, Any] = {
        "v": 1, "b": 17, "q": 1044, "t": AT_MS, "u": 60_000, "un": 61_000, "c": 3,
        "ev": "dtc", "d": {"set": ["P0171"], "cleared": []},
    }  # fmt: skip
    return json.dumps(body | changes).encode()


def stored(yard: Yard) -> list[Any]:
    return yard.rows("SELECT at, kind, detail, boot, sequence FROM device_event ORDER BY sequence")


def test_an_event_is_stored_with_its_truck_time_and_detail(yard: Yard) -> None:
    outcome = yard.send(E, event())

    assert outcome.event_count == 1
    assert stored(yard) == [(AT, "dtc", {"set": ["P0171"], "cleared": []}, 17, 1044)]
    assert yard.rows("SELECT vehicle_id, clock_quality, received_at FROM device_event") == [(yard.vehicle_id, 3, NOW)]
    assert yard.rows("SELECT message_count FROM device_seen") == [(1,)]


def test_the_same_event_again_adds_nothing_and_is_answered_all_the_same(yard: Yard) -> None:
    outcomes = [yard.send(E, event(ak=True)) for _ in range(2)]

    assert [outcome.event_count for outcome in outcomes] == [1, 0]
    for outcome in outcomes:
        [(device_key, committed)] = outcome.committed
        assert (device_key, committed.model_dump()) == ("carry-1", {"v": 1, "b": 17, "r": [(1044, 1044)]})


def test_an_event_of_an_unknown_kind_with_any_detail_is_kept_as_it_is(yard: Yard) -> None:
    detail = {"load_kg": 350, "by": {"crane": [1, 2.5, None, "x\x00y"]}, "nan": float("nan"), "huge": 10**30}
    yard.send(E, event(ev="crane_up", d=detail))

    [(_, kind, kept, _, _)] = stored(yard)
    assert kind == "crane_up"
    assert kept == {
        "load_kg": 350,
        "by": {"crane": [1, 2.5, None, "x\ufffdy"]},
        "nan": "nan",
        "huge": hex(10**30),
    }


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_event_without_a_clock_is_dated_by_its_boot_in_whatever_order(yard: Yard, order: tuple[int, int]) -> None:
    undated = event(c=0, t=None, u=10_000, un=12_000, q=0, ev="boot", d={})
    dated = event(c=3, t=AT_MS + 60_000, u=60_000, un=60_500, q=1)
    for place in order:
        yard.send(E, [undated, dated][place])

    assert [row[0] for row in stored(yard)] == [AT + timedelta(seconds=10), AT + timedelta(seconds=60)]
    assert yard.send(E, undated).event_count == 0


def test_a_row_with_a_clock_dates_an_event_without_one(yard: Yard) -> None:
    yard.send(E, event(c=0, t=None, u=10_000, un=12_000, q=0))
    row = {"v": 1, "b": 17, "q": 1, "t": AT_MS + 60_000, "u": 60_000, "un": 60_000, "c": 2, "f": ["spd"], "r": [[0, 1]]}
    yard.send("kei/v1/carry-1/t", json.dumps(row).encode())

    assert [one[0] for one in stored(yard)] == [AT + timedelta(seconds=10)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"t": 0}, "time_too_early"),
        ({"t": AT_MS + 10**9}, "time_in_future"),
        ({"t": 2**53}, "time_in_future"),
        ({"ev": "No!"}, "bad_shape"),
        ({"v": 2}, "unknown_version"),
    ],
)
def test_an_event_that_cannot_be_stored_is_kept_whole(yard: Yard, changes: dict[str, Any], reason: str) -> None:
    assert yard.send(E, event(**changes)).event_count == 0
    assert yard.rows("SELECT reason, payload FROM dead_letter") == [(reason, event(**changes))]


def test_events_that_were_kept_before_they_could_be_read_are_replayed(
    here: Yard, capsys: pytest.CaptureFixture[str]
) -> None:
    bury(here.conn, [DeadLetter(E, event(), "not_yet", "events are not read yet", NOW)])

    assert dead_letters(["replay", "--reason", "not_yet"]) == 0

    assert [row[1] for row in stored(here)] == ["dtc"]
    assert here.rows("SELECT count(*) FROM dead_letter") == [(0,)]
    assert events([]) == 0
    said = capsys.readouterr().out
    assert "dtc" in said
    assert "P0171" in said
    assert "Carry" in said


def test_events_go_along_with_a_device_that_is_moved_in_hindsight(here: Yard) -> None:
    create_vehicle(here.conn, fleet_id=here.fleet_id, name="Hijet")
    here.send_all([(E, event(q=1, t=AT_MS - 3_600_000)), (E, event(q=2))])

    device(["move", "carry-1", "--vehicle", "Hijet", "--at", (AT - timedelta(minutes=1)).isoformat()])

    assert here.rows(
        "SELECT v.name FROM device_event JOIN vehicle AS v USING (vehicle_id) ORDER BY device_event.sequence"
    ) == [("Carry",), ("Hijet",)]


def test_the_api_sees_the_events_of_its_own_fleet_only(yard: Yard, database_url: str) -> None:
    other = create_fleet(yard.conn, name="Neighbour")
    yard.send(E, event())

    with psycopg.connect(database_url) as conn:
        conn.execute("SET ROLE keitora_api")
        for fleet_id, count in ((yard.fleet_id, 1), (other.fleet_id, 0)):
            conn.execute("SELECT set_config('keitora.fleet_id', %s, true)", [str(fleet_id)])
            assert conn.execute("SELECT count(*) FROM device_event").fetchone() == (count,)


TRACCAR = {
    "position": {
        "protocol": "h02", "deviceTime": "2026-04-01T10:45:12.000+0000", "fixTime": "2026-04-01T10:45:12.000+0000",
        "valid": True, "latitude": 35.68, "longitude": 139.76, "speed": 10.0,
        "attributes": {"alarm": "powerCut,hardBraking,fallDown"},
    },
    "device": {"uniqueId": "860000000000001"},
}  # fmt: skip
TELTONIKA = {"ts": AT_MS, "pr": 1, "latlng": "35.68,139.76", "alt": 0, "ang": 0, "sat": 9, "sp": 0}


def record(**values: Any) -> bytes:
    return json.dumps({"state": {"reported": TELTONIKA | values}}).encode()


@pytest.mark.parametrize(
    ("source", "device_key", "topic", "payload", "expected"),
    [
        (
            "owntracks", "ken/tab", "owntracks/ken/tab/event",
            b'{"_type":"transition","tst":1775040312,"lat":35.68,"lon":139.76,"event":"leave","desc":"field 3"}',
            [("geofence", AT, {"place": "field 3", "to": "leave", "lat": 35.68, "lon": 139.76})],
        ),
        (
            "owntracks", "ken/tab", "owntracks/ken/tab/waypoint",
            b'{"_type":"waypoint","desc":"depot","lat":35.68,"lon":139.76,"rad":120,"tst":1775040312}',
            [("waypoint", AT, {"place": "depot", "radius_m": 120, "lat": 35.68, "lon": 139.76})],
        ),
        (
            "owntracks", "ken/tab", "owntracks/ken/tab/waypoints",
            b'{"_type":"waypoints","waypoints":[{"_type":"waypoint","desc":"barn","lat":35,"lon":139,"tst":1775040312}]}',
            [("waypoint", AT, {"place": "barn", "lat": 35, "lon": 139})],
        ),
        ("owntracks", "ken/tab", "owntracks/ken/tab", b'{"_type":"lwt"}', [("offline", NOW, {})]),
        (
            "owntracks", "q/1", "owntracks/q/1",
            b'{"_type":"location","tst":1775040312,"lat":35.68,"lon":139.76,"t":"!"}',
            [("tow", AT, {"lat": 35.68, "lon": 139.76})],
        ),
        (
            "ovms", "farm/K1", "ovms/farm/K1/notify/alert/batt/12v/alert", b"12V Battery critical: 11.2V",
            [("low_battery", NOW, {"text": "12V Battery critical: 11.2V"})],
        ),
        (
            "ovms", "farm/K1", "ovms/farm/K1/notify/error/obd", b"P0171",
            [("alarm", NOW, {"name": "obd", "text": "P0171"})],
        ),
        ("ovms", "farm/K1", "ovms/farm/K1/event/vehicle/on", b"", [("ign_on", NOW, {})]),
        ("ovms", "farm/K1", "ovms/farm/K1/event", b"vehicle.on", []),
        ("ovms", "farm/K1", "ovms/farm/K1/event/ticker/60", b"", []),
        (
            "wican", "84f703406f75", "wican/84f703406f75/voltage",
            b'{"alert": "low_battery", "battery_voltage": 11.532000}', [("low_battery", NOW, {"v12": 11.532})],
        ),
        (
            "traccar", "860000000000001", "traccar/positions", json.dumps(TRACCAR).encode(),
            [("alarm", AT, {"name": "fallDown"}), ("harsh", AT, {"what": "brake"}), ("power_cut", AT, {})],
        ),
        ("teltonika", "86", "teltonika/86/data", record(evt=239, **{"239": 1}), [("ign_on", AT, {})]),
        ("teltonika", "86", "teltonika/86/data", record(evt=252, **{"252": 1}), [("power_cut", AT, {})]),
        ("teltonika", "86", "teltonika/86/data", record(evt=247, **{"247": 0}), []),
        ("teltonika", "86", "teltonika/86/data", record(evt=0, **{"239": 1}), []),
        (
            "teltonika", "86", "teltonika/86/data", record(evt=253, **{"253": 2, "254": 31}),
            [("harsh", AT, {"what": "brake", "x_io254": 31})],
        ),
        (
            "teltonika", "86", "teltonika/86/data", record(evt=78, **{"78": 0x0100000B2F1A5E}),
            [("driver", AT, {"id": "000100000B2F1A5E", "by": "ibutton", "on": True})],
        ),
        ("teltonika", "86", "teltonika/86/data", record(evt=0, pr=2), [("button", AT, {"name": "sos"})]),
    ],
)  # fmt: skip
def test_what_other_formats_say_has_happened_is_stored_once(
    yard: Yard, source: Source, device_key: str, topic: str, payload: bytes, expected: list[Any]
) -> None:
    yard.device(device_key, source=source)

    yard.send(topic, payload)
    again = yard.send(topic, payload)

    assert again.event_count == 0
    assert yard.rows("SELECT kind, at, detail FROM device_event ORDER BY kind") == expected
    assert yard.rows("SELECT reason, detail FROM dead_letter") == []

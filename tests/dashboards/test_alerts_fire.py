"""Each alert fires where there is what it is about, and nothing else does; and a fleet at rest is quiet."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from secrets import token_bytes
from typing import Any, NamedTuple

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.services.queries import beat
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from keitora_dashboards.alerts.rules import rules
from keitora_dashboards.reader import LANGUAGES, Language, Reader
from tests.api.builders import (
    NOW,
    World,
    add_day,
    add_episode,
    add_latest,
    add_samples,
    add_stop,
    add_trip,
    add_upkeep,
    add_world,
    drive,
    insert,
)
from tests.dashboards.test_alerts import alerts

_NUMBERS = count(1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Disk(NamedTuple):
    total: int
    used: int
    free: int


Make = Callable[[psycopg.Connection, World], object]


@pytest.fixture(scope="module")
def conn(module_database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="module")
def client(module_database_url: str) -> Iterator[TestClient]:
    settings = ServiceSettings(database_url=SecretStr(module_database_url), database_pool_size=2)
    with TestClient(create_app(settings, clock=lambda: NOW)) as client:
        yield client


@pytest.fixture
def resting(conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> World:
    """A fleet whose trucks were driven yesterday and stand since, with a tank of services that are well."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10**12, 10**11, 9 * 10**11))
    for table in ("service_heartbeat", "dead_letter", "derive_touch"):
        conn.execute(f"DELETE FROM {table}")
    world = add_world(conn, f"Farm {next(_NUMBERS)}")
    for truck in world.trucks:
        add_trip(conn, truck, NOW - DAY)
        add_latest(conn, truck, NOW - DAY + 20 * MINUTE, speed_kmh=0.0)
        add_episode(conn, truck, NOW - DAY, kind="overheating")
    add_upkeep(conn, world.trucks[0])
    alive(conn, "ingest", broker_connected=True, samples_per_s=0.0, waiting_messages=0)
    alive(conn, "derive", derived=7)
    return world


def alive(conn: psycopg.Connection, service: str, *, ago: timedelta = timedelta(0), **detail: Any) -> None:
    beat(conn, service=service, instance="box:1", detail=detail)
    conn.execute("UPDATE service_heartbeat SET beat_at = %s WHERE service = %s", [NOW - ago, service])


def episode(kind: str, *, lasts: bool) -> Make:
    end = {"closed_at": None, "ended_by": None} if lasts else {}
    return lambda conn, world: add_episode(conn, world.trucks[1], NOW - 5 * MINUTE, kind=kind, **end)


def fall_silent(conn: psycopg.Connection, world: World) -> None:
    # It was driving when it was last heard, an hour ago.
    conn.execute(
        "UPDATE vehicle_latest SET sampled_at = %(at)s, speed_at = %(at)s, speed_kmh = 40 WHERE vehicle_id = %(truck)s",
        {"at": NOW - HOUR, "truck": world.trucks[1].vehicle_id},
    )


def keep_letter(conn: psycopg.Connection, world: World) -> None:
    insert(
        conn, "dead_letter", fleet_id=world.fleet.fleet_id, topic="t", payload=b"{", reason="bad_json", detail="",
        message_sha256=token_bytes(32), first_received_at=NOW, last_received_at=NOW,
    )  # fmt: skip


def wait_for_derive(conn: psycopg.Connection, _: World) -> None:
    conn.execute(
        "INSERT INTO derive_touch (vehicle_id, touched_from, touched_to)"
        " SELECT n, %s, %s FROM generate_series(1, 21) AS n",
        [NOW, NOW],
    )


def overdue(conn: psycopg.Connection, world: World) -> None:
    add_upkeep(conn, world.trucks[1], name="Inspection", due_on=NOW.date() - DAY, every_km=None)


WRONG: dict[str, Make] = {
    "keitora-silent": fall_silent,
    "keitora-upkeep": overdue,
    "keitora-over-rev": episode("over_rev", lasts=False),
    "keitora-overheating": episode("overheating", lasts=True),
    "keitora-fuel-loss": episode("fuel_loss", lasts=False),
    "keitora-weak-battery": episode("weak_battery", lasts=True),
    "keitora-weak-cranking": episode("weak_cranking", lasts=False),
    "keitora-out-of-hours": episode("out_of_hours", lasts=True),
    "keitora-out-of-area": episode("out_of_area", lasts=True),
    "keitora-towed": episode("towed", lasts=False),
    "keitora-power-cut": episode("power_cut", lasts=False),
    "keitora-trouble-code": episode("trouble_code", lasts=True),
    "keitora-service-late": lambda conn, _: alive(conn, "derive", ago=5 * MINUTE),
    "keitora-broker-away": lambda conn, _: alive(conn, "ingest", broker_connected=False),
    "keitora-ingest-lag": lambda conn, _: alive(conn, "ingest", broker_connected=True, lag_s=400.0),
    "keitora-derive-behind": wait_for_derive,
    "keitora-dead-letters": keep_letter,
}
OF_DISK = {"keitora-disk-used", "keitora-disk-days"}


def fired(client: TestClient, world: World) -> set[str]:
    return {rule.uid for rule in rules() if alerts(client, rule, world.headers("viewer"))}


def test_every_rule_is_tried() -> None:
    assert WRONG.keys() | OF_DISK == {rule.uid for rule in rules()}


def test_a_fleet_at_rest_with_its_data_absent_since_yesterday_is_quiet(client: TestClient, resting: World) -> None:
    assert fired(client, resting) == set()


@pytest.mark.parametrize("uid", WRONG)
def test_an_alert_fires_for_what_it_is_about_and_no_other(
    client: TestClient, conn: psycopg.Connection, resting: World, uid: str
) -> None:
    WRONG[uid](conn, resting)

    assert fired(client, resting) == {uid}


def test_a_disk_that_fills_up_is_told_before_it_is_full(
    client: TestClient, conn: psycopg.Connection, resting: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The days of the last weeks, and the room that their samples take, say how fast the database grows.
    now = conn.execute("SELECT now()").fetchone()
    assert now is not None
    add_samples(conn, resting.trucks[0], drive(now[0] - HOUR, 60))
    add_stop(conn, resting.trucks[0], now[0] - HOUR)
    add_day(conn, resting.trucks[0], now[0].date(), sample_count=60)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10**12, 5 * 10**11, 1000))

    assert fired(client, resting) == OF_DISK


MOMENTARY = ["over_rev", "fuel_loss", "weak_cranking", "towed", "power_cut"]


def hear(
    conn: psycopg.Connection,
    world: World,
    *kinds: str,
    ago: timedelta,
    heard_ago: timedelta,
    lasted: timedelta = MINUTE,
) -> None:
    """Let these have been noticed so long ago, by a sample that arrived so long ago."""
    truck, noticed_at = world.trucks[1], NOW - ago
    for kind in kinds:
        add_episode(conn, truck, noticed_at - lasted, kind=kind, noticed_at=noticed_at, closed_at=noticed_at)
    delay_s = round((ago - heard_ago).total_seconds())
    add_samples(conn, truck, [{"sampled_at": noticed_at, "delay_s": delay_s, "battery_v": 12.4}])


@pytest.mark.parametrize("kind", MOMENTARY)
@pytest.mark.parametrize("ago", [20 * MINUTE, 5 * HOUR, 6 * DAY])
def test_what_happened_without_coverage_is_told_when_it_is_heard_of(
    client: TestClient, conn: psycopg.Connection, resting: World, kind: str, ago: timedelta
) -> None:
    hear(conn, resting, kind, ago=ago, heard_ago=2 * MINUTE)

    assert fired(client, resting) == {f"keitora-{kind.replace('_', '-')}"}


def test_fuel_gone_over_a_long_weekend_is_told_as_the_level_shows_it(
    client: TestClient, conn: psycopg.Connection, resting: World
) -> None:
    # It began, for all that is known, when the level was last seen: ten days ago.
    hear(conn, resting, "fuel_loss", ago=3 * MINUTE, heard_ago=3 * MINUTE, lasted=10 * DAY)

    assert fired(client, resting) == {"keitora-fuel-loss"}


@pytest.mark.parametrize("ago", [8 * DAY, 365 * DAY, 3000 * DAY])
def test_old_recordings_played_again_ring_for_nobody(
    client: TestClient, conn: psycopg.Connection, resting: World, ago: timedelta
) -> None:
    hear(conn, resting, *MOMENTARY, ago=ago, heard_ago=2 * MINUTE)

    assert fired(client, resting) == set()


@pytest.mark.parametrize(("ago", "heard_ago"), [(20 * MINUTE, 20 * MINUTE), (5 * HOUR, 16 * MINUTE)])
def test_what_was_heard_of_a_quarter_of_an_hour_ago_has_been_told(
    client: TestClient, conn: psycopg.Connection, resting: World, ago: timedelta, heard_ago: timedelta
) -> None:
    hear(conn, resting, *MOMENTARY, ago=ago, heard_ago=heard_ago)

    assert fired(client, resting) == set()


def test_every_momentary_alert_is_tried_late() -> None:
    asked = {dict(rule.query.params)["kind"] for rule in rules() if "heard_from" in dict(rule.query.params)}

    assert asked == set(MOMENTARY)


@pytest.mark.parametrize("uid", [uid for uid in WRONG if "service" not in uid])
def test_an_alert_of_a_truck_names_it_and_since_when(
    client: TestClient, conn: psycopg.Connection, resting: World, uid: str
) -> None:
    (rule,) = [rule for rule in rules() if rule.uid == uid]
    if rule.query.path == "/v1/service":
        return
    WRONG[uid](conn, resting)
    names = sorted(column.name for column in rule.query.columns if column.type == "string")

    (labels,) = alerts(client, rule, resting.headers("viewer"))

    told = dict(zip(names, labels, strict=True))
    assert told["truck"] == resting.trucks[1].name
    # Of the fleet in Tokyo, where it is noon.
    since = {"keitora-silent": "2026-11-22 11:00", "keitora-upkeep": "2026-11-21"}
    assert told["since"] == since.get(uid, "2026-11-22 11:55")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.uid)
def test_an_alerts_text_says_what_it_has_and_what_to_do(rule: Any, language: Language) -> None:
    made = rule.as_json(Reader(language=language), folder_uid="fleet", is_sent=True)
    text = made["annotations"]["summary"]
    labels = {column.name for column in rule.query.columns if column.type == "string"}

    used = {word.split("}}")[0].strip() for word in text.split("$labels.")[1:]}
    assert used <= labels, text
    assert ({"truck", "since"} <= used) == (rule.query.path != "/v1/service")
    # What is the matter, and then what to do about it.
    assert len([part for part in re.split(r"[.;。](?:\s|$|(?=[^\d\s]))", text) if part.strip()]) >= 2, text
    assert text.count("{{") == text.count("}}")

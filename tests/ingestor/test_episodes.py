"""Episodes in the database: made, taken back, and made anew when a rule is set."""

from collections.abc import Sequence

import pytest

from keitora.derive.queries import touch_all
from keitora.episodes.model import Kind
from keitora.episodes.setting_queries import (
    forget_rule_setting,
    list_rule_settings,
    read_rule_settings,
    save_rule_setting,
)
from keitora.episodes.settings import RuleSettingError
from keitora.wire.native import encode_telemetry
from tests.core.episodes.crafted import START_MS, Span, at, samples, silence
from tests.ingestor.conftest import Yard
from tests.system.derived import derive_all

KEYS = {"spd": "speed_kmh", "rpm": "engine_rpm", "ect": "coolant_temp_c"}
CALM = at(300, speed_kmh=40.0, engine_rpm=2500.0, coolant_temp_c=88.0)
FAST = at(30, speed_kmh=60.0, engine_rpm=6800.0, coolant_temp_c=88.0)
PARKED = at(60, speed_kmh=0.0, engine_rpm=0.0, coolant_temp_c=85.0)


def messages(spans: Sequence[Span], rows_each: int = 60) -> list[tuple[str, bytes]]:
    told = list(samples(spans))
    sent = []
    for begin in range(0, len(told), rows_each):
        part = told[begin : begin + rows_each]
        body = encode_telemetry(
            boot=1, first_sequence=begin, unix_ms=part[0].at_ms, uptime_ms=part[0].at_ms - START_MS,
            built_uptime_ms=part[0].at_ms - START_MS, clock_quality=3, keys=list(KEYS),
            rows=[[one.at_ms - part[0].at_ms, *(getattr(one, name) for name in KEYS.values())] for one in part],
        )  # fmt: skip
        sent.append(("kei/v1/carry-1/t", body))
    return sent


def stored(yard: Yard) -> list[tuple[str, float, float | None]]:
    rows = yard.rows("SELECT kind, opened_at, closed_at FROM episode ORDER BY opened_at, kind")
    return [
        (kind, begin.timestamp() - START_MS / 1000, end and end.timestamp() - START_MS / 1000)
        for kind, begin, end in rows
    ]


def untouched_rows(yard: Yard) -> list[tuple[str, str]]:
    """Which version of a row is stored: it changes with every update, even one that changes nothing."""
    return yard.rows("SELECT kind, xmin::text FROM episode ORDER BY kind")


def test_an_open_episode_is_stored_and_closed_by_a_later_fold(yard: Yard) -> None:
    first, *rest = messages([FAST, CALM], rows_each=30)
    yard.send_all([first])
    derive_all(yard.conn)
    assert stored(yard) == [("over_rev", 1, None)]

    yard.send_all(rest)
    derive_all(yard.conn)

    assert stored(yard) == [("over_rev", 1, 31)]


def test_a_silence_is_taken_back_when_the_samples_in_between_arrive_late(yard: Yard) -> None:
    spans = [CALM, Span(3600, CALM.values), CALM]
    told = messages(spans)
    early, between, after = told[:5], told[5:-5], told[-5:]
    yard.send_all([*early, *after])
    derive_all(yard.conn)
    assert [kind for kind, *_ in stored(yard)] == ["silent"]

    yard.send_all(between)
    derive_all(yard.conn)

    assert stored(yard) == []


def test_a_rule_that_is_set_makes_its_own_episodes_anew_and_leaves_the_others_alone(yard: Yard) -> None:
    yard.send_all(messages([CALM, FAST, CALM, silence(4000), CALM, PARKED]))
    derive_all(yard.conn)
    assert sorted(kind for kind, *_ in stored(yard)) == ["over_rev", "silent"]
    before = dict(untouched_rows(yard))

    def set_rule(kind: Kind, vehicle_id: int | None, **thresholds: float) -> None:
        save_rule_setting(
            yard.conn, fleet_id=yard.fleet_id, vehicle_id=vehicle_id, kind=kind, thresholds=thresholds, is_on=None,
            entered_by="test",
        )  # fmt: skip
        derive_all(yard.conn)

    set_rule(Kind.OVER_SPEED, None, limit_kmh=45)
    assert sorted(kind for kind, *_ in stored(yard)) == ["over_rev", "over_speed", "silent"]
    assert before.items() <= dict(untouched_rows(yard)).items()

    set_rule(Kind.OVER_SPEED, yard.vehicle_id, limit_kmh=80)
    assert sorted(kind for kind, *_ in stored(yard)) == ["over_rev", "silent"]

    set_rule(Kind.OVER_REV, yard.vehicle_id, over_rpm=7000)
    assert [kind for kind, *_ in stored(yard)] == ["silent"]
    assert yard.rows("SELECT count(*) FROM trip") == [(2,)]

    assert forget_rule_setting(yard.conn, fleet_id=yard.fleet_id, vehicle_id=yard.vehicle_id, kind=Kind.OVER_REV)
    assert not forget_rule_setting(yard.conn, fleet_id=yard.fleet_id, vehicle_id=yard.vehicle_id, kind=Kind.OVER_REV)
    derive_all(yard.conn)
    assert sorted(kind for kind, *_ in stored(yard)) == ["over_rev", "silent"]


def test_a_rebuild_touches_no_row(yard: Yard) -> None:
    yard.send_all(messages([CALM, FAST, CALM, silence(4000), CALM]))
    derive_all(yard.conn)
    before = untouched_rows(yard)

    touch_all(yard.conn, None)
    derive_all(yard.conn)

    assert untouched_rows(yard) == before


def test_what_cannot_be_set_is_refused_and_what_is_no_longer_understood_is_left_out(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(RuleSettingError):
        save_rule_setting(
            yard.conn, fleet_id=yard.fleet_id, vehicle_id=None, kind=Kind.OVER_REV, thresholds={"over_rpm": 1},
            is_on=None, entered_by="test",
        )  # fmt: skip
    assert list_rule_settings(yard.conn, fleet_id=yard.fleet_id) == []

    yard.conn.execute(
        "INSERT INTO rule_setting (fleet_id, kind, limits, entered_by) VALUES (%s, 'over_rev', '{\"gone\": 1}', 'old')",
        [yard.fleet_id],
    )
    assert read_rule_settings(yard.conn, vehicle_id=yard.vehicle_id) == {"over_rev": {}}
    assert "left out" in caplog.text


def test_a_fleets_setting_does_not_reach_another_fleets_trucks(yard: Yard) -> None:
    [(other,)] = yard.rows("INSERT INTO fleet (name) VALUES ('other') RETURNING fleet_id")
    save_rule_setting(
        yard.conn, fleet_id=other, vehicle_id=None, kind=Kind.OVER_REV, thresholds={}, is_on=False, entered_by="test"
    )

    assert read_rule_settings(yard.conn, vehicle_id=yard.vehicle_id) == {}

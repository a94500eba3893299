"""Each fault does what its name says, and nothing is lost that a logger would have kept."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from keitora.wire.native import Telemetry
from keitora_sim.faults import rows as row_faults
from keitora_sim.faults import transport
from keitora_sim.faults.model import Faults
from keitora_sim.loggers.model import Sent
from keitora_sim.loggers.native import NativeLogger
from keitora_sim.recording import Row

AT = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
ROWS = [Row(AT + timedelta(seconds=i), {"speed_kmh": i % 60, "engine_rpm": 900 + i}) for i in range(600)]
SENT = [Sent(AT + timedelta(seconds=10 * i), "t", b'{"n":%d,"text":"abcdefgh"}' % i) for i in range(60)]


def everywhere(_at: datetime) -> bool:
    return True


def sent(faults: Faults, seed: int = 1, *, has_backlog: bool = True) -> tuple[list[Sent], Counter[str]]:
    messages, struck = transport.strike(SENT, faults, Random(seed), is_covered=everywhere, has_backlog=has_backlog)
    return messages, Counter(one.fault for one in struck)


def test_without_faults_nothing_changes() -> None:
    assert sent(Faults()) == (SENT, Counter())
    boots, struck = row_faults.strike(ROWS, Faults(), Random(1))
    assert [boot.rows for boot in boots] == [tuple(ROWS)]
    assert struck == []


@given(
    seed=st.integers(0, 9999),
    outages=st.floats(0, 3),
    duplicates=st.floats(0, 0.5),
    reordering=st.floats(0, 0.5),
    garbage=st.floats(0, 0.3),
)
def test_whatever_the_way_does_a_logger_with_a_backlog_loses_nothing(
    seed: int, outages: float, duplicates: float, reordering: float, garbage: float
) -> None:
    faults = Faults(outages_per_day=outages, duplicates=duplicates, reordering=reordering, garbage=garbage)

    messages, _ = sent(faults, seed)

    whole = Counter(message.payload for message in messages if message.rows)
    assert set(whole) == {message.payload for message in SENT}
    assert all(a.at <= b.at for a, b in pairwise(messages))


def test_an_outage_delays_with_a_backlog_and_loses_without() -> None:
    kept, struck = sent(Faults(outages_per_day=3))
    lost, struck_too = sent(Faults(outages_per_day=3), has_backlog=False)

    assert len(kept) == len(SENT)
    assert struck["backlog"] >= 1
    assert max(Counter(message.at for message in kept).values()) > 10
    assert len(lost) < len(SENT)
    assert struck_too["lost_without_coverage"] >= 1


def test_garbage_comes_beside_the_message_and_counts_no_rows() -> None:
    messages, struck = sent(Faults(garbage=1))

    assert len(messages) == 2 * len(SENT)
    assert struck["garbage"] == len(SENT)
    assert {message.payload for message in messages if message.rows == 0}.isdisjoint(one.payload for one in SENT)


def test_a_reboot_loses_some_seconds_and_begins_a_new_count() -> None:
    boots, struck = row_faults.strike(ROWS, Faults(reboots_per_day=2), Random(3))
    logger = NativeLogger("carry-1")
    told = []
    for index, boot in enumerate(boots):
        if index:
            logger.reboot()
        told += [Telemetry.model_validate_json(message.payload) for message in logger.encode(boot.rows)]

    assert len(boots) == 3
    assert 0 < len(ROWS) - sum(len(boot.rows) for boot in boots) < 60
    assert [one.fault for one in struck] == ["reboot", "reboot"]
    assert sorted({message.b for message in told}) == [1, 2, 3]
    assert all(message.q == 0 for message in told if message.u == 0)


def test_rows_before_the_clock_was_set_tell_uptime_that_agrees_with_what_is_told_later() -> None:
    boots, _ = row_faults.strike(ROWS, Faults(wrong_clock=1), Random(3))
    logger = NativeLogger("carry-1")
    early = logger.encode_unclocked(boots[0].rows[: boots[0].unclocked])
    late = logger.encode(boots[0].rows[boots[0].unclocked :])

    first, after = (Telemetry.model_validate_json(message.payload) for message in (early[0], late[0]))
    assert boots[0].unclocked > 0
    assert (first.c, first.t) == (0, None)
    assert (after.t or 0) - after.u == round(AT.timestamp() * 1000) - first.u


def test_a_stuck_sensor_keeps_one_value_for_a_trip_and_a_dead_supply_leaves_a_hole() -> None:
    stuck, _ = row_faults.strike(ROWS, Faults(stuck_value=1), Random(1))
    values = {column: {row.values[column] for row in stuck[0].rows} for column in ("speed_kmh", "engine_rpm")}
    assert 1 in {len(seen) for seen in values.values()}

    dead, struck = row_faults.strike(ROWS, Faults(flat_battery_per_day=1), Random(1))
    assert sum(len(boot.rows) for boot in dead) == len(ROWS) - struck[0].rows < len(ROWS)

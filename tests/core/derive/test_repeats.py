"""A parked truck whose dongle repeats its last values: no engine hours, no movement, no trip."""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import News, State, state_from_json, state_to_json
from keitora.derive.facts import Facts
from keitora.derive.fold import fold
from keitora.derive.repeats import LIMIT_MS, without_repeats
from tests.core.derive.drives import START_MS, Stretch, drive

DRIVE = (Stretch(30, 0, 850), Stretch(300, 36, 2400), Stretch(30, 0, 850))
HOURS_MS = 6 * 3_600_000
DONGLE, PHONE = 1, 2


def seconds_on(facts: Facts) -> float:
    """Return for how long the engine was on, over all days."""
    return sum(day.engine_on_s for day in facts.days)


def every(seconds: float, sample: Sample, start_ms: int, lasting_ms: int = HOURS_MS) -> Iterator[Sample]:
    for at_ms in range(start_ms, start_ms + lasting_ms, round(seconds * 1000)):
        yield sample._replace(at_ms=at_ms)


def merged(*streams: Iterator[Sample]) -> list[Sample]:
    return sorted((one for stream in streams for one in stream), key=lambda one: (one.at_ms, one.device_id))


# What each device goes on sending after the engine is off: WiCAN's group each second, obd2-mqtt's states one a message,
# OVMS's full resend each 1200 s in rows a second apart, a hung reader that claims a speed.
AT = START_MS + 361_000
GROUP = Sample(0, DONGLE, speed_kmh=0.0, engine_rpm=850.25, map_kpa=32.0, maf_gs=1.7, intake_temp_c=41.0)
SHAPES: dict[str, Callable[[], Iterable[Sample]]] = {
    "wican_group": lambda: every(1, GROUP, AT),
    "obd2mqtt_states": lambda: merged(
        every(1, Sample(0, DONGLE, engine_rpm=850.25), AT),
        every(1, Sample(0, DONGLE, speed_kmh=0.0), AT + 300),
        every(1, Sample(0, DONGLE, maf_gs=1.7), AT + 600),
    ),
    "ovms_resend": lambda: merged(
        every(1200, Sample(0, DONGLE, speed_kmh=0.0, engine_rpm=850.25), AT),
        every(1200, Sample(0, DONGLE, maf_gs=1.7), AT + 1000),
    ),
    "frozen_while_driving": lambda: every(1, GROUP._replace(speed_kmh=42.0, engine_rpm=2400.0), AT),
    "frozen_speed_only": lambda: every(5, Sample(0, DONGLE, speed_kmh=42.0), AT),
    "slow_cache": lambda: every(30, GROUP, AT),
}
PARKED_PHONE = Sample(0, PHONE, lat=35.0, lon=139.0, gnss_speed_kmh=0.0, accuracy_m=8.0)


@pytest.mark.parametrize("with_phone", [False, True], ids=["alone", "with_phone"])
@pytest.mark.parametrize("shape", SHAPES)
def test_six_hours_of_repeats_are_no_engine_hours_and_no_trip(shape: str, with_phone: bool) -> None:
    samples = list(SHAPES[shape]())
    if with_phone:
        samples = merged(iter(samples), every(30, PARKED_PHONE, AT - 1000))

    _, facts = fold(State(), samples, Rules())

    assert facts.trips == []
    assert seconds_on(facts) == 0.0


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if not shape.startswith("frozen")])
def test_after_a_drive_repeats_add_nothing_to_it(shape: str) -> None:
    driven = list(drive(DRIVE, gnss=False))
    parked = [one._replace(at_ms=AT + HOURS_MS + 60_000) for one in [Sample(0, DONGLE, speed_kmh=0.0, engine_rpm=0.0)]]
    last = driven[-1]
    repeats = [one._replace(engine_rpm=one.engine_rpm and last.engine_rpm) for one in SHAPES[shape]()]
    _, expected = fold(State(), [*driven, *parked], Rules())

    _, facts = fold(State(), [*driven, *repeats, *parked], Rules())

    assert [trip.ended_at for trip in facts.trips] == [trip.ended_at for trip in expected.trips]
    assert seconds_on(facts) == pytest.approx(seconds_on(expected), abs=3)


def test_an_engine_that_idles_for_an_hour_runs_for_an_hour() -> None:
    _, facts = fold(State(), drive([Stretch(3600, 0, 850)], gnss=False), Rules())

    assert seconds_on(facts) == pytest.approx(3600, abs=2)


def test_a_dongle_that_wakes_up_is_believed_again() -> None:
    frozen = every(1, GROUP, START_MS, 3_600_000)
    driven = list(drive(DRIVE, gnss=False, start_ms=START_MS + 3_600_000))

    _, facts = fold(State(), [*frozen, *driven, driven[-1]._replace(at_ms=driven[-1].at_ms + LIMIT_MS)], Rules())

    assert len(facts.trips) == 1
    assert seconds_on(facts) == pytest.approx(360, abs=3)


def test_a_steady_road_speed_is_left_to_the_rules_of_movement() -> None:
    steady = [*every(1, Sample(0, DONGLE, speed_kmh=40.0), START_MS, 600_000)]

    assert list(without_repeats({}, steady)) == steady


def test_a_frozen_engine_keeps_its_speed_and_loses_the_rest() -> None:
    frozen = list(without_repeats({}, [*every(1, GROUP._replace(speed_kmh=42.0), START_MS, 600_000)]))

    assert {one.speed_kmh for one in frozen} == {42.0}
    assert [one.engine_rpm for one in frozen] == [850.25, *[None] * 599]
    assert [one.map_kpa for one in frozen] == [32.0, *[None] * 599]


def test_what_is_not_decided_yet_is_left_for_the_next_fold() -> None:
    repeats = list(every(1, GROUP, START_MS, 40_000))

    assert len(list(without_repeats({}, repeats))) == 1
    assert len(list(without_repeats({}, [*repeats, GROUP._replace(at_ms=START_MS + 40_000, engine_rpm=851.0)]))) == 41


def test_zeroes_may_be_repeated() -> None:
    off = list(every(10, GROUP._replace(engine_rpm=0.0), START_MS, 600_000))

    assert list(without_repeats({}, off)) == off


streams = st.lists(
    st.tuples(
        st.sampled_from([0, 200, 1000, 7000, 30_000, 90_000]),
        st.sampled_from([DONGLE, PHONE, 3]),
        st.sampled_from([None, 0.0, 850.0, 850.25]),
        st.sampled_from([None, 0.0, 42.0]),
        st.sampled_from([None, 0.0, 40.0]),
    ),
    max_size=60,
)


@given(steps=streams, cut=st.integers(0, 60))
def test_a_stream_cut_anywhere_is_judged_the_same(steps: list[tuple[int, int, float, float, float]], cut: int) -> None:
    at_ms, samples = START_MS, []
    for lasted_ms, device_id, rpm, speed, gnss in steps:
        at_ms += lasted_ms
        samples.append(Sample(at_ms, device_id, engine_rpm=rpm, speed_kmh=speed, gnss_speed_kmh=gnss))
    while 0 < cut < len(samples) and samples[cut].at_ms == samples[cut - 1].at_ms:
        cut += 1  # samples of one instant are read together
    whole_known: dict[int, News] = {}
    whole = list(without_repeats(whole_known, samples))

    known: dict[int, News] = {}
    first = list(without_repeats(known, samples[:cut]))
    last_ms = first[-1].at_ms if first else 0
    second = list(without_repeats(known, [one for one in samples if one.at_ms > last_ms]))

    assert first + second == whole
    assert known == whole_known
    assert [one[:2] for one in whole] == [one[:2] for one in samples[: len(whole)]]
    last_ms = whole[-1].at_ms if whole else 0
    assert all(one.at_ms > last_ms for one in samples[len(whole) :])
    assert all(earlier.at_ms <= later.at_ms for earlier, later in pairwise(whole))


def test_the_record_survives_being_stored() -> None:
    state, _ = fold(
        State(), [GROUP._replace(at_ms=START_MS), Sample(START_MS + 500, PHONE, gnss_speed_kmh=3.0)], Rules()
    )

    assert state.news
    assert state_from_json(state_to_json(state)) == state

"""What must hold of the rules in the fold, whatever is sampled."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from keitora.books.rows import EpisodeRow
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State, state_from_json, state_to_json
from keitora.derive.fold import fold
from tests.core.episodes.crafted import Span, samples

RULES = Rules(
    checkpoint_every_s=600,
    episodes={
        "out_of_area": {"on": True, "lat": 35.0, "lon": 139.0, "radius_km": 3},
        "out_of_hours": {"on": True, "shifts": [{"since": "06:00", "until": "10:20"}], "hold_s": 60},
        "weak_battery": {"rest_s": 600},
        "low_fuel": {"silence_s": 300},
    },
)
SIGNALS: Mapping[str, list[Any]] = {
    "engine_rpm": [0.0, 900.0, 4500.0, 6700.0],
    "coolant_temp_c": [20.0, 90.0, 103.0, 115.0],
    "battery_v": [0.1, 9.0, 11.7, 12.6, 14.1],
    "fuel_level_pct": [5.0, 15.0, 60.0],
    "soc_pct": [10.0, 17.0, 80.0],
    "mil_on": [False, True],
    "dtc_count": [0, 1, 2],
    "ignition_on": [False, True],
    "accel_forward_ms2": [-4.0, 0.1, 3.0],
    "heading_deg": [5.0, 30.0, 355.0],
    "gnss_speed_kmh": [0.0, 12.0, 50.0],
    "speed_kmh": [0.0, 18.0, 55.0, 115.0],
}
NO_SHRINKING = [phase for phase in Phase if phase not in {Phase.shrink, Phase.explain}]
"""An example is an hour of samples: making a failing one smaller takes minutes and tells little more."""
values = st.fixed_dictionaries({}, optional={name: st.sampled_from(found) for name, found in SIGNALS.items()})
spans = st.lists(
    st.builds(
        Span,
        seconds=st.sampled_from([2, 9, 35, 130, 320]),
        values=values,
        silent=st.sampled_from([False, False, False, False, True]),
    ),
    min_size=1,
    max_size=6,
)


def heard(course: list[Span], every_s: float, other: list[Span]) -> list[Sample]:
    two = [*samples(course, every_s=every_s), *samples(other, every_s=7, device_id=2)]
    return sorted(two, key=lambda sample: (sample.at_ms, sample.device_id))


def rows_of(rows: list[EpisodeRow]) -> dict[object, EpisodeRow]:
    return {(row.kind, row.opened_at): row for row in rows}


@settings(max_examples=30, phases=NO_SHRINKING)
@given(
    course=spans,
    other=spans,
    every_s=st.sampled_from([0.5, 1.0, 5.0]),
    cuts=st.sets(st.floats(0, 1), min_size=1, max_size=5),
)
def test_however_the_samples_are_split_the_episodes_are_the_same(
    course: list[Span], other: list[Span], every_s: float, cuts: set[float]
) -> None:
    told = heard(course, every_s, other)
    whole_state, whole = fold(State(), told, RULES)
    state, rows = State(), dict[object, EpisodeRow]()
    for cut in [*sorted(int(part * len(told)) for part in cuts), len(told)]:
        while 0 < cut < len(told) and told[cut].at_ms == told[cut - 1].at_ms:
            cut += 1  # noqa: PLW2901 -- samples of one instant are folded together
        new = [sample for sample in told[:cut] if state.last_ms is None or sample.at_ms > state.last_ms]
        state, facts = fold(state_from_json(state_to_json(state)), new, RULES)
        rows |= rows_of(facts.episodes)

    assert rows == rows_of(whole.episodes)
    assert state_to_json(state) == state_to_json(whole_state)


@settings(max_examples=25, phases=NO_SHRINKING)
@given(course=spans, other=spans)
def test_two_episodes_of_a_kind_never_lie_over_each_other(course: list[Span], other: list[Span]) -> None:
    rows = fold(State(), heard(course, 1.0, other), RULES)[1].episodes

    for kind in {row.kind for row in rows}:
        one_kind = sorted((row for row in rows if row.kind == kind), key=lambda row: row.opened_at)
        assert all(row.noticed_at >= row.opened_at for row in one_kind)
        for earlier, later in pairwise(one_kind):
            assert earlier.closed_at is not None
            assert earlier.closed_at <= later.opened_at


CALM = [
    Span(900, {"engine_rpm": 2000.0, "coolant_temp_c": 88.0, "battery_v": 14.1, "speed_kmh": 40.0,
               "fuel_level_pct": 60.0, "soc_pct": 80.0, "mil_on": False, "dtc_count": 0, "ignition_on": True}),
    Span(900, {"engine_rpm": 0.0, "coolant_temp_c": 80.0, "battery_v": 12.6, "speed_kmh": 0.0,
               "fuel_level_pct": 60.0, "soc_pct": 80.0, "mil_on": False, "dtc_count": 0, "ignition_on": False}),
]  # fmt: skip


@settings(max_examples=25, phases=NO_SHRINKING)
@given(course=spans)
def test_two_folds_that_began_differently_soon_remember_the_same(course: list[Span]) -> None:
    """After a silence and a calm half-hour nothing is left of what was before, but for what is still being watched."""
    tail = list(samples([Span(2000, silent=True), Span(2000, silent=True), *CALM]))
    before = [one for one in samples(course) if one.at_ms < tail[0].at_ms]
    rules = Rules(episodes={"weak_battery": {"rest_s": 600}})

    with_past, without = fold(State(), [*before, *tail], rules)[0], fold(State(), tail, rules)[0]

    assert replace(with_past.watching, watches={}) == replace(without.watching, watches={})

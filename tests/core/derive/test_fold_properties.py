"""What must hold of the fold whatever the samples are."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import State, state_from_json, state_to_json
from keitora.books.truck import Truck
from keitora.clock import instant
from keitora.derive.facts import Facts
from keitora.derive.fold import fold
from keitora.derive.reach import Reach
from tests.core.derive.drives import START_MS, Stretch, drive

RULES = Rules(truck=Truck(displacement_cc=658), checkpoint_every_s=600)

asleep = st.just(Stretch(seconds=2200, silent=True))
stretches = st.lists(
    st.builds(
        Stretch,
        seconds=st.sampled_from([5, 40, 130, 301, 700]),
        speed_kmh=st.sampled_from([0.0, 0.0, 3.0, 18.0, 61.5]),
        rpm=st.sampled_from([None, 0.0, 800.0, 3100.0]),
        silent=st.sampled_from([False, False, False, True]),
        soc_pct=st.sampled_from([None, None, 40.0, 41.5, 60.0]),
        soc_a_minute_pct=st.sampled_from([0.0, -0.5, 0.5]),
        charging=st.sampled_from([None, None, True, False]),
        power_kw=st.sampled_from([None, None, -8.0, 0.1, 3.0]),
        level_pct=st.sampled_from([None, None, 40.0, 80.0]),
    )
    | asleep,
    min_size=1,
    max_size=8,
)


@dataclass(frozen=True)
class Logger:
    """What one device on the truck hears, and of which course. Small to print, so that Hypothesis can show it."""

    stretches: list[Stretch]
    wheels: bool
    gnss: bool
    gnss_speed: bool
    every_s: int
    late_ms: int
    odometer_step_km: float | None = None


loggers = st.lists(
    st.builds(
        Logger,
        stretches=stretches,
        wheels=st.booleans(),
        gnss=st.booleans(),
        gnss_speed=st.booleans(),
        every_s=st.sampled_from([1, 7, 30]),
        late_ms=st.sampled_from([0, 250]),
        odometer_step_km=st.sampled_from([None, None, 0.01, 1.0]),
    ),
    min_size=1,
    max_size=2,
)
starts_ms = st.sampled_from([START_MS, START_MS + 13 * 3600 * 1000 + 3_000_000])  # the second: shortly before midnight


def samples_of(devices: list[Logger], start_ms: int) -> list[Sample]:
    samples = [
        sample
        for number, device in enumerate(devices, start=1)
        for sample in drive(
            device.stretches,
            start_ms=start_ms + device.late_ms,
            wheels=device.wheels,
            gnss=device.gnss,
            gnss_speed=device.gnss_speed,
            every_s=device.every_s,
            device_id=number,
            odometer_step_km=device.odometer_step_km,
        )
    ]
    return sorted(samples, key=lambda sample: (sample.at_ms, sample.device_id))


Rows = dict[tuple[str, datetime | date, date | None], object]


def rows_of(facts: Facts) -> Rows:
    keyed: Rows = {("trip", row.started_at, None): row for row in facts.trips}
    keyed |= {("trip day", row.started_at, row.local_date): row for row in facts.trip_days}
    keyed |= {("stop", row.started_at, None): row for row in facts.stops}
    keyed |= {("idling", row.started_at, None): row for row in facts.idlings}
    keyed |= {("charge", row.started_at, None): row for row in facts.charges}
    keyed |= {("tank level", row.started_at, None): row for row in facts.tank_levels}
    keyed |= {("day", row.local_date, None): row for row in facts.days}
    keyed |= {("trace", instant(row.at_ms), None): row for row in facts.trace}
    count = len(facts.trips) + len(facts.trip_days) + len(facts.stops) + len(facts.idlings) + len(facts.days)
    count += len(facts.charges) + len(facts.tank_levels)
    assert len(keyed) == count + len(facts.trace), "two rows of one key"
    return keyed


def without(rows: Rows, reach: Reach) -> Rows:
    """Return the rows that a fold from a state of this reach leaves alone."""

    def stays(table: str, at: datetime | date) -> bool:
        if table == "day":
            return reach.local_date is not None and at.isoformat() < reach.local_date
        if table == "trace":
            return reach.trace_ms is not None and at <= instant(reach.trace_ms)
        own_ms = {"idling": reach.idling_ms, "charge": reach.charge_ms, "tank level": reach.tank_ms}
        begin_ms = own_ms.get(table, reach.at_ms)
        return begin_ms is not None and at < instant(begin_ms)

    return {key: row for key, row in rows.items() if stays(key[0], key[1])}


@given(devices=loggers, start_ms=starts_ms, cuts=st.sets(st.floats(0, 1), max_size=6))
def test_folding_on_from_a_stored_state_makes_the_same_rows_as_folding_at_once(
    devices: list[Logger], start_ms: int, cuts: set[float]
) -> None:
    samples = samples_of(devices, start_ms)
    whole_state, whole = fold(State(), samples, RULES)
    state = State()
    rows: Rows = {}
    for cut in [*sorted(int(part * len(samples)) for part in cuts), len(samples)]:
        while 0 < cut < len(samples) and samples[cut].at_ms == samples[cut - 1].at_ms:
            cut += 1  # noqa: PLW2901 -- samples of one instant are folded together
        rows = without(rows, Reach.of(state))
        new = [sample for sample in samples[:cut] if state.last_ms is None or sample.at_ms > state.last_ms]
        state, facts = fold(state_from_json(state_to_json(state)), new, RULES)
        assert not rows.keys() & rows_of(facts).keys()
        rows |= rows_of(facts)

    assert rows == rows_of(whole)
    assert state_to_json(state) == state_to_json(whole_state)


@given(devices=loggers, start_ms=starts_ms)
def test_folding_on_from_any_checkpoint_ends_in_the_same_state(devices: list[Logger], start_ms: int) -> None:
    samples = samples_of(devices, start_ms)
    state, facts = fold(State(), samples, RULES)

    for checkpoint in facts.checkpoints:
        rest = [sample for sample in samples if sample.at_ms > checkpoint.last_ms]
        assert state_to_json(fold(checkpoint.state, rest, RULES)[0]) == state_to_json(state)


@given(devices=loggers, start_ms=starts_ms)
def test_the_state_that_is_handed_in_is_never_changed(devices: list[Logger], start_ms: int) -> None:
    samples = samples_of(devices, start_ms)
    half = len(samples) // 2
    while 0 < half < len(samples) and samples[half].at_ms == samples[half - 1].at_ms:
        half += 1
    state, _ = fold(State(), samples[:half], RULES)
    before = deepcopy(state)

    fold(state, samples[half:], RULES)

    assert state == before


@given(devices=loggers, start_ms=starts_ms)
def test_trips_follow_each_other_and_days_add_up_to_them(devices: list[Logger], start_ms: int) -> None:
    samples = samples_of(devices, start_ms)
    state, facts = fold(State(), samples, RULES)

    edges = [
        edge for trip in sorted(facts.trips, key=lambda t: t.started_at) for edge in (trip.started_at, trip.ended_at)
    ]
    assert edges == sorted(edges)
    trips_m = sum(trip.distance_m or 0 for trip in facts.trips)
    assert sum(day.distance_m or 0 for day in facts.days) == pytest.approx(trips_m)
    assert sum(share.distance_m or 0 for share in facts.trip_days) == pytest.approx(trips_m)
    kwh = [row.energy_kwh for row in facts.trip_days if row.energy_kwh is not None]
    assert sum(kwh) == pytest.approx(sum(trip.energy_kwh or 0 for trip in facts.trips))
    assert sum(day.soc_used_pct for day in facts.days) == pytest.approx(sum(t.soc_used_pct for t in facts.trips))
    assert sum(day.trip_count for day in facts.days) == len(facts.trips)
    folded = [sample for sample in samples if sample.at_ms <= (state.last_ms or 0)]
    assert sum(day.sample_count for day in facts.days) == len(folded)
    for trip in facts.trips:
        lasted_s = (trip.ended_at - trip.started_at).total_seconds()
        assert trip.moving_s + trip.idle_s + trip.gap_s <= lasted_s + 1

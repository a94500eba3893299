"""The score itself must be right before it judges."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from keitora.errors import SetupError
from keitora_sim.commands import score as score_command
from keitora_sim.score.compare import score
from keitora_sim.score.model import EventScore, Found, FoundEpisode, FoundTrip
from keitora_sim.score.view import table
from keitora_sim.truth.file import Truths
from keitora_sim.truth.model import EventTruth, FaultTruth, Run, TripTruth, TruckTruth

AT = datetime(2026, 4, 1, 9, tzinfo=UTC)


def minutes(number: float) -> datetime:
    return AT + timedelta(minutes=number)


def trip(begins: float, ends: float, metres: float = 5000) -> TripTruth:
    return TripTruth(
        truck="Carry", started_at=minutes(begins), ended_at=minutes(ends), distance_m=metres, fuel_l=0.5, energy_kwh=0,
        idle_s=0,
    )  # fmt: skip


def found(begins: float, ends: float, metres: float = 5000) -> FoundTrip:
    return FoundTrip("Carry", minutes(begins), minutes(ends), metres, 0.55, None)


def truths(*trips: TripTruth, events: tuple[EventTruth, ...] = ()) -> Truths:
    truck = TruckTruth(
        truck="Carry", energy="petrol", logger="native", tier="obd-map", distance_m=0, fuel_l=0, energy_kwh=0,
        odometer_km=0,
    )  # fmt: skip
    return Truths(trucks=[truck], trips=list(trips), events=list(events))


def test_the_same_trips_are_full_marks() -> None:
    result = score(truths(trip(0, 10), trip(30, 40)), Found([found(0, 10), found(30, 40)]))

    assert (result.trip_precision_ratio, result.trip_recall_ratio) == (1, 1)
    assert (result.edge_s.median, result.distance_pct.median, result.distance_pct.total_pct) == (0, 0, 0)
    assert result.fuel_pct.median == pytest.approx(10)
    assert result.fuel_pct.total_pct == pytest.approx(10)
    assert result.trucks["Carry"].matched_trips == 2


def test_harsh_driving_is_not_asked_for_where_rows_are_too_far_apart_to_show_it() -> None:
    braking = EventTruth(truck="Carry", event="harsh_braking", started_at=minutes(5), ended_at=minutes(5), peak=5.0)
    happened = truths(trip(0, 10), events=(braking,))
    seldom = replace_row_every(happened, 10)

    missed, not_asked = (score(one, Found([found(0, 10)], [])).events for one in (happened, seldom))

    assert missed == {"harsh_braking": EventScore(1, 0, 0)}
    assert not_asked == {"harsh_braking": EventScore(0, 0, 0)}


def replace_row_every(happened: Truths, row_every_s: float) -> Truths:
    trucks = [truck.model_copy(update={"row_every_s": row_every_s}) for truck in happened.trucks]
    return Truths(trucks=trucks, trips=happened.trips, events=happened.events)


def test_a_trip_cut_in_two_costs_recall_and_precision() -> None:
    result = score(truths(trip(0, 20)), Found([found(0, 9.5), found(10.5, 20)]))

    assert (result.trip_precision_ratio, result.trip_recall_ratio) == (0, 0)


def test_a_lost_trip_costs_recall_and_an_invented_one_precision() -> None:
    assert score(truths(trip(0, 10), trip(30, 40)), Found([found(0, 10)])).trip_recall_ratio == 0.5
    assert score(truths(trip(0, 10)), Found([found(0, 10), found(50, 55)])).trip_precision_ratio == 0.5


def test_moving_a_truck_in_the_yard_is_neither_asked_for_nor_held_against() -> None:
    yard = trip(20, 20.3, metres=15)

    assert score(truths(trip(0, 10), yard), Found([found(0, 10)])).trip_recall_ratio == 1
    assert score(truths(trip(0, 10), yard), Found([found(0, 10), found(20, 20.3)])).trip_precision_ratio == 1


def test_creeping_between_the_rows_is_neither_asked_for_nor_held_against() -> None:
    creeping = trip(30, 60, 800).model_copy(update={"top_speed_kmh": 5.1})

    for told in ([found(0, 10)], [found(0, 10), found(30, 60, 800)]):
        result = score(truths(trip(0, 10), creeping), Found(told))

        assert (result.true_trips, result.trip_precision_ratio, result.trip_recall_ratio) == (1, 1, 1)


def test_edges_are_told_in_seconds_and_unknown_litres_are_not_compared() -> None:
    late = replace(found(0.5, 10), fuel_l=None)
    result = score(truths(trip(0, 10)), Found([late]))

    assert (result.edge_s.count, result.edge_s.p90) == (2, 30)
    assert result.fuel_pct.median is None


def test_events_are_found_missed_or_false() -> None:
    happened = tuple(
        EventTruth(truck="Carry", event="harsh_braking", started_at=minutes(at), ended_at=minutes(at)) for at in (1, 5)
    )
    told = [
        FoundEpisode("Carry", kind, minutes(at), minutes(at))
        for kind, at in (("harsh_braking", 1.1), ("harsh_braking", 8), ("harsh_cornering", 2))
    ]

    result = score(truths(trip(0, 10), events=happened), Found([found(0, 10)], told))

    assert result.events
    braking, cornering = result.events["harsh_braking"], result.events["harsh_cornering"]
    assert (braking.true_count, braking.found_count, braking.false_count) == (2, 1, 1)
    assert (cornering.true_count, cornering.false_count) == (0, 1)


def test_a_trip_whose_rows_were_lost_for_good_is_neither_asked_for_nor_held_against() -> None:
    told = truths(trip(0, 10), trip(30, 40))
    dead = FaultTruth(truck="Carry", fault="flat_battery", at=minutes(35), until=minutes(90), rows=300)
    late = dead.model_copy(update={"fault": "backlog"})

    excused = score(replace(told, faults=[dead]), Found([found(0, 10), found(30, 35)]))
    blamed = score(replace(told, faults=[late]), Found([found(0, 10), found(30, 33)]))

    assert (excused.trip_precision_ratio, excused.trip_recall_ratio, excused.unseen_trips) == (1, 1, 1)
    assert (blamed.trip_precision_ratio, blamed.trip_recall_ratio, blamed.unseen_trips) == (0.5, 0.5, 0)


def test_of_a_run_that_was_cut_short_only_what_was_sent_is_asked_for() -> None:
    run = Run(scenario="tiny", seed=1, trucks=1, from_at=minutes(-1), until_at=minutes(35))
    told = truths(trip(0, 10), trip(30, 40), trip(60, 70))

    before = found(-40, -30)  # of another run
    result = score(replace(told, run=run), Found([before, found(0, 10), found(30, 35)]))

    assert (result.true_trips, result.matched_trips, result.unseen_trips) == (1, 1, 2)
    assert result.trip_precision_ratio == 1


def test_an_event_in_a_silence_need_not_be_told_and_may_be() -> None:
    event = EventTruth(truck="Carry", event="harsh_braking", started_at=minutes(5), ended_at=minutes(5), peak=5)
    dead = FaultTruth(truck="Carry", fault="flat_battery", at=minutes(4), until=minutes(6), rows=120)
    episode = FoundEpisode("Carry", "harsh_braking", minutes(5), minutes(5))

    for episodes in ([], [episode]):
        told = replace(truths(trip(0, 10), events=(event,)), faults=[dead])
        result = score(told, Found([found(0, 10)], episodes)).events

        assert result is not None
        assert result["harsh_braking"] == EventScore(0, 0, 0)


def test_nothing_found_can_still_be_printed() -> None:
    console = Console(record=True, width=200)

    console.print(table(score(truths(trip(0, 10)), Found([]))))

    assert "0/1" in console.export_text()


def test_an_api_that_does_not_answer_is_told(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(trip(0, 10).model_dump_json() + "\n")

    with pytest.raises(SetupError, match=r"the API at 127.0.0.1:9 does not answer"):
        score_command(["--truth", str(path), "--api", "http://127.0.0.1:9", "--key", "k"])


def test_a_year_of_trips_is_scored_in_seconds() -> None:
    trips = [trip(40 * number, 40 * number + 10) for number in range(12_000)]
    told = [found(40 * number, 40 * number + 10) for number in range(12_000)]
    began_s = time.process_time()

    result = score(truths(*trips), Found(told))

    assert (result.matched_trips, result.trip_precision_ratio) == (12_000, 1)
    assert time.process_time() - began_s < 15

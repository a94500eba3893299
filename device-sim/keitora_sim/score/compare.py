"""Hold what was found against what was true. Pure.

A found trip and a true one are the same where each covers more than half of the time that both together take. Only
trips of half a minute and a hundred metres count: shorter ones are moving a truck in the yard. Nor do those count that
never were faster than a man who runs: creeping between the rows of an orchard is work on site, told as time there.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from keitora_sim.score.model import Errors, EventScore, Found, FoundEpisode, FoundTrip, Score
from keitora_sim.score.unseen import Unseen
from keitora_sim.truth.file import Truths
from keitora_sim.truth.model import EventTruth, TripTruth

_LEAST_S: Final = 30.0
_LEAST_M: Final = 100.0
_LEAST_KMH: Final = 8.0
_NEAR: Final = timedelta(seconds=20)
_LEAST_FUEL_L: Final = 0.05
_LEAST_KWH: Final = 0.05
_JUDGED: Final = frozenset({"harsh_braking", "harsh_acceleration", "harsh_cornering", "overheating"})
"""Kinds of which the truth would know: one told that was none is false."""

Pair = tuple[TripTruth, FoundTrip]


def score(truths: Truths, found: Found) -> Score:
    """Return the score of a run, with that of each truck in it."""
    names = [truck.truck for truck in truths.trucks]
    unseen = Unseen.of(truths)
    parts = {
        name: _score(truths, found, unseen, lambda truck, name=name: truck == name)  # type: ignore[misc]
        for name in names
    }
    whole = _score(truths, found, unseen, lambda truck: truck in parts)
    return Score(**{name: getattr(whole, name) for name in Score.__slots__ if name != "trucks"}, trucks=parts)


def _score(truths: Truths, found: Found, unseen: Unseen, is_meant: Callable[[str], bool]) -> Score:
    happened = [trip for trip in truths.trips if is_meant(trip.truck)]
    hidden = [trip for trip in happened if unseen.hides(trip)]
    seen = [trip for trip in happened if not unseen.hides(trip)]
    true = [trip for trip in seen if _counts(trip)]
    short = [trip for trip in seen if not _counts(trip)]
    told = [trip for trip in found.trips if is_meant(trip.truck) and not unseen.is_outside(trip)]
    pairs = matched(true, told)
    paired = {id(trip) for _, trip in pairs}
    others = [trip for trip in told if id(trip) not in paired and not _is_part_of(trip, hidden)]
    wrong = len(others) - len(matched(short, others))
    edges_s = [
        abs((a - b).total_seconds())
        for true_trip, found_trip in pairs
        for a, b in (
            (true_trip.started_at, found_trip.started_at),
            (true_trip.ended_at, found_trip.ended_at),
        )
    ]
    events = None
    if found.episodes is not None:
        events = _events(
            [event for event in truths.events if is_meant(event.truck)],
            [episode for episode in found.episodes if is_meant(episode.truck)],
            unseen,
        )
    return Score(
        true_trips=len(true),
        found_trips=len(told),
        matched_trips=len(pairs),
        unseen_trips=len(hidden),
        trip_precision_ratio=len(pairs) / (len(pairs) + wrong) if pairs or wrong else None,
        trip_recall_ratio=len(pairs) / len(true) if true else None,
        edge_s=_errors(edges_s),
        distance_pct=_relative((a.distance_m, b.distance_m) for a, b in pairs),
        fuel_pct=_relative((a.fuel_l, b.fuel_l) for a, b in pairs if a.fuel_l >= _LEAST_FUEL_L),
        energy_pct=_relative((a.energy_kwh, b.energy_kwh) for a, b in pairs if a.energy_kwh >= _LEAST_KWH),
        events=events,
    )


def matched(true: Sequence[TripTruth], told: Sequence[FoundTrip]) -> list[Pair]:
    """Return pairs of the same trip, each trip in one pair at most, the best overlap first."""
    by_truck: dict[str, list[FoundTrip]] = {}
    for other in sorted(told, key=lambda one: one.started_at):
        by_truck.setdefault(other.truck, []).append(other)
    begins = {truck: [one.started_at for one in those] for truck, those in by_truck.items()}
    longest = max((one.ended_at - one.started_at for one in told), default=timedelta(0))
    candidates = [
        (ratio, trip, other)
        for trip in true
        for other in _near(trip, by_truck.get(trip.truck, []), begins.get(trip.truck, []), longest)
        if (ratio := _overlap_ratio(trip, other)) > 0.5
    ]
    candidates.sort(key=lambda one: (-one[0], one[1].started_at))
    pairs: list[Pair] = []
    used: set[int] = set()
    for _, trip, other in candidates:
        if id(trip) not in used and id(other) not in used:
            used |= {id(trip), id(other)}
            pairs.append((trip, other))
    return pairs


def _near(
    trip: TripTruth, told: Sequence[FoundTrip], begins: Sequence[datetime], longest: timedelta
) -> Sequence[FoundTrip]:
    """Return those trips, in order of their beginnings, that can overlap with a trip."""
    return told[bisect_left(begins, trip.started_at - longest) : bisect_left(begins, trip.ended_at)]


def _counts(trip: TripTruth) -> bool:
    is_work = trip.top_speed_kmh is not None and trip.top_speed_kmh < _LEAST_KMH
    is_long = (trip.ended_at - trip.started_at).total_seconds() >= _LEAST_S and trip.distance_m >= _LEAST_M
    return is_long and not is_work


def _is_part_of(told: FoundTrip, trips: Sequence[TripTruth]) -> bool:
    return any(
        trip.truck == told.truck and trip.started_at < told.ended_at and told.started_at < trip.ended_at
        for trip in trips
    )


def _overlap_ratio(a: TripTruth, b: FoundTrip) -> float:
    both_s = (min(a.ended_at, b.ended_at) - max(a.started_at, b.started_at)).total_seconds()
    either_s = (max(a.ended_at, b.ended_at) - min(a.started_at, b.started_at)).total_seconds()
    return max(0.0, both_s) / either_s if either_s > 0 else 0.0


def _events(true: Sequence[EventTruth], told: Sequence[FoundEpisode], unseen: Unseen) -> dict[str, EventScore]:
    """Return the score of each kind of event; an event that no logger saw may be told of, and need not be."""
    scores = {}
    for kind in sorted({event.event for event in true}):
        happened = [event for event in true if event.event == kind]
        said = [episode for episode in told if episode.kind == kind]
        seen = [event for event in happened if not unseen.hides(event)]
        found = sum(any(_meet(event, episode) for episode in said) for event in seen)
        false = sum(not any(_meet(event, episode) for event in happened) for episode in said)
        scores[kind] = EventScore(len(seen), found, false)
    for kind in sorted(({episode.kind for episode in told} & _JUDGED) - scores.keys()):
        scores[kind] = EventScore(0, 0, sum(episode.kind == kind for episode in told))
    return scores


def _meet(event: EventTruth, episode: FoundEpisode) -> bool:
    ends_at: datetime = episode.ended_at or episode.started_at
    return (
        event.truck == episode.truck
        and episode.started_at <= event.ended_at + _NEAR
        and ends_at >= event.started_at - _NEAR
    )


def _relative(pairs: Iterable[tuple[float, float | None]]) -> Errors:
    known = [(true, told) for true, told in pairs if told is not None and true > 0]
    if not known:
        return Errors()
    total_pct = 100 * (sum(told for _, told in known) / sum(true for true, _ in known) - 1)
    errors = _errors([100 * abs(told / true - 1) for true, told in known])
    return Errors(errors.count, errors.median, errors.p90, round(total_pct, 2))


def _errors(values: Sequence[float]) -> Errors:
    if not values:
        return Errors()
    ordered = sorted(values)
    return Errors(
        len(ordered),
        round(ordered[len(ordered) // 2], 2),
        round(ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))], 2),
    )

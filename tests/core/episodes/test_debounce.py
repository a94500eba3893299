"""Opening and closing, whatever the samples are."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from keitora.books.sample import Sample
from keitora.books.watch import Watches
from keitora.episodes.debounce import expire, judge
from keitora.episodes.model import Ended, Finding, Kind, Moment, Terms, Verdict

TERMS = Terms(hold_ms=10_000, hold_count=2, clear_ms=30_000, silence_ms=60_000)
LASTING = TERMS._replace(outlasts_silence=True)
KIND = Kind.OVER_REV

steps = st.lists(
    st.tuples(st.integers(0, 120), st.sampled_from(list(Verdict))), max_size=60
)  # seconds since the one before, and what it says


def run(course: list[tuple[int, Verdict]], terms: Terms = TERMS) -> tuple[Watches, list[Ended], list[int]]:
    watches: Watches = {}
    ended: list[Ended] = []
    at_ms, held_ms = 0, []
    for lasted_s, verdict in course:
        at_ms += lasted_s * 1000
        moment = Moment(at_ms, Sample(at_ms=at_ms, device_id=1), None, False, None, None, None)
        ended += expire(watches, at_ms, {KIND: terms})
        if verdict is Verdict.HOLDS:
            held_ms.append(at_ms)
        found = judge(watches, KIND, moment, Finding(1.0, verdict, 0.5), terms)
        ended += [found] if found else []
    return watches, ended, held_ms


def spans(watches: Watches, ended: list[Ended]) -> list[tuple[int, int | None]]:
    still: list[tuple[int, int | None]] = [
        (one.began_ms, None) for one in watches.values() if one.noticed_ms is not None
    ]
    return [*((one.watch.began_ms, one.closed_ms) for one in ended), *still]


@given(course=steps)
def test_episodes_follow_each_other_and_begin_with_a_sample_that_held(course: list[tuple[int, Verdict]]) -> None:
    watches, ended, held_ms = run(course)

    told = spans(watches, ended)
    for begun_ms, closed_ms in told:
        assert begun_ms in held_ms
        assert closed_ms is None or closed_ms >= begun_ms
    for (_, closed_ms), (begun_ms, _) in pairwise(told):
        assert closed_ms is not None
        assert closed_ms <= begun_ms


@given(course=steps)
def test_none_is_noticed_before_it_held_for_long_enough(course: list[tuple[int, Verdict]]) -> None:
    watches, ended, _ = run(course)

    for watch in [one.watch for one in ended] + [one for one in watches.values() if one.noticed_ms is not None]:
        assert watch.noticed_ms is not None
        assert watch.noticed_ms - watch.began_ms >= TERMS.hold_ms
        assert watch.count >= TERMS.hold_count


@given(course=steps)
def test_between_two_episodes_it_was_clear_or_silent_for_long_enough(course: list[tuple[int, Verdict]]) -> None:
    _, ended, held_ms = run(course)

    for one in ended:
        after = [at_ms for at_ms in held_ms if at_ms > one.closed_ms]
        pause_ms = TERMS.clear_ms if one.ended_by == "clear" else TERMS.silence_ms
        assert not after or after[0] - one.closed_ms >= pause_ms


@given(course=steps)
def test_silence_alone_never_closes_what_outlasts_it(course: list[tuple[int, Verdict]]) -> None:
    _, ended, _ = run(course, LASTING)

    assert all(one.ended_by == "clear" for one in ended)


def test_time_without_a_sample_counts_neither_as_clear_nor_as_held() -> None:
    hold, clear = Verdict.HOLDS, Verdict.CLEAR

    _, ended, _ = run([(0, hold), (20, hold), (1, clear), (90, clear)], LASTING)
    assert ended == []
    watches, ended, _ = run([(0, hold), (90, hold)])
    assert ended == []
    assert watches[KIND].noticed_ms is None


def test_a_rule_that_was_switched_off_leaves_nothing_behind() -> None:
    watches, _, _ = run([(0, Verdict.HOLDS), (20, Verdict.HOLDS)])

    expire(watches, 21_000, {})

    assert watches == {}

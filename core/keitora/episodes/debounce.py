"""From samples that hold or are clear to episodes that open and close. Pure, but for the watches it keeps."""

from collections.abc import Mapping

from keitora.books.watch import Watch, Watches
from keitora.episodes.model import Ended, Finding, Kind, Moment, Terms, Verdict

HOLDS, BETWEEN, CLEAR = Verdict.HOLDS, Verdict.BETWEEN, Verdict.CLEAR


def judge(watches: Watches, kind: Kind, moment: Moment, finding: Finding, terms: Terms) -> Ended | None:
    """Take in what a sample says of a condition; return the episode if that closed it.

    An episode begins with the first sample that held and ends with the first that stayed clear.
    """
    watch = watches.get(kind)
    at_ms = moment.at_ms
    value, verdict, bound_value = finding
    if watch is None:
        if verdict is HOLDS:
            watch = watches[kind] = Watch(
                at_ms, at_ms, bound_value, value, value, value, lat=moment.lat, lon=moment.lon
            )
            _notice(watch, at_ms, terms)
        return None
    watch.heard_ms = at_ms
    if verdict is HOLDS:
        watch.clear_since_ms = watch.clear_value = None
        watch.sum_value += value
        watch.count += 1
        if (value < watch.peak_value) if terms.is_worse_when_lower else (value > watch.peak_value):
            watch.peak_value = value
        _notice(watch, at_ms, terms)
        return None
    if watch.noticed_ms is None:
        del watches[kind]  # it did not last
        return None
    if verdict is BETWEEN:
        watch.clear_since_ms = watch.clear_value = None
        return None
    return _ease(watches, kind, at_ms, value, terms)


def _notice(watch: Watch, at_ms: int, terms: Terms) -> None:
    if watch.noticed_ms is None and watch.count >= terms.hold_count and at_ms - watch.began_ms >= terms.hold_ms:
        watch.noticed_ms = at_ms


def _ease(watches: Watches, kind: Kind, at_ms: int, value: float, terms: Terms) -> Ended | None:
    """Let an open episode rest its case: it closes once it has been clear for long enough."""
    watch = watches[kind]
    if watch.clear_since_ms is None:
        watch.clear_since_ms, watch.clear_value = at_ms, value
    if at_ms - watch.clear_since_ms < terms.clear_ms:
        return None
    del watches[kind]
    return Ended(kind, watch, watch.clear_since_ms, "clear")


def expire(watches: Watches, at_ms: int, terms: Mapping[str, Terms]) -> list[Ended]:
    """Return the episodes that a silence before `at_ms` closed, and forget what was only suspected before it.

    Unknown is neither an alarm nor all-clear: time without a sample counts for nothing.
    """
    ended = []
    for kind, watch in list(watches.items()):
        its = terms.get(kind)
        if its is not None and at_ms - watch.heard_ms <= its.silence_ms:
            continue
        if its is not None and its.outlasts_silence and watch.noticed_ms is not None:
            watch.clear_since_ms = watch.clear_value = None
            continue
        del watches[kind]
        if watch.noticed_ms is not None:
            ended.append(Ended(Kind(kind), watch, watch.heard_ms, "silence"))
    return ended

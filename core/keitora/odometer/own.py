"""The own odometer: a line through the readings that never falls and never jumps. Pure.

Between two readings the difference of the readings is right. If more was counted, it is shrunk in proportion; what the
readings have beyond what was counted (the truck drove without a logger) is spread evenly over the time. Behind the
newest reading what was counted is added to it, before the oldest it is taken off.

A reading that contradicts its neighbours is left out: the longest chain of readings that agree is used, so a typing
error costs itself and not its neighbours. Of chains of one length the one with the newer readings counts.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from keitora.odometer.model import Anchor, Reading

FASTEST_A_DAY: Final = 1500.0
"""No odometer gains more kilometres a day than this, and no engine more hours."""
SHRINKS_TO: Final = 0.5
"""What was counted may be twice what the readings say, not more."""
SLACK: Final = 2.0
"""Readings are rounded to whole kilometres or hours."""
LOOK_BACK: Final = 60


def agreeing(anchors: Sequence[Anchor]) -> list[Anchor]:
    """Return the longest chain of readings, in order of time, each of which agrees with the one before it."""
    ordered = sorted(anchors, key=lambda anchor: (anchor.at, anchor.reading))
    length = [1] * len(ordered)
    before: list[int | None] = [None] * len(ordered)
    for here, anchor in enumerate(ordered):
        for there in range(max(0, here - LOOK_BACK), here):
            if length[there] + 1 >= length[here] and _agree(ordered[there], anchor):
                length[here], before[here] = length[there] + 1, there
    last = max(range(len(ordered)), key=lambda index: (length[index], index), default=None)
    chain: list[Anchor] = []
    while last is not None:
        chain.append(ordered[last])
        last = before[last]
    return chain[::-1]


def _agree(earlier: Anchor, later: Anchor) -> bool:
    gained = later.reading - earlier.reading
    counted = later.counted - earlier.counted
    days = (later.at - earlier.at).total_seconds() / 86_400
    if days <= 0:
        return False
    return max(0.0, SHRINKS_TO * counted - SLACK) <= gained <= counted + SLACK + FASTEST_A_DAY * days


def own_reading(chain: Sequence[Anchor], at: datetime, counted: float) -> Reading:
    """Return what the own odometer shows at a moment by which so much was counted.

    `chain` must come from `agreeing`. The value never falls as time and count go on, and is the reading at each anchor.
    """
    index = bisect_right([anchor.at for anchor in chain], at)
    if not chain:
        return Reading(counted, None)
    if index == 0:
        return Reading(max(0.0, chain[0].reading - (chain[0].counted - counted)), None)
    anchor = chain[index - 1]
    if index == len(chain):
        return Reading(anchor.reading + counted - anchor.counted, anchor.at)
    following = chain[index]
    gained, driven = following.reading - anchor.reading, following.counted - anchor.counted
    since = counted - anchor.counted
    if gained >= driven:
        elapsed = (at - anchor.at) / (following.at - anchor.at)
        return Reading(anchor.reading + since + (gained - driven) * elapsed, anchor.at)
    return Reading(anchor.reading + gained * since / driven, anchor.at)

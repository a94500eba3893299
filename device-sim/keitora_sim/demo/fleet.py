"""The demo's fleet: the scenario `demo`, of which it is always a working hour when somebody looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from keitora_sim.demo.store import Memory
from keitora_sim.scenario.file import read
from keitora_sim.scenario.make import Fleet
from keitora_sim.scenario.model import Scenario
from keitora_sim.truck.model import State

_ENDLESS_DAYS: Final = 100_000
_OPENS_AT: Final = time(10, 14)
"""What the fleet's clock shows when the demo begins: nearly everybody moves, and half a day can still be watched."""
_AT_WORK: Final = (time(7, 45), time(15, 0))
_LONGEST_PAUSE: Final = timedelta(hours=12)
_BREATH: Final = timedelta(minutes=1)


@cache
def scenario() -> Scenario:
    """Return the demo's scenario."""
    return read("demo").model_copy(update={"days": _ENDLESS_DAYS})


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a run of the demo begins: on a day, `later` than the fleet's own clock, with the trucks as they are then.

    What was due up to `sent_until` is not sent.
    """

    day: date
    later: timedelta
    trucks: Mapping[str, State]
    sent_until: datetime | None = None

    def fleet(self) -> Fleet:
        """Return the fleet from that day on."""
        return Fleet(scenario().model_copy(update={"first_day": self.day}), later=self.later, states=self.trucks)


def opening(memory: Memory, now: datetime) -> Opening:
    """Return where to go on: where it was, if the fleet is at work by its clock; else on its second day.

    The first day is then its yesterday: both are there whatever the hour and the season outside.
    """
    zone = ZoneInfo(scenario().time_zone)
    if memory.day is not None and memory.sent_until is not None:
        clock = (now - memory.later).astimezone(zone).time()
        is_fresh = now - memory.sent_until <= _LONGEST_PAUSE
        if is_fresh and (memory.sent_until > now or _AT_WORK[0] <= clock <= _AT_WORK[1]):
            return Opening(memory.day, memory.later, memory.morning, memory.sent_until)
    yesterday = scenario().first_day
    later = now - datetime.combine(yesterday + timedelta(days=1), _OPENS_AT, zone)
    sent_until = None if memory.sent_until is None else memory.sent_until + _BREATH
    return Opening(yesterday, later, memory.evening, sent_until)

"""Which stored rows a fold replaces. Pure."""

from dataclasses import dataclass
from typing import Self

from keitora.books.state import State


@dataclass(frozen=True, slots=True)
class Reach:
    """Where the rows that folding on from a state makes again begin. None: from the first there is.

    `at_ms`: trips and stops that begin at or after it; `idling_ms`: the same of idling; `local_date` (ISO): days from
    it on; `charge_ms`, `tank_ms`: the same of charges and tank levels; `trace_ms`: points after it.
    """

    at_ms: int | None = None
    idling_ms: int | None = None
    local_date: str | None = None
    charge_ms: int | None = None
    tank_ms: int | None = None
    trace_ms: int | None = None

    @classmethod
    def of(cls, state: State) -> Self:
        """Return the reach of a state: what is still open in it, and all that comes after."""
        begun = [state.stood_since_ms, None if state.leg is None else state.leg.started_ms]
        return cls(
            at_ms=min((at_ms for at_ms in begun if at_ms is not None), default=None),
            idling_ms=state.last_ms if state.idling is None else state.idling.started_ms,
            local_date=min(state.days, default=None),
            charge_ms=state.battery.begins_ms(state.last_ms),
            tank_ms=state.last_ms if state.tank.started_ms is None else state.tank.started_ms,
            trace_ms=state.line.given_ms,
        )

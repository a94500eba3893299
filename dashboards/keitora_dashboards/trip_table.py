"""The panel that lists trips. Pure."""

from typing import Any, Final

from keitora_dashboards import parts, values
from keitora_dashboards.panels import Panel
from keitora_dashboards.query import TIMES
from keitora_dashboards.reader import Reader

_LIMIT: Final = "500"
_COMMON: Final = (
    values.DRIVER,
    values.PURPOSE,
    values.FROM_PLACE,
    values.TO_PLACE,
    values.DISTANCE.summed(),
    values.SOURCE,
    values.DURATION.summed(),
    values.IDLE.summed(),
    values.FUEL.summed(),
    values.PLUS_MINUS,
    values.METHOD,
    values.ECONOMY,
    values.COST.summed(),
    values.TOP_SPEED,
    values.GAP,
    values.NOTE,
    values.ENDED_HIDDEN,
    values.TRIP_ID,
    values.TRUCK_ID,
)


def trip_table(
    reader: Reader, *, params: parts.Params, of_one: bool = False, limit: str = _LIMIT, **settings: Any
) -> Panel:
    """Return the list of trips, the newest first; a trip's beginning leads to the trip, a truck's name to the truck."""
    begun = values.STARTED.leading("trip")
    shown = (begun, *(() if of_one else (values.TRUCK,)), *_COMMON)
    return parts.rows_of(
        reader,
        "/v1/trips",
        *shown,
        # The newest, where there are more than fit; a table needs no ascending time.
        params=(*TIMES, *params, ("order", "desc"), ("limit", limit)),
        title=reader.text("trip-list"),
        description=reader.text("trip-list.about"),
        empty=reader.text("no-trips"),
        **settings,
    )

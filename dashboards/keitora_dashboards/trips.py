"""*Trips*: every trip, with its sums below, and one click to its way. Pure."""

from typing import Final

from keitora_dashboards import parts, values
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.panels import lay_out
from keitora_dashboards.query import OF_PLACES, OF_TRIPS, TIMES, TRUCKS
from keitora_dashboards.reader import Reader
from keitora_dashboards.states import state_timeline
from keitora_dashboards.trip_table import trip_table
from keitora_dashboards.variables import drivers, places, purposes, trucks

SLUG: Final = "fleet-trips"


def trips(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    text = reader.text
    to_time = (parts.link(reader, "fleet-over-time", "to-over-time"),)
    shown = (
        (1, values.TRIPS, "trips.about"),
        (2, values.DISTANCE, "distance.about"),
        (3, values.MOVING, "moving.about"),
        (4, values.FUEL, "fuel.about"),
    )
    totals = tuple(
        parts.total(
            reader,
            value,
            params=(*TIMES, *TRUCKS, *OF_TRIPS),
            number=number,
            title=text(value.name),
            description=f"{text(about)}{' ' if reader.language == 'en' else ''}{text('narrowed')}",
            links=to_time,
        )
        for number, value, about in shown
    )
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=text("trips-page"),
        description=text("trips-page.about"),
        time_from="now-6d/d",
        variables=(trucks(reader), drivers(reader), purposes(reader), places(reader)),
        layout=lay_out(
            (4, totals),
            (20, (trip_table(reader, number=6, params=(*TRUCKS, *OF_TRIPS, *OF_PLACES)),)),
            (7, (state_timeline(reader, number=5, params=TRUCKS, height_of="fleet"),)),
        ),
    )

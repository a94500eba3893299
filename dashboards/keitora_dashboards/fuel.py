"""*Fuel and energy*: litres, kilowatt-hours, fill-ups, and how far each number can be trusted. Pure."""

from typing import Final

from keitora_dashboards import parts, values
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.fields import override
from keitora_dashboards.fill_ups import fill_up_table
from keitora_dashboards.fleet_over_time import economy_line, fleet_buckets
from keitora_dashboards.panels import Panel, lay_out, lines
from keitora_dashboards.query import TIMES, TRUCKS
from keitora_dashboards.reader import Reader
from keitora_dashboards.variables import trucks

SLUG: Final = "fleet-fuel"


def fuel(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    text = reader.text
    to_trips = (parts.link(reader, "fleet-trips", "to-trips"),)
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=text("fuel-page"),
        description=text("fuel-page.about"),
        time_from="now-89d/d",
        variables=(trucks(reader),),
        panels=lay_out(
            (4, _totals(reader)),
            (
                9,
                (
                    parts.bars_by_truck(
                        reader,
                        values.FUEL,
                        number=10,
                        title=text("fuel-by-day"),
                        description=text("fuel-by-day.about"),
                        empty=text("no-fuel"),
                        links=to_trips,
                    ),
                    parts.economy_by_truck(
                        reader,
                        number=11,
                        width=8,
                        title=text("economy-by-truck"),
                        description=text("economy-by-truck.about"),
                        links=to_trips,
                    ),
                ),
            ),
            (8, (economy_line(reader, number=12), _trust(reader))),
            (
                10,
                (fill_up_table(reader, number=14, params=(*TIMES, *TRUCKS), title="fill-ups", about="fill-ups.about"),),
            ),
        ),
    )


def _totals(reader: Reader) -> tuple[Panel, ...]:
    text = reader.text
    to_trips = (parts.link(reader, "fleet-trips", "to-trips"),)
    shown = (
        (1, values.FUEL, "fuel.about", "orange"),
        (2, values.ENERGY, "energy.about", "purple"),
        (3, values.DISTANCE, "distance.about", "green"),
    )
    made = [
        parts.total(
            reader, value, color=color, number=number, title=text(value.name), description=text(about), links=to_trips
        )
        for number, value, about, color in shown
    ]
    economy = parts.economy_total(
        reader, number=4, title=text("economy"), description=text("economy.about"), links=to_trips
    )
    return (*made, economy)


def _trust(reader: Reader) -> Panel:
    return lines(
        points=True,
        span_ms=True,
        number=13,
        title=reader.text("fuel-trust"),
        description=reader.text("fuel-trust.about"),
        queries=(fleet_buckets(reader, values.KNOWN, values.PLUS_MINUS),),
        unit="percentunit",
        decimals=0,
        empty=reader.text("no-fuel"),
        defaults={"color": {"mode": "palette-classic"}, "min": 0},
        overrides=(
            override("fuel-known", displayName=reader.text("fuel-known")),
            override(
                "plus-minus",
                displayName=reader.text("plus-minus"),
                unit=reader.grafana_unit("volume"),
                decimals=2,
                custom__axisPlacement="right",
            ),
        ),
        links=(parts.link(reader, "fleet-quality", "to-quality"),),
    )

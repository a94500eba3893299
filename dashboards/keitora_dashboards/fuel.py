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
from keitora_dashboards.values import Value
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
        layout=lay_out(
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
            (
                9,
                (
                    parts.bars_by_truck(
                        reader,
                        values.COST,
                        number=15,
                        title=text("cost-by-day"),
                        description=text("cost-by-day.about"),
                        empty=text("no-fuel"),
                        links=to_trips,
                    ),
                    parts.by_truck(
                        reader,
                        values.COST,
                        number=16,
                        width=8,
                        title=text("cost-by-truck"),
                        description=text("cost-by-truck.about"),
                        empty=text("no-fuel"),
                        links=to_trips,
                    ),
                ),
            ),
            (8, (economy_line(reader, number=12), _trust(reader))),
            (8, (_balance(reader), _tank_events(reader))),
            (8, (_charges(reader), _batteries(reader))),
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
        (5, values.COST, "cost.about", "purple"),
        (6, values.IDLE_COST, "idle-cost.about", "yellow"),
        (7, values.CO2, "co2.about", "dark-blue"),
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


def _tank_events(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/tank-events",
        values.STARTED.at("from_at"),
        values.TRUCK,
        Value(name="tank-kind", selector="kind", type="string", codes=("refuel", "loss"), width=180),
        Value(name="tank-volume", selector="volume_l", unit="volume", decimals=1),
        Value(name="tank-plus-minus", selector="plus_minus_l", unit="volume", decimals=1),
        values.TRUCK_ID,
        params=(*TIMES, *TRUCKS),
        number=17,
        title=reader.text("tank-events"),
        description=reader.text("tank-events.about"),
        empty=reader.text("no-tank"),
    )


def _balance(reader: Reader) -> Panel:
    parts_of_it = tuple(
        Value(name=f"balance-{name}", selector=selector, unit="volume", decimals=1)
        for name, selector in (
            ("used", "used_l"),
            ("change", "level_change_l"),
            ("filled", "filled_l"),
            ("difference", "difference_l"),
        )
    )
    return parts.rows_of(
        reader,
        "/v1/fuel-balance",
        values.TRUCK,
        *parts_of_it,
        values.TRUCK_ID,
        params=(*TIMES, *TRUCKS),
        number=18,
        title=reader.text("balance"),
        description=reader.text("balance.about"),
        empty=reader.text("no-fuel"),
    )


def _charges(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/charges",
        values.STARTED,
        values.ENDED,
        values.TRUCK,
        values.PLACE,
        Value(name="soc-from", selector="from_soc_pct", unit="percent", decimals=0),
        Value(name="soc-to", selector="to_soc_pct", unit="percent", decimals=0),
        Value(name="charged-added", selector="added_kwh", unit="kwatth", decimals=1).summed(),
        Value(name="charged-drawn", selector="drawn_kwh", unit="kwatth", decimals=1).summed(),
        Value(name="charge-cost", selector="cost", unit="money", decimals=0).summed(),
        values.TRUCK_ID,
        params=(*TIMES, *TRUCKS),
        number=19,
        width=14,
        title=reader.text("charges"),
        description=reader.text("charges.about"),
        empty=reader.text("no-charges"),
    )


def _batteries(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/traction-batteries",
        values.TRUCK,
        values.CHARGE,
        Value(name="usable", selector="usable_kwh", unit="kwatth", decimals=1),
        Value(name="fade", selector="fade_pct_a_year", unit="percent", decimals=1),
        Value(name="km-per-kwh", selector="km_per_kwh", unit="per_kwh", decimals=1),
        Value(name="range-left", selector="range_left_km", unit="distance", decimals=0),
        values.TRUCK_ID,
        number=20,
        title=reader.text("traction-batteries"),
        description=reader.text("traction-batteries.about"),
        empty=reader.text("no-electric"),
    )

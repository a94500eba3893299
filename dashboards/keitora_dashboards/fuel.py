"""*Fuel and energy*: litres, kilowatt-hours, fill-ups, and how far each number can be trusted. Pure."""

from typing import Any, Final

from keitora_dashboards import parts, values
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.fields import override
from keitora_dashboards.fill_ups import fill_up_table
from keitora_dashboards.fleet_over_time import economy_line, fleet_buckets
from keitora_dashboards.panels import Fold, Panel, lay_out, lines
from keitora_dashboards.query import TIMES, TRUCKS
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value
from keitora_dashboards.variables import trucks

SLUG: Final = "fleet-fuel"

_PRICE_SOURCES: Final = ("prices", "own_fill_ups", "fleet_fill_ups", "charges", "tariff", "none")


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
            (9, (_money(reader),)),
            (
                10,
                (fill_up_table(reader, number=14, params=(*TIMES, *TRUCKS), title="fill-ups", about="fill-ups.about"),),
            ),
            Fold(
                101,
                text("fold.trust"),
                (
                    (8, (economy_line(reader, number=12), _trust(reader))),
                    (8, (balance_table(reader, number=18, params=(*TIMES, *TRUCKS)), _factors(reader))),
                ),
            ),
            Fold(102, text("fold.tank"), ((8, (_tank_events(reader), _rates(reader))),)),
            Fold(103, text("fold.electric"), ((8, (_charges(reader), _batteries(reader))),)),
        ),
    )


def _totals(reader: Reader) -> tuple[Panel, ...]:
    text = reader.text
    to_trips = (parts.link(reader, "fleet-trips", "to-trips"),)
    shown = (
        (1, values.FUEL, "fuel.about"),
        (2, values.ENERGY, "energy.about"),
        (3, values.DISTANCE, "distance.about"),
        (5, values.COST, "cost.about"),
        (6, values.IDLE_COST, "idle-cost.about"),
        (7, values.CO2, "co2.about"),
    )
    made = [
        parts.total(reader, value, number=number, title=text(value.name), description=text(about), links=to_trips)
        for number, value, about in shown
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


def balance_table(reader: Reader, *, params: parts.Params, of_one: bool = False, **settings: Any) -> Panel:
    """Return whether the litres used, filled and left add up."""
    truck = () if of_one else (values.TRUCK,)
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
        *truck,
        *parts_of_it,
        values.TRUCK_ID,
        params=params,
        title=reader.text("balance"),
        description=reader.text("balance.about"),
        empty=reader.text("no-fuel"),
        **settings,
    )


def _money(reader: Reader) -> Panel:
    """Return what petrol and current cost, truck by truck, in one view."""
    return parts.rows_of(
        reader,
        "/v1/stats",
        values.TRUCK,
        values.DISTANCE.summed(),
        values.FUEL.summed(),
        values.ECONOMY,
        values.ENERGY.summed(),
        values.COST.summed(),
        Value(name="cost-plus-minus", selector="cost_plus_minus", unit="money", decimals=0),
        Value(name="cost-per-distance", selector="cost_per_km", unit="money", decimals=1),
        values.IDLE_COST.summed(),
        values.CO2.summed(),
        values.TRUCK_ID,
        params=(*TIMES, *TRUCKS, ("bucket", "total"), ("group_by", "vehicle")),
        number=21,
        title=reader.text("money"),
        description=reader.text("money.about"),
        empty=reader.text("no-fuel"),
    )


def _factors(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/fuel-factors",
        values.TRUCK,
        values.METHOD.at("method"),
        Value(name="factor", selector="factor_ratio", unit="none", decimals=3),
        Value(name="factor-plus-minus", selector="plus_minus_ratio", unit="percentunit", decimals=1),
        Value(name="tanks", selector="tank_count", unit="locale", decimals=0),
        Value(name="from", selector="from_at", type="timestamp", unit="dateTimeAsLocal", width=180),
        Value(name="until", selector="to_at", type="timestamp", unit="dateTimeAsLocal", width=180),
        values.TRUCK_ID,
        params=TRUCKS,
        number=22,
        title=reader.text("factors"),
        description=reader.text("factors.about"),
        empty=reader.text("no-factors"),
    )


def _rates(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/rates",
        values.TRUCK_NUMBER,
        Value(name="from-day", selector="from_local_date", type="string", width=120),
        Value(name="until-day", selector="to_local_date", type="string", width=120),
        Value(name="price-per-volume", selector="price_per_l", unit="money", decimals=1),
        Value(name="price-per-kwh", selector="price_per_kwh", unit="money", decimals=1),
        Value(name="price-source", selector="source", type="string", codes=_PRICE_SOURCES),
        params=TRUCKS,
        number=23,
        title=reader.text("rates"),
        description=reader.text("rates.about"),
        empty=reader.text("no-rates"),
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

"""*Fleet over time*: what the trucks drove, used and stood over weeks and months, and which of them most. Pure."""

from typing import Final

from keitora_dashboards import parts, values
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.panels import Fold, Panel, lay_out, lines
from keitora_dashboards.query import BUCKET, TIMES, TRUCKS, Column, Query
from keitora_dashboards.reader import Reader
from keitora_dashboards.variables import trucks

SLUG: Final = "fleet-over-time"

_COMPARED: Final = (values.DISTANCE, values.TRIPS, values.FUEL, values.ECONOMY, values.ENGINE_ON)
_AGAINST: Final = (values.DISTANCE, values.FUEL, values.ECONOMY, values.COST, values.CO2)


def fleet_over_time(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    text = reader.text
    to_trips = (parts.link(reader, "fleet-trips", "to-trips"),)
    to_fuel = (parts.link(reader, "fleet-fuel", "to-fuel"),)
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=text("over-time"),
        description=text("over-time.about"),
        time_from="now-89d/d",
        variables=(trucks(reader),),
        layout=lay_out(
            (4, _totals(reader)),
            (9, (_against_before(reader),)),
            (
                9,
                (
                    parts.bars_by_truck(
                        reader,
                        values.DISTANCE,
                        number=10,
                        title=text("distance-by-day"),
                        description=text("distance-by-day.about"),
                        empty=text("no-trips"),
                        links=to_trips,
                    ),
                    parts.bars_by_truck(
                        reader,
                        values.FUEL,
                        number=11,
                        title=text("fuel-by-day"),
                        description=text("fuel-by-day.about"),
                        empty=text("no-fuel"),
                        links=to_fuel,
                    ),
                ),
            ),
            (8, (_economy(reader), _idle(reader))),
            Fold(101, text("fold.ranking"), ((9, _ranking(reader)),)),
            Fold(102, text("fold.months"), ((9, (_months(reader),)),)),
            Fold(103, text("fold.money"), ((9, _money(reader)),)),
        ),
    )


def _ranking(reader: Reader) -> tuple[Panel, ...]:
    text = reader.text
    to_trips = (parts.link(reader, "fleet-trips", "to-trips"),)
    to_fuel = (parts.link(reader, "fleet-fuel", "to-fuel"),)
    return (
        parts.by_truck(
            reader,
            values.DISTANCE,
            number=14,
            title=text("distance-by-truck"),
            description=text("distance-by-truck.about"),
            empty=text("no-trips"),
            links=to_trips,
        ),
        parts.economy_by_truck(
            reader,
            number=15,
            title=text("economy-by-truck"),
            description=text("economy-by-truck.about"),
            links=to_fuel,
        ),
        parts.by_truck(
            reader,
            values.IDLE,
            number=16,
            title=text("idle-by-truck"),
            description=text("idle-by-truck.about"),
            empty=text("no-trips"),
            links=to_trips,
        ),
        parts.by_truck(
            reader,
            values.COST,
            number=19,
            title=text("cost-by-truck"),
            description=text("cost-by-truck.about"),
            empty=text("no-fuel"),
            links=to_fuel,
        ),
        parts.by_truck(
            reader,
            values.UTILISATION,
            number=22,
            title=text("utilisation-by-truck"),
            description=text("utilisation-by-truck.about"),
            empty=text("no-trips"),
            links=to_trips,
        ),
    )


def _money(reader: Reader) -> tuple[Panel, ...]:
    text = reader.text
    return tuple(
        parts.bars_by_truck(
            reader,
            value,
            number=number,
            title=text(f"{name}-by-day"),
            description=text(f"{name}-by-day.about"),
            empty=text("no-fuel"),
            links=(parts.link(reader, "fleet-fuel", "to-fuel"),),
        )
        for number, value, name in ((20, values.COST, "cost"), (21, values.CO2, "co2"))
    )


def _against_before(reader: Reader) -> Panel:
    """Return each truck's sums of the range beside those of as many days before it."""
    shown = [
        shown if value is values.ECONOMY else shown.summed() for value in _AGAINST for shown in (value, _before(value))
    ]
    return parts.rows_of(
        reader,
        "/v1/stats",
        values.TRUCK,
        *shown,
        values.TRUCK_ID,
        params=(*TIMES, *TRUCKS, ("bucket", "total"), ("group_by", "vehicle"), ("compare", "previous")),
        number=18,
        title=reader.text("against-before"),
        description=reader.text("against-before.about"),
        empty=reader.text("no-trips"),
    )


def _before(value: values.Value) -> values.Value:
    return value.at(f"previous.{value.selector}").named(f"{value.name}-before")


def _totals(reader: Reader) -> tuple[Panel, ...]:
    text = reader.text
    to_trips = (parts.link(reader, "fleet-trips", "to-trips"),)
    shown = (
        (1, values.DISTANCE, "distance.about"),
        (2, values.FUEL, "fuel.about"),
        (3, values.TRIPS, "trips.about"),
        (4, values.MOVING, "moving.about"),
        (5, values.IDLE, "idle.about"),
        (7, values.COST, "cost.about"),
        (8, values.CO2, "co2.about"),
    )
    made = [
        parts.total(reader, value, number=number, title=text(value.name), description=text(about), links=to_trips)
        for number, value, about in shown
    ]
    economy = parts.economy_total(
        reader,
        number=6,
        title=text("economy"),
        description=text("economy.about"),
        links=(parts.link(reader, "fleet-fuel", "to-fuel"),),
    )
    return (*made, economy)


def fleet_buckets(reader: Reader, *shown: values.Value) -> Query:
    """Return the chosen trucks' sums over time, a row a bucket."""
    columns = (Column("bucket", "time", "timestamp"), *(value.column(reader) for value in shown))
    params = (*TIMES, *TRUCKS, ("bucket", BUCKET), ("group_by", "fleet"), *reader.units.query)
    return Query(path="/v1/stats/fuel", columns=columns, params=params, format="timeseries")


def _economy(reader: Reader) -> Panel:
    return economy_line(reader, number=12)


def economy_line(reader: Reader, *, number: int) -> Panel:
    """Return the fleet's economy over time."""
    return lines(
        span_ms=True,
        points=True,
        number=number,
        title=reader.text("economy-over-time"),
        description=reader.text("economy-over-time.about"),
        queries=(fleet_buckets(reader, values.ECONOMY),),
        unit=reader.grafana_unit("economy"),
        decimals=1,
        empty=reader.text("no-fuel"),
        defaults={"color": {"mode": "palette-classic"}, "displayName": reader.text("economy")},
        links=(parts.link(reader, "fleet-fuel", "to-fuel"),),
    )


def _idle(reader: Reader) -> Panel:
    return parts.bars_by_truck(
        reader,
        values.IDLE,
        number=13,
        title=reader.text("idle-by-day"),
        description=reader.text("idle-by-day.about"),
        empty=reader.text("no-trips"),
        links=(parts.link(reader, "fleet-trips", "to-trips"),),
    )


def _months(reader: Reader) -> Panel:
    begins = values.Value(name="month", selector="bucket_local_date", type="string", width=120)
    before = {value.name: _before(value) for value in _COMPARED}
    shown = [value for one in _COMPARED for value in (one, before[one.name])]
    return parts.rows_of(
        reader,
        "/v1/stats",
        begins,
        *shown,
        params=(*TIMES, *TRUCKS, ("bucket", "month"), ("compare", "previous")),
        number=17,
        title=reader.text("months"),
        description=reader.text("months.about"),
        empty=reader.text("no-trips"),
    )

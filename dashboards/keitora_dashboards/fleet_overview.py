"""*Fleet overview*: where the trucks are, and what they drove and used. Pure."""

from typing import Final

from keitora_dashboards import transformations as then
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.fields import steps, unknown
from keitora_dashboards.panels import Panel, Place, ranking, stacked_bars, stat
from keitora_dashboards.position_map import position_map
from keitora_dashboards.query import BUCKET, TIMES, TRUCKS, Column, Query
from keitora_dashboards.texts import Texts
from keitora_dashboards.trip_table import trip_table

SLUG: Final = "fleet-overview"

_TIME: Final = Column("bucket", "time", "timestamp")
_TRUCK: Final = Column("vehicle.name", "vehicle", "string")
_ECONOMY: Final = (
    Column("distance_km", "distance"),
    Column("fuel_l", "fuel"),
    # Null on a day that does not know enough of its fuel; only used to leave such days out.
    Column("km_per_l", "known"),
)


def fleet_overview(texts: Texts) -> Dashboard:
    """Return the dashboard in a language."""
    return Dashboard(
        slug=SLUG,
        texts=texts,
        title=texts.of("overview"),
        description=texts.of("overview.about"),
        # Whole days, as the sums count them.
        time_from="now-6d/d",
        refresh="1m",
        panels=(
            *_totals(texts),
            position_map(texts, number=5, place=Place(0, 4, 14, 14)),
            _economy_by_truck(texts),
            _distance_by_truck(texts),
            _fuel_by_day(texts),
            trip_table(texts, number=9, place=Place(0, 27, 24, 12), slug=SLUG),
        ),
    )


def _days(*columns: Column) -> Query:
    """Return the fleet's days in the range, a row a day: small enough to be summed by the browser."""
    params = (*TIMES, *TRUCKS, ("bucket", "day"), ("group_by", "fleet"))
    return Query(path="/v1/stats/fuel", columns=(_TIME, *columns), params=params, format="timeseries")


def _truck_days(*columns: Column) -> Query:
    """Return each truck's days in the range."""
    return Query(path="/v1/stats/fuel", columns=columns, params=(*TIMES, *TRUCKS, ("bucket", "day")))


def _totals(texts: Texts) -> tuple[Panel, ...]:
    return (
        stat(
            number=1,
            title=texts.of("distance"),
            description=texts.of("distance.about"),
            place=Place(0, 0, 6, 4),
            queries=(_days(Column("distance_km", "distance")),),
            unit="lengthkm",
            decimals=0,
            empty=texts.of("unknown"),
        ),
        stat(
            number=2,
            title=texts.of("fuel"),
            description=texts.of("fuel.about"),
            place=Place(6, 0, 6, 4),
            queries=(_days(Column("fuel_l", "fuel")),),
            unit="litre",
            decimals=1,
            empty=texts.of("unknown"),
            defaults={"thresholds": steps((None, "orange"))},
        ),
        stat(
            number=3,
            title=texts.of("economy"),
            description=texts.of("economy.about"),
            place=Place(12, 0, 6, 4),
            queries=(_truck_days(*_ECONOMY),),
            transformations=(
                then.only_known("known"),
                then.sum_all(),
                then.divide("distance", "fuel", into="economy", keep=False),
            ),
            trend=False,
            unit="suffix: km/L",
            decimals=1,
            empty=texts.of("unknown"),
            defaults={"mappings": unknown(texts.of("unknown")), "thresholds": steps((None, "purple"))},
        ),
        stat(
            number=4,
            title=texts.of("trips"),
            description=texts.of("trips.about"),
            place=Place(18, 0, 6, 4),
            queries=(_days(Column("trip_count", "trips")),),
            unit="locale",
            decimals=0,
            empty=texts.of("unknown"),
            defaults={"thresholds": steps((None, "blue"))},
        ),
    )


def _economy_by_truck(texts: Texts) -> Panel:
    sums = ("distance (sum)", "fuel (sum)")
    return ranking(
        number=6,
        title=texts.of("economy-by-truck"),
        description=texts.of("economy-by-truck.about"),
        place=Place(14, 4, 10, 7),
        queries=(_truck_days(_TRUCK, *_ECONOMY),),
        transformations=(
            then.only_known("known"),
            then.sum_by("vehicle", ("distance", "fuel")),
            then.divide(*sums, into="economy", keep=True),
            then.arrange(("vehicle", "economy"), drop=sums),
            then.sort("economy", "down"),
        ),
        unit="suffix: km/L",
        decimals=1,
        empty=texts.of("no-fuel"),
        defaults={"min": 0, "color": {"mode": "continuous-RdYlGr"}, "mappings": unknown(texts.of("unknown"))},
    )


def _distance_by_truck(texts: Texts) -> Panel:
    return ranking(
        number=7,
        title=texts.of("distance-by-truck"),
        description=texts.of("distance-by-truck.about"),
        place=Place(14, 11, 10, 7),
        queries=(_truck_days(_TRUCK, Column("distance_km", "distance")),),
        transformations=(then.sum_by("vehicle", ("distance",)), then.sort("distance (sum)", "down")),
        unit="lengthkm",
        decimals=0,
        empty=texts.of("no-trips"),
        defaults={"min": 0, "color": {"mode": "continuous-BlPu"}},
    )


def _fuel_by_day(texts: Texts) -> Panel:
    return stacked_bars(
        number=8,
        title=texts.of("fuel-by-day"),
        description=texts.of("fuel-by-day.about"),
        place=Place(0, 18, 24, 9),
        queries=(
            Query(
                path="/v1/stats/fuel",
                params=(*TIMES, *TRUCKS, ("bucket", BUCKET)),
                columns=(_TIME, _TRUCK, Column("fuel_l", "fuel")),
                format="timeseries",
            ),
        ),
        unit="litre",
        decimals=1,
        empty=texts.of("no-fuel"),
        defaults={"displayName": "${__field.labels.vehicle}", "color": {"mode": "palette-classic"}},
    )

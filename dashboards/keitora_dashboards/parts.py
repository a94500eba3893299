"""What several dashboards are put together from: questions to the API, and panels made of values. Pure."""

from collections.abc import Sequence
from typing import Any, Literal

from keitora_dashboards import transformations as then
from keitora_dashboards.fields import number_override, unknown
from keitora_dashboards.panels import Panel, ranking, stacked_bars, stat, table
from keitora_dashboards.query import BUCKET, TIMES, TRUCKS, Column, Format, Json, Query
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value, uid_of

Params = tuple[tuple[str, str], ...]
_FUEL: Params = (*TIMES, *TRUCKS)
_TIME = Column("bucket", "time", "timestamp")
_TRUCK = Column("vehicle.name", "vehicle", "string")


def ask(
    reader: Reader, path: str, *values: Value, params: Params = (), root: str = "items", form: Format = "table"
) -> Query:
    """Return a question to the API for these values, in the readers' units."""
    columns = tuple(value.column(reader) for value in values)
    return Query(path=path, columns=columns, params=(*params, *reader.units.query), root=root, format=form)


def rows_of(
    reader: Reader, path: str, *values: Value, params: Params = (), root: str = "items", **settings: Any
) -> Panel:
    """Return a table of the values, in their order; what is not known is shown as such."""
    order = [value.name for value in values if not value.is_hidden] + [v.name for v in values if v.is_hidden]
    overrides = (number_override(noValue=reader.text("unknown")), *(value.look(reader) for value in values))
    return table(
        queries=(ask(reader, path, *values, params=params, root=root),),
        transformations=(then.arrange(order),),
        unit="none",
        overrides=overrides,
        **settings,
    )


def one(reader: Reader, path: str, value: Value, *, params: Params = (), root: str = "", **settings: Any) -> Panel:
    """Return the one number an answer holds."""
    return stat(
        queries=(ask(reader, path, value, params=params, root=root),),
        calc="lastNotNull",
        trend=False,
        unit=reader.grafana_unit(value.unit),
        decimals=value.decimals,
        empty=reader.text("unknown"),
        **settings,
    )


def days(reader: Reader, *values: Value, params: Params = _FUEL) -> Query:
    """Return the fleet's days in the range, a row a day: small enough to be summed by the browser."""
    asked = (*params, ("bucket", "day"), ("group_by", "fleet"), *reader.units.query)
    columns = (_TIME, *(value.column(reader) for value in values))
    return Query(path="/v1/stats/fuel", columns=columns, params=asked, format="timeseries")


def truck_days(reader: Reader, *values: Value, named: bool = True, params: Params = _FUEL) -> Query:
    """Return each truck's days in the range."""
    columns = (*((_TRUCK,) if named else ()), *(value.column(reader) for value in values))
    return Query(path="/v1/stats/fuel", columns=columns, params=(*params, ("bucket", "day"), *reader.units.query))


def total(reader: Reader, value: Value, *, color: str, params: Params = _FUEL, **settings: Any) -> Panel:
    """Return the sum of the range's days."""
    return stat(
        queries=(days(reader, value, params=params),),
        unit=reader.grafana_unit(value.unit),
        decimals=value.decimals,
        empty=reader.text("unknown"),
        defaults={"thresholds": {"mode": "absolute", "steps": [{"value": None, "color": color}]}},
        **settings,
    )


def _economy_values(reader: Reader) -> tuple[tuple[Value, Value, Value], tuple[str, str]]:
    distance = Value(name="distance", selector="distance_km")
    fuel = Value(name="fuel", selector="fuel_l")
    # Null on a day that does not know enough of its fuel; only used to leave such days out.
    known = Value(name="known", selector="km_per_l")
    by = ("fuel", "distance") if reader.units.name == "l-per-100km" else ("distance", "fuel")
    return (distance, fuel, known), by


def economy_total(reader: Reader, *, params: Params = _FUEL, **settings: Any) -> Panel:
    """Return the economy of the whole range: the sum of distances by the sum of litres of days that know both."""
    values, (above, below) = _economy_values(reader)
    return stat(
        queries=(truck_days(reader, *values, named=False, params=params),),
        transformations=(then.only_known("known"), then.sum_all(), *_quotient(reader, above, below, keep=False)),
        trend=False,
        unit=reader.grafana_unit("economy"),
        decimals=1,
        empty=reader.text("unknown"),
        defaults={
            "mappings": unknown(reader.text("unknown")),
            "thresholds": {"mode": "absolute", "steps": [{"value": None, "color": "purple"}]},
        },
        **settings,
    )


def economy_by_truck(reader: Reader, **settings: Any) -> Panel:
    """Return each truck's economy over the range, the best first."""
    values, (above, below) = _economy_values(reader)
    sums = (f"{above} (sum)", f"{below} (sum)")
    best: Literal["up", "down"] = "up" if reader.units.name == "l-per-100km" else "down"
    colors = "continuous-GrYlRd" if best == "up" else "continuous-RdYlGr"
    return ranking(
        queries=(truck_days(reader, *values),),
        transformations=(
            then.only_known("known"),
            then.sum_by("vehicle", ("distance", "fuel")),
            *_quotient(reader, *sums, keep=True),
            then.arrange(("vehicle", "economy"), drop=sums),
            then.sort("economy", best),
        ),
        unit=reader.grafana_unit("economy"),
        decimals=1,
        empty=reader.text("no-fuel"),
        defaults={"min": 0, "color": {"mode": colors}, "mappings": unknown(reader.text("unknown"))},
        **settings,
    )


def _quotient(reader: Reader, above: str, below: str, *, keep: bool) -> tuple[Json, ...]:
    if reader.units.name != "l-per-100km":
        return (then.divide(above, below, into="economy", keep=keep),)
    ratio = then.divide(above, below, into="per-km", keep=keep)
    return (ratio, then.times("per-km", 100, into="economy", keep=keep), *((then.without("per-km"),) if keep else ()))


def by_truck(reader: Reader, value: Value, **settings: Any) -> Panel:
    """Return the sums of a value over the range by truck, the most first."""
    return ranking(
        queries=(truck_days(reader, value),),
        transformations=(then.sum_by("vehicle", (value.name,)), then.sort(f"{value.name} (sum)", "down")),
        unit=reader.grafana_unit(value.unit),
        decimals=value.decimals,
        defaults={"min": 0, "color": {"mode": "continuous-BlPu"}},
        **settings,
    )


def bars_by_truck(reader: Reader, value: Value, **settings: Any) -> Panel:
    """Return the value over time, a colour a truck."""
    params = (*TIMES, *TRUCKS, ("bucket", BUCKET), *reader.units.query)
    return stacked_bars(
        queries=(
            Query(
                path="/v1/stats/fuel",
                params=params,
                columns=(_TIME, _TRUCK, value.column(reader)),
                format="timeseries",
            ),
        ),
        unit=reader.grafana_unit(value.unit),
        decimals=value.decimals,
        defaults={"displayName": "${__field.labels.vehicle}", "color": {"mode": "palette-classic"}},
        **settings,
    )


def link(reader: Reader, slug: str, title: str, *, keeping: Sequence[str] = ("vehicle",)) -> Json:
    """Return a link to a dashboard that keeps the time range and what is chosen."""
    kept = "&".join([*(f"${{{name}:queryparam}}" for name in keeping), "${__url_time_range}"])
    return {"title": reader.text(title), "url": f"/d/{uid_of(slug, reader.language)}?{kept}", "targetBlank": False}

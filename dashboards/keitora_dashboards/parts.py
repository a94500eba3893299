"""What several dashboards are put together from: questions to the API, and panels made of values. Pure."""

from collections.abc import Sequence
from typing import Any, Literal

from keitora_dashboards import transformations as then
from keitora_dashboards.fields import number_override, unknown
from keitora_dashboards.panels import Panel, ranking, stacked_bars, stat, table
from keitora_dashboards.query import BUCKET, TIMES, TRUCKS, Column, Format, Json, Query
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import ECONOMY, SURENESS, Value, uid_of

Params = tuple[tuple[str, str], ...]
_FUEL: Params = (*TIMES, *TRUCKS)
_TIME = Column("bucket", "time", "timestamp")
_TRUCK = Column("vehicle.name", "vehicle", "string")
_NAMED = Value(name="vehicle", selector="vehicle.name", type="string")


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
    asked = (*params, ("bucket", "day"), ("limit", "1000"), *reader.units.query)
    columns = (_TIME, *(value.column(reader) for value in values))
    return Query(path="/v1/stats", columns=columns, params=asked, format="timeseries")


def whole(reader: Reader, *values: Value, group: str = "none", params: Params = _FUEL) -> Query:
    """Return the range as one bucket, a row a group."""
    return ask(reader, "/v1/stats", *values, params=(*params, ("bucket", "total"), ("group_by", group)))


def total(reader: Reader, value: Value, *, params: Params = _FUEL, **settings: Any) -> Panel:
    """Return the sum of the range's days."""
    return stat(
        queries=(days(reader, value, params=params),),
        unit=reader.grafana_unit(value.unit),
        decimals=value.decimals,
        empty=reader.text("unknown"),
        **settings,
    )


def economy_total(reader: Reader, *, params: Params = _FUEL, **settings: Any) -> Panel:
    """Return the economy of the whole range: of the days that know both distance and fuel."""
    return stat(
        queries=(whole(reader, ECONOMY, params=params),),
        calc="lastNotNull",
        trend=False,
        unit=reader.grafana_unit("economy"),
        decimals=1,
        empty=reader.text("unknown"),
        defaults={"mappings": unknown(reader.text("unknown"))},
        **settings,
    )


def economy_with_error(reader: Reader, *, params: Params = _FUEL, **settings: Any) -> Panel:
    """Return the same, and how far it may be off."""
    return stat(
        queries=(whole(reader, ECONOMY, SURENESS, params=params),),
        calc="lastNotNull",
        trend=False,
        several=True,
        unit=reader.grafana_unit("economy"),
        decimals=1,
        empty=reader.text("unknown"),
        overrides=(ECONOMY.look(reader), SURENESS.look(reader)),
        transformations=(then.arrange((ECONOMY.name, SURENESS.name)),),
        defaults={"mappings": unknown(reader.text("unknown"))},
        **settings,
    )


def economy_by_truck(reader: Reader, **settings: Any) -> Panel:
    """Return each truck's economy over the range, the best first; trucks that do not know theirs are left out."""
    return economy_by(reader, "vehicle", _NAMED, **settings)


def economy_by(reader: Reader, group: str, name: Value, *, params: Params = _FUEL, **settings: Any) -> Panel:
    """Return each group's economy over the range, the best first; those that do not know theirs are left out."""
    best: Literal["up", "down"] = "up" if reader.units.name == "l-per-100km" else "down"
    colors = "continuous-GrYlRd" if best == "up" else "continuous-RdYlGr"
    return ranking(
        queries=(whole(reader, name, ECONOMY, group=group, params=params),),
        transformations=(
            then.only_known("economy"),
            then.arrange((name.name, "economy")),
            then.sort("economy", best),
        ),
        unit=reader.grafana_unit("economy"),
        decimals=1,
        empty=reader.text("no-fuel"),
        defaults={"min": 0, "color": {"mode": colors}, **settings.pop("defaults", {})},
        **settings,
    )


def by_truck(reader: Reader, value: Value, **settings: Any) -> Panel:
    """Return the sums of a value over the range by truck, the most first."""
    return by_group(reader, "vehicle", _NAMED, value, **settings)


def by_group(
    reader: Reader, group: str, name: Value, value: Value, *, params: Params = _FUEL, **settings: Any
) -> Panel:
    """Return the sums of a value over the range by group, the most first."""
    defaults: Json = {"min": 0, "color": {"mode": "continuous-BlPu"}}
    return ranking(
        queries=(whole(reader, name, value, group=group, params=params),),
        transformations=(
            then.only_known(value.name),
            then.arrange((name.name, value.name)),
            then.sort(value.name, "down"),
        ),
        unit=reader.grafana_unit(value.unit),
        decimals=value.decimals,
        defaults={**defaults, **settings.pop("defaults", {})},
        **settings,
    )


def bars_by_truck(reader: Reader, value: Value, **settings: Any) -> Panel:
    """Return the value over time, a colour a truck."""
    params = (*TIMES, *TRUCKS, ("bucket", BUCKET), ("group_by", "vehicle"), ("limit", "1000"), *reader.units.query)
    return stacked_bars(
        queries=(
            Query(
                path="/v1/stats",
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

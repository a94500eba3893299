"""*Drivers*: who drove how far, how long, and how. Pure."""

from typing import Final

from keitora_dashboards import parts, values
from keitora_dashboards import transformations as then
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.fields import nothing
from keitora_dashboards.panels import Panel, lay_out, ranking
from keitora_dashboards.query import TIMES
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value

SLUG: Final = "fleet-drivers"

_DAYS: Final = "/v1/driver-days"
_DAY: Final = Value(name="day", selector="local_date", type="string", width=120)


def drivers(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    text = reader.text
    shown = (
        (1, values.DISTANCE, "distance-by-driver", "no-trips"),
        (2, values.TRIPS, "trips-by-driver", "no-trips"),
        (3, values.IDLE, "idle-by-driver", "no-trips"),
        (4, values.FUEL, "fuel-by-driver", "no-fuel"),
    )
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=text("drivers-page"),
        description=text("drivers-page.about"),
        time_from="now-29d/d",
        panels=lay_out(
            (10, tuple(_by_driver(reader, *one) for one in shown)),
            (14, (_days(reader),)),
        ),
    )


def _by_driver(reader: Reader, number: int, value: Value, title: str, empty: str) -> Panel:
    return ranking(
        number=number,
        title=reader.text(title),
        description=reader.text(f"{title}.about"),
        queries=(parts.ask(reader, _DAYS, values.DRIVER, value, params=TIMES),),
        transformations=(then.sum_by("driver", (value.name,)), then.sort(f"{value.name} (sum)", "down")),
        unit=reader.grafana_unit(value.unit),
        decimals=value.decimals,
        empty=reader.text(empty),
        defaults={"min": 0, "color": {"mode": "continuous-BlPu"}, "mappings": nothing(reader.text("nobody-named"))},
        links=(parts.link(reader, "fleet-trips", "to-trips", keeping=()),),
    )


def _days(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        _DAYS,
        _DAY,
        values.DRIVER,
        values.TRIPS.summed(),
        values.DISTANCE.summed(),
        values.MOVING.summed(),
        values.IDLE.summed(),
        values.ENGINE_ON.summed(),
        values.FUEL.summed(),
        values.ENERGY.summed(),
        params=TIMES,
        number=5,
        title=reader.text("driver-days"),
        description=reader.text("driver-days.about"),
        empty=reader.text("no-trips"),
    )

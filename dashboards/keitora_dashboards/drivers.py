"""*Drivers*: who drove how far, how long, and how. Pure."""

from typing import Final

from keitora_dashboards import parts, values
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.fields import nothing, steps, words
from keitora_dashboards.panels import PLAIN, Panel, lay_out
from keitora_dashboards.query import OF_DRIVERS, TIMES, TRUCKS
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value
from keitora_dashboards.variables import drivers as choice_of_drivers
from keitora_dashboards.variables import trucks

SLUG: Final = "fleet-drivers"

_CHOSEN: Final = (*TIMES, *TRUCKS, *OF_DRIVERS)
_KEPT: Final = ("vehicle", "driver")

_DAY: Final = Value(name="day", selector="bucket_local_date", type="string", width=120)


def drivers(reader: Reader) -> Dashboard:
    """Return the dashboard for a reader."""
    text = reader.text
    shown = (
        (1, values.DISTANCE, "distance-by-driver", "no-trips"),
        (2, values.TRIPS, "trips-by-driver", "no-trips"),
        (4, values.FUEL, "fuel-by-driver", "no-fuel"),
    )
    idle = _by_driver(reader, 3, values.IDLE, "idle-by-driver", "no-trips")
    return Dashboard(
        slug=SLUG,
        reader=reader,
        title=text("drivers-page"),
        description=text("drivers-page.about"),
        time_from="now-29d/d",
        variables=(trucks(reader), choice_of_drivers(reader)),
        layout=lay_out(
            (8, tuple(_by_driver(reader, *one) for one in shown)),
            (8, (_relative_economy(reader), _economy(reader), idle)),
            (11, (_compared(reader),)),
            (9, (_purposes(reader), _days(reader))),
        ),
    )


def _by_driver(reader: Reader, number: int, value: Value, title: str, empty: str) -> Panel:
    return parts.by_group(
        reader,
        "driver",
        values.DRIVER,
        value,
        params=_CHOSEN,
        number=number,
        title=reader.text(title),
        description=reader.text(f"{title}.about"),
        empty=reader.text(empty),
        defaults={"mappings": nothing(reader.text("nobody-named"))},
        links=(parts.link(reader, "fleet-trips", "to-trips", keeping=_KEPT),),
    )


def _economy(reader: Reader) -> Panel:
    return parts.economy_by(
        reader,
        "driver",
        values.DRIVER,
        params=_CHOSEN,
        number=8,
        title=reader.text("economy-by-driver"),
        description=reader.text("economy-by-driver.about"),
        defaults={"mappings": nothing(reader.text("nobody-named"))},
        links=(parts.link(reader, "fleet-trips", "to-trips", keeping=_KEPT),),
    )


def _relative_economy(reader: Reader) -> Panel:
    """Return how far each driver gets on a litre against what the same trucks do with everybody."""
    return parts.by_group(
        reader,
        "driver",
        values.DRIVER,
        values.RELATIVE_ECONOMY,
        params=_CHOSEN,
        number=9,
        title=reader.text("relative-economy-by-driver"),
        description=reader.text("relative-economy-by-driver.about"),
        empty=reader.text("nothing-to-compare"),
        defaults={
            "mappings": nothing(reader.text("nobody-named")),
            "color": {"mode": "thresholds"},
            "thresholds": steps((None, "orange"), (0.95, PLAIN), (1.05, "green")),
        },
        links=(parts.link(reader, "fleet-trips", "to-trips", keeping=_KEPT),),
    )


def _compared(reader: Reader) -> Panel:
    """Return each driver's sums, and how often something was harsh for the distance."""
    harsh = tuple(
        Value(name=kind.replace("_", "-"), selector=f"episodes_per_100km.{kind}", unit="short", decimals=2)
        for kind in ("harsh_braking", "harsh_acceleration", "harsh_cornering", "over_speed", "over_rev")
    )
    return parts.rows_of(
        reader,
        "/v1/stats",
        values.DRIVER.leading("driver"),
        values.TRIPS.summed(),
        values.DISTANCE.summed(),
        values.MOVING.summed(),
        values.IDLE.summed(),
        values.IDLE_SHARE,
        values.FUEL.summed(),
        values.ECONOMY,
        values.RELATIVE_ECONOMY,
        values.COMPARED.summed(),
        values.COST.summed(),
        *harsh,
        values.DRIVER_ID,
        params=(*_CHOSEN, ("bucket", "total"), ("group_by", "driver")),
        number=6,
        title=reader.text("drivers-compared"),
        description=reader.text("drivers-compared.about"),
        empty=reader.text("no-trips"),
    )


def _purposes(reader: Reader) -> Panel:
    texts = {code: reader.text(f"purpose.{code}") for code in values.PURPOSES}
    return parts.by_group(
        reader,
        "purpose",
        Value(name="purpose", selector="purpose", type="string"),
        values.DISTANCE,
        params=_CHOSEN,
        number=7,
        width=6,
        title=reader.text("distance-by-purpose"),
        description=reader.text("distance-by-purpose.about"),
        empty=reader.text("no-trips"),
        defaults={"mappings": [*words(texts), *nothing(reader.text("unknown"))]},
        links=(parts.link(reader, "fleet-trips", "to-trips", keeping=_KEPT),),
    )


def _days(reader: Reader) -> Panel:
    return parts.rows_of(
        reader,
        "/v1/stats",
        _DAY,
        values.DRIVER.leading("driver"),
        values.TRIPS.summed(),
        values.DISTANCE.summed(),
        values.MOVING.summed(),
        values.IDLE.summed(),
        values.ENGINE_ON.summed(),
        values.FUEL.summed(),
        values.ENERGY.summed(),
        values.DRIVER_ID,
        params=(*_CHOSEN, ("bucket", "day"), ("group_by", "driver"), ("limit", "1000")),
        number=5,
        title=reader.text("driver-days"),
        description=reader.text("driver-days.about"),
        empty=reader.text("no-trips"),
    )

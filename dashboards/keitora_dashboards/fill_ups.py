"""Panels of fill-ups. Pure."""

from typing import Any, Final

from keitora_dashboards import parts, values
from keitora_dashboards.panels import Panel
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import Value

_QUESTIONS: Final = ("odometer", "volume", "missed", "duplicate", "overfull")
_YES_NO: Final = ("true", "false")

FILLED: Final = Value(name="filled", selector="filled_at", type="timestamp", unit="dateTimeAsLocal", width=180)
VOLUME: Final = Value(name="volume", selector="volume_l", unit="volume", decimals=2)
ODOMETER: Final = Value(name="odometer", selector="odometer_km", unit="distance", decimals=0)
IS_FULL: Final = Value(name="is-full", selector="is_full", type="string", codes=_YES_NO, prefix="yes-no")
STATION: Final = Value(name="station", selector="station", type="string")
QUESTION: Final = Value(
    name="question", selector="question.kind", type="string", codes=_QUESTIONS, prefix="question", width=200
)
PRICE: Final = Value(name="price", selector="total_price", type="string")
CURRENCY: Final = Value(name="currency", selector="currency", type="string", width=90)


def fill_up_table(
    reader: Reader, *, params: parts.Params, title: str, about: str, of_one: bool = False, **settings: Any
) -> Panel:
    """Return the fill-ups of a time range, with what looks mistyped."""
    truck = () if of_one else (values.TRUCK_NUMBER,)
    return parts.rows_of(
        reader,
        "/v1/fill-ups",
        FILLED,
        *truck,
        VOLUME.summed(),
        PRICE,
        CURRENCY,
        ODOMETER,
        IS_FULL,
        STATION,
        QUESTION,
        values.NOTE,
        params=params,
        title=reader.text(title),
        description=reader.text(about),
        empty=reader.text("no-fill-ups"),
        **settings,
    )

"""Queries to the API, as the Infinity data source sends them. Pure.

The backend parser only: it also works in alerts and shared dashboards. It sorts the fields by name, so names here are
ours and stable; what people read comes from the panel.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Self

PLUGIN: Final = "yesoreyeram-infinity-datasource"
DATASOURCE: Final = {"type": PLUGIN, "uid": "${datasource}"}

# Thirty trucks side by side are legible, and quickly told, in a month of days, half a year of weeks, or months.
BUCKET: Final = "$__customInterval(31d,1d,183d,1w,1M)"

Json = dict[str, Any]
ColumnType = Literal["string", "number", "timestamp", "boolean"]
Format = Literal["table", "timeseries"]


@dataclass(frozen=True, slots=True)
class Column:
    """A value of each item: where it is in the answer (a dotted path), and the field it becomes."""

    selector: str
    name: str
    type: ColumnType = "number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One request to the API, and what is taken from the answer.

    `timeseries` makes a line of each number and label, and needs rows that ascend in time; `table` keeps the rows. With
    an empty `root` the whole answer is the one row.
    """

    path: str
    columns: tuple[Column, ...]
    params: tuple[tuple[str, str], ...] = ()
    format: Format = "table"
    root: str = "items"

    def with_columns(self, *columns: Column) -> Self:
        """Return the same request with other columns taken from its answer."""
        return replace(self, columns=columns)

    def as_json(self, ref_id: str) -> Json:
        """Return the query as an entry of a panel's `targets`."""
        return {
            "refId": ref_id,
            "datasource": DATASOURCE,
            "type": "json",
            "parser": "backend",
            "source": "url",
            "format": self.format,
            "url": self.path,
            "url_options": {
                "method": "GET",
                "data": "",
                "headers": [],
                "params": [{"key": key, "value": value} for key, value in (*self.params, *self._fields())],
            },
            "root_selector": self.root,
            "columns": [{"selector": c.selector, "text": c.name, "type": c.type} for c in self.columns],
            "computed_columns": [],
            "filters": [],
            "filterExpression": "",
            "summarizeExpression": "",
            "summarizeBy": "",
            "summarizeAlias": "",
            "pagination_mode": "none",
        }

    def _fields(self) -> tuple[tuple[str, str], ...]:
        """Return the parameter that asks for no more of each item than is shown.

        Not with `units`: then the answer's names are others than those of the fields.
        """
        if self.root != "items" or any(key == "units" for key, _ in self.params):
            return ()
        return (("fields", ",".join(sorted({column.selector.partition(".")[0] for column in self.columns}))),)


# `${vehicle:csv}`: a variable's default format is {a,b}, which no API reads.
TRUCKS: Final = (("vehicle", "${vehicle:csv}"),)
ONE_TRUCK: Final = (("vehicle", "${truck}"),)
# What people say of trips; `all` of each unless it is chosen.
OF_DRIVERS: Final = (("driver", "${driver:csv}"),)
OF_TRIPS: Final = (*OF_DRIVERS, ("purpose", "${purpose:csv}"))
OF_PLACES: Final = (("place", "${place:csv}"),)
TIMES: Final = (("from", "${__timeFrom:date:iso}"), ("to", "${__timeTo:date:iso}"))

"""What Infinity's backend parser (3.11) makes of an answer, as far as our dashboards depend on it."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

Json = dict[str, Any]

_INTERVAL = re.compile(r"\$__customInterval\(([^)]*)\)")
MAPS = {"fuel_shares", "episode_counts", "episodes_per_100km", "episodes_per_100mi"}
"""Parts of an answer whose names come and go."""
# What it says it takes: text before JSON, so what has several forms must be asked for the right one.
_HEADERS = {"Accept": "application/json;q=0.9,text/plain", "Accept-Encoding": "gzip"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"d": 1, "w": 7, "M": 30, "y": 365}


@dataclass(frozen=True)
class Asked:
    """What the dashboard's time picker and variables say."""

    since: datetime
    until: datetime
    vehicle: str = "all"
    truck: str = ""
    trip: str = ""
    driver: str = "all"
    purpose: str = "all"
    place: str = "all"

    def choose(self, text: str) -> str:
        """Replace variables as the browser does; the plugin replaces its macros later."""
        chosen = {
            "vehicle:csv": self.vehicle,
            "driver:csv": self.driver,
            "purpose:csv": self.purpose,
            "place:csv": self.place,
            "truck": self.truck,
            "trip": self.trip,
        }
        for name, value in chosen.items():
            text = text.replace(f"${{{name}}}", value)
        return text

    def fill(self, text: str) -> str:
        """Replace variables and macros; a dollar that is left would reach the API."""
        filled = (
            self.choose(text)
            .replace("${__timeFrom:date:iso}", _iso(self.since))
            .replace("${__timeTo:date:iso}", _iso(self.until))
        )
        filled = _INTERVAL.sub(lambda found: self._interval(found[1].split(",")), filled)
        assert "$" not in filled, f"{filled}: not a variable or macro we know"
        return filled

    def _interval(self, words: list[str]) -> str:
        for longest, interval in zip(words[:-1:2], words[1::2], strict=True):
            if self.until - self.since <= timedelta(days=int(longest[:-1]) * _UNITS[longest[-1]]):
                return interval
        return words[-1]


@dataclass(frozen=True)
class Field:
    """A column of a frame. `labels` tells the lines of a time series apart."""

    name: str
    type: str
    values: list[Any]
    labels: tuple[tuple[str, str], ...] = ()


def plain(field: Field) -> list[Any]:
    """Return a field's values as Grafana sends them: times in whole milliseconds since 1970."""
    return [(one - _EPOCH) // timedelta(milliseconds=1) if isinstance(one, datetime) else one for one in field.values]


def ask(client: httpx2.Client, target: Json, asked: Asked, headers: dict[str, str]) -> Any:
    """Send the query as Infinity does."""
    params = {p["key"]: asked.fill(p["value"]) for p in target["url_options"]["params"]}
    answer = client.get(asked.fill(target["url"]), params=params, headers={**_HEADERS, **headers})
    assert answer.status_code == 200, f"{answer.url}: {answer.status_code} {answer.text}"
    return answer.json()


def frame(target: Json, answer: Any) -> list[Field]:
    """Return the fields: alphabetical; of a time series with texts, a line for each text."""
    # Without a selector, the whole answer is one row.
    rows = _at(answer, target["root_selector"]) if target["root_selector"] else [answer]
    assert isinstance(rows, list), f"{target['root_selector']} is no list"
    if not rows:
        return []
    columns = sorted(target["columns"], key=lambda column: column["text"])
    fields = [
        Field(c["text"], c["type"], [_value(_at(row, c["selector"]), c["type"], c["selector"]) for row in rows])
        for c in columns
    ]
    is_long = target["format"] == "timeseries" and any(field.type == "string" for field in fields)
    return _to_wide(fields) if is_long else fields


def _at(value: Any, selector: str) -> Any:
    parts = selector.split(".")
    for before, part in zip(["", *parts], parts, strict=False):
        if value is None:
            return None
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
            continue
        assert isinstance(value, dict), f"{selector}: nothing to look {part} up in"
        assert part in value or before in MAPS, f"{selector}: the API has no {part}, but {sorted(value)}"
        value = value.get(part)
    return value


def _value(value: Any, kind: str, selector: str) -> Any:
    if value is None:
        return None
    if kind == "number":
        assert isinstance(value, int | float), f"{selector}: {value!r} is no number"
        assert not isinstance(value, bool), f"{selector}: {value!r} is no number"
        return float(value)
    if kind == "timestamp":
        assert isinstance(value, str), f"{selector}: {value!r} is no time"
        moment = datetime.fromisoformat(value)
        if len(value) == len("2026-11-22"):
            return moment.replace(tzinfo=UTC)
        assert moment.tzinfo is not None, f"{selector}: {value!r} has no offset"
        return moment
    assert not isinstance(value, dict | list), f"{selector}: {value!r} would become JSON text"
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _to_wide(fields: list[Field]) -> list[Field]:
    (time,) = [field for field in fields if field.type == "timestamp"]
    assert time.values == sorted(time.values), "rows do not ascend in time: Infinity would leave them long"
    labels = [field for field in fields if field.type == "string"]
    moments = sorted(set(time.values))
    keys = [tuple((label.name, label.values[row]) for label in labels) for row in range(len(time.values))]
    wide = [Field(time.name, "timestamp", moments)]
    for number in (field for field in fields if field.type == "number"):
        for key in sorted(set(keys)):
            found = {time.values[row]: number.values[row] for row, has in enumerate(keys) if has == key}
            wide.append(Field(number.name, "number", [found.get(moment) for moment in moments], key))
    return wide


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

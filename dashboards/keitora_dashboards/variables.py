"""What a dashboard's reader may choose above it. Pure."""

from typing import Final, NamedTuple

from keitora_dashboards.query import DATASOURCE, PLUGIN, Column, Json, Query
from keitora_dashboards.reader import Reader

DATASOURCE_UID: Final = "keitora"
DATASOURCE_NAME: Final = "Keitora"

_NAMED: Final = (Column("id", "id", "string"), Column("name", "name", "string"))
_DRIVERS: Final = Query(path="/v1/drivers", columns=_NAMED)
_PLACES: Final = Query(path="/v1/places", columns=_NAMED)
_PURPOSES: Final = ("work", "farm", "private", "commute")
_TRUCKS: Final = Query(path="/v1/vehicles", columns=_NAMED)


# The API reads `all` so, and knows what was added after the page was opened.
_SEVERAL: Final = {
    "multi": True,
    "includeAll": True,
    "allValue": "all",
    "current": {"text": ["All"], "value": ["$__all"]},
}


class Choice(NamedTuple):
    """A value, and how it is shown."""

    value: str
    text: str


def datasource(reader: Reader) -> Json:
    """Return the choice of the data source, so that a Grafana may have several Keitoras."""
    return {
        "name": "datasource",
        "label": reader.text("datasource"),
        "type": "datasource",
        "query": PLUGIN,
        "current": {"text": DATASOURCE_NAME, "value": DATASOURCE_UID},
        "refresh": 1,
        "regex": "",
        "hide": 0,
        "multi": False,
        "includeAll": False,
        "options": [],
    }


def trucks(reader: Reader) -> Json:
    """Return the choice of some trucks, or all."""
    return {**_asked("vehicle", reader.text("truck"), _TRUCKS), **_SEVERAL}


def drivers(reader: Reader) -> Json:
    """Return the choice of some drivers, or all and nobody."""
    return {**_asked("driver", reader.text("driver"), _DRIVERS), **_SEVERAL}


def places(reader: Reader) -> Json:
    """Return the choice of some named places, or anywhere."""
    return {**_asked("place", reader.text("place"), _PLACES), **_SEVERAL}


def purposes(reader: Reader) -> Json:
    """Return the choice of some purposes, or all and none."""
    choices = tuple(Choice(code, reader.text(f"purpose.{code}")) for code in _PURPOSES)
    return {**one_of("purpose", reader.text("purpose"), choices), **_SEVERAL}


def truck(reader: Reader) -> Json:
    """Return the choice of one truck; the first, until one is chosen."""
    return {**_asked("truck", reader.text("truck"), _TRUCKS), "multi": False, "includeAll": False, "current": {}}


def trip() -> Json:
    """Return the trip a link has named; nobody types it."""
    return {
        "name": "trip",
        "label": "",
        "type": "textbox",
        "query": "",
        "hide": 2,
        "skipUrlSync": False,
        "current": {"text": "", "value": ""},
        "options": [],
    }


def one_of(name: str, label: str, choices: tuple[Choice, ...]) -> Json:
    """Return a choice of one of a few fixed values; the first, until one is chosen."""
    options = [{"text": choice.text, "value": choice.value, "selected": False} for place, choice in enumerate(choices)]
    return {
        "name": name,
        "label": label,
        "type": "custom",
        "query": ",".join(f"{choice.text} : {choice.value}" for choice in choices),
        "hide": 0,
        "multi": False,
        "includeAll": False,
        "current": {"text": choices[0].text, "value": choices[0].value},
        "options": options,
    }


def _asked(name: str, label: str, query: Query) -> Json:
    target = query.as_json("variable")
    del target["datasource"]
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "definition": f"GET {query.path}",
        "query": {
            "queryType": "infinity",
            "refId": "variable",
            "query": "",
            "meta": {"textField": "name", "valueField": "id"},
            "infinityQuery": target,
        },
        "refresh": 1,
        "sort": 0,
        "regex": "",
        "hide": 0,
        "options": [],
    }

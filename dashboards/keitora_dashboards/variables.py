"""What a dashboard's reader may choose above it. Pure."""

from typing import Final, NamedTuple

from keitora_dashboards.query import DATASOURCE, PLUGIN, Column, Json, Query
from keitora_dashboards.reader import Reader

DATASOURCE_UID: Final = "keitora"
DATASOURCE_NAME: Final = "Keitora"

_TRUCKS: Final = Query(path="/v1/vehicles", columns=(Column("id", "id", "string"), Column("name", "name", "string")))


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
    # The API reads `all` so, and knows trucks that were added after the page was opened.
    several = {"multi": True, "includeAll": True, "allValue": "all", "current": {"text": ["All"], "value": ["$__all"]}}
    return {**_asked("vehicle", reader.text("truck"), _TRUCKS), **several}


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
    options = [
        {"text": choice.text, "value": choice.value, "selected": place == 0} for place, choice in enumerate(choices)
    ]
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

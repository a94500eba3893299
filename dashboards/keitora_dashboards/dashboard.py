"""A whole dashboard in Grafana's classic format (schema 42). Pure."""

import json
from dataclasses import dataclass
from typing import Final

from keitora_dashboards.panels import Panel
from keitora_dashboards.query import DATASOURCE, PLUGIN, Column, Json, Query
from keitora_dashboards.texts import LANGUAGES, Language, Texts

DATASOURCE_UID: Final = "keitora"
DATASOURCE_NAME: Final = "Keitora"
FOLDER_UID: Final = "fleet"
FOLDER_TITLE: Final = "Keitora"
TAG: Final = "fleet"

_SCHEMA: Final = 42
_LANGUAGE_NAMES: Final[dict[Language, str]] = {"en": "English", "ja": "日本語"}
_TRUCKS: Final = Query(path="/v1/vehicles", columns=(Column("id", "id", "string"), Column("name", "name", "string")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A dashboard in one language. `slug` is its uid in English and never changes."""

    slug: str
    texts: Texts
    title: str
    description: str
    panels: tuple[Panel, ...]
    time_from: str
    refresh: str

    @property
    def uid(self) -> str:
        """The dashboard's uid, also the name of its file."""
        return uid_of(self.slug, self.texts.language)

    def as_json(self) -> Json:
        """Return the dashboard as Grafana reads it."""
        return {
            "id": None,
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG, self.texts.language],
            "schemaVersion": _SCHEMA,
            "version": 0,
            "editable": False,
            "graphTooltip": 1,
            "timezone": "browser",
            "weekStart": "monday",
            "fiscalYearStartMonth": 0,
            "time": {"from": self.time_from, "to": "now"},
            "timepicker": {},
            "refresh": self.refresh,
            "annotations": {"list": []},
            "links": self._links(),
            "templating": {"list": [_datasource_variable(self.texts), _truck_variable(self.texts)]},
            "panels": [panel.as_json() for panel in self.panels],
        }

    def as_text(self) -> str:
        """Return the dashboard's file."""
        return json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n"

    def _links(self) -> list[Json]:
        kept = {"keepTime": True, "includeVars": True, "targetBlank": False, "tooltip": ""}
        language = self.texts.language
        return [
            {
                "type": "dashboards",
                "title": self.texts.of("dashboards"),
                "icon": "external link",
                "tags": [TAG, language],
                "asDropdown": True,
                "url": "",
                **kept,
            },
            *(
                {
                    "type": "link",
                    "title": _LANGUAGE_NAMES[other],
                    "icon": "external link",
                    "tags": [],
                    "asDropdown": False,
                    "url": f"/d/{uid_of(self.slug, other)}",
                    **kept,
                }
                for other in LANGUAGES
                if other != language
            ),
        ]


def uid_of(slug: str, language: Language) -> str:
    """Return the uid of a dashboard in a language."""
    return slug if language == "en" else f"{slug}-{language}"


def _datasource_variable(texts: Texts) -> Json:
    return {
        "name": "datasource",
        "label": texts.of("datasource"),
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


def _truck_variable(texts: Texts) -> Json:
    target = _TRUCKS.as_json("variable")
    del target["datasource"]
    return {
        "name": "vehicle",
        "label": texts.of("truck"),
        "type": "query",
        "datasource": DATASOURCE,
        "definition": "GET /v1/vehicles",
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
        "multi": True,
        "includeAll": True,
        # The API reads `all` so, and knows trucks that were added after the page was opened.
        "allValue": "all",
        "current": {"text": ["All"], "value": ["$__all"]},
        "options": [],
    }

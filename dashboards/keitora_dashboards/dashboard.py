"""A whole dashboard in Grafana's classic format (schema 42). Pure."""

import json
from dataclasses import dataclass
from typing import Final

from keitora_dashboards.panels import Fold, Panel
from keitora_dashboards.query import Json
from keitora_dashboards.reader import LANGUAGES, Language, Reader
from keitora_dashboards.values import uid_of
from keitora_dashboards.variables import datasource

FOLDER_UID: Final = "fleet"
FOLDER_TITLE: Final = "Keitora"
TAG: Final = "fleet"
TAG_DETAIL: Final = "fleet-detail"

_SCHEMA: Final = 42
_LANGUAGE_NAMES: Final[dict[Language, str]] = {"en": "English", "ja": "日本語"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """A dashboard for readers of one language. `slug` is its uid in English and never changes.

    A `detail` is led to by a number and not listed among the dashboards: alone it has nothing to show.
    """

    slug: str
    reader: Reader
    title: str
    description: str
    layout: tuple[Panel | Fold, ...]
    time_from: str
    variables: tuple[Json, ...] = ()
    refresh: str = ""
    is_detail: bool = False

    @property
    def uid(self) -> str:
        """The dashboard's uid, also the name of its file."""
        return uid_of(self.slug, self.reader.language)

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, those under folds included, from top to bottom."""
        return tuple(panel for part in self.layout for panel in (part.panels if isinstance(part, Fold) else (part,)))

    def as_json(self) -> Json:
        """Return the dashboard as Grafana reads it."""
        return {
            "id": None,
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG_DETAIL if self.is_detail else TAG, self.reader.language],
            "schemaVersion": _SCHEMA,
            "version": 0,
            "editable": False,
            "graphTooltip": 1,
            "timezone": self.reader.time_zone,
            "weekStart": "monday",
            "fiscalYearStartMonth": 0,
            "time": {"from": self.time_from, "to": "now"},
            "timepicker": {},
            "refresh": self.refresh,
            "annotations": {"list": []},
            "links": self._links(),
            "templating": {"list": [datasource(self.reader), *self.variables]},
            "panels": [part.as_json() for part in self.layout],
        }

    def as_text(self) -> str:
        """Return the dashboard's file."""
        return json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n"

    def _links(self) -> list[Json]:
        kept = {"keepTime": True, "includeVars": True, "targetBlank": False, "tooltip": ""}
        language = self.reader.language
        return [
            {
                "type": "dashboards",
                "title": self.reader.text("dashboards"),
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

"""An alert rule of Grafana, as its provisioning API takes it. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

from keitora_dashboards.alerts.contact import CONTACT_NAME
from keitora_dashboards.query import PLUGIN, Column, Json, Query
from keitora_dashboards.reader import Reader
from keitora_dashboards.values import uid_of
from keitora_dashboards.variables import DATASOURCE_UID

Severity = Literal["critical", "warning", "note"]

GROUP: Final = "Keitora"
_EXPRESSIONS: Final = "__expr__"
_DATASOURCE: Final = {"type": PLUGIN, "uid": DATASOURCE_UID}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A question to the API whose rows are alerts where the number passes the bound; text columns become labels.

    No rows and a number that is not known are no alert: a parked truck and a new fleet are quiet. `uid` never changes.
    `lasts` is for how long it must be so; `window_s` how far back the question looks.
    """

    uid: str
    message: str
    severity: Severity
    query: Query
    above: float | None = None
    below: float | None = None
    lasts: str = "0s"
    window_s: int = 900
    slug: str = "fleet-upkeep"
    panel: int = 1

    def as_json(self, reader: Reader, *, folder_uid: str, is_sent: bool) -> Json:
        """Return the rule; `is_sent`: to our contact point, and not where Grafana sends the rest."""
        kind, bound = ("gt", self.above) if self.above is not None else ("lt", self.below)
        made: Json = {
            "uid": self.uid,
            "orgID": 1,
            "folderUID": folder_uid,
            "ruleGroup": GROUP,
            "title": reader.text(f"alert.{self.message}"),
            "condition": "C",
            "data": [self._asked(), _threshold(kind, bound)],
            "for": self.lasts,
            "noDataState": "OK",
            "execErrState": "Error",
            "isPaused": False,
            "labels": {"severity": self.severity, "source": "keitora"},
            "annotations": {
                "summary": reader.text(f"alert.{self.message}.summary"),
                "__dashboardUid__": uid_of(self.slug, reader.language),
                "__panelId__": str(self.panel),
            },
        }
        if is_sent:
            made["notification_settings"] = {
                "receiver": CONTACT_NAME,
                "group_by": ["alertname", "grafana_folder", "truck"],
            }
        return made

    def _asked(self) -> Json:
        model = self.query.as_json("A")
        # Variables do not exist where alerts are evaluated.
        model["datasource"] = _DATASOURCE
        return {
            "refId": "A",
            "queryType": "",
            "datasourceUid": DATASOURCE_UID,
            "relativeTimeRange": {"from": self.window_s, "to": 0},
            "model": model,
        }


def _threshold(kind: str, bound: float | None) -> Json:
    return {
        "refId": "C",
        "queryType": "",
        "datasourceUid": _EXPRESSIONS,
        "relativeTimeRange": {"from": 0, "to": 0},
        "model": {
            "refId": "C",
            "type": "threshold",
            "expression": "A",
            "datasource": {"type": _EXPRESSIONS, "uid": _EXPRESSIONS},
            "conditions": [{"evaluator": {"type": kind, "params": [bound]}}],
        },
    }


def truck() -> tuple[Column, Column]:
    """Return the labels that tell trucks apart."""
    return Column("vehicle.name", "truck", "string"), Column("vehicle.id", "vehicle_id", "string")

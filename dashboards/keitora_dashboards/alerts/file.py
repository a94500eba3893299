"""Alert rules and contact point as a file that Grafana reads when it starts. Pure.

JSON, which is YAML. Grafana fills in `$NAME` from its environment in every value of it, so a dollar is doubled.
"""

import json
from typing import Any, Final

from keitora_dashboards.alerts.contact import Contact
from keitora_dashboards.alerts.rule import GROUP
from keitora_dashboards.alerts.rules import rules
from keitora_dashboards.dashboard import FOLDER_UID
from keitora_dashboards.query import Json
from keitora_dashboards.reader import Reader

# Not that of the dashboards: a file names a folder by its title only, and may be read before theirs is made.
_FOLDER: Final = "Keitora alerts"
_INTERVAL: Final = "1m"
# The group of the file says these for all its rules.
_OF_GROUP: Final = frozenset({"orgID", "folderUID", "ruleGroup"})


def alert_file(reader: Reader, contact: Contact) -> str:
    """Return the file."""
    made = [rule.as_json(reader, folder_uid=FOLDER_UID, is_sent=bool(contact)) for rule in rules()]
    whole: Json = {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": 1,
                "name": GROUP,
                "folder": _FOLDER,
                "interval": _INTERVAL,
                "rules": [{part: value for part, value in rule.items() if part not in _OF_GROUP} for rule in made],
            }
        ],
    }
    if contact:
        receivers = [{part: one[part] for part in ("uid", "type", "settings")} for one in contact.as_json()]
        whole["contactPoints"] = [{"orgId": 1, "name": contact.as_json()[0]["name"], "receivers": receivers}]
    return json.dumps(_escaped(whole), indent=2, ensure_ascii=False) + "\n"


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _escaped(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_escaped(part) for part in value]
    return value.replace("$", "$$") if isinstance(value, str) else value

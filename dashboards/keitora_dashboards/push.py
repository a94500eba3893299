"""Bring a Grafana to what the code says: our folder, our data source, our dashboards, and nothing else of it."""

from collections.abc import Callable
from typing import Final

from keitora.errors import SetupError
from keitora_dashboards.catalogue import dashboards
from keitora_dashboards.dashboard import FOLDER_TITLE, FOLDER_UID, Dashboard
from keitora_dashboards.datasource import SECRET, datasource
from keitora_dashboards.grafana import Grafana, TakenError
from keitora_dashboards.query import PLUGIN, Json
from keitora_dashboards.variables import DATASOURCE_UID

Tell = Callable[[str], None]

_MESSAGE: Final = "keitora dashboards push"
_NO_KEY: Final = (
    "Grafana has no key for the API yet; make one with: keitora key create --fleet NAME --role viewer --name grafana, "
    "and pass it with --api-key or KEITORA_GRAFANA_KEY"
)


def push(grafana: Grafana, *, api_url: str, key: str | None, tell: Tell) -> int:
    """Make and change what differs, tell of each, and return how many did. Asks Grafana last whether it can read."""
    changed = [
        _push_folder(grafana, tell),
        _push_datasource(grafana, datasource(api_url, key), tell),
        *(_push_dashboard(grafana, each, tell) for each in dashboards()),
    ]
    grafana.check_datasource(DATASOURCE_UID)
    tell("Grafana reads the API")
    return sum(changed)


def _push_folder(grafana: Grafana, tell: Tell) -> bool:
    found = grafana.folder(FOLDER_UID)
    if found is None:
        try:
            grafana.create_folder(FOLDER_UID, FOLDER_TITLE)
        except TakenError:  # by somebody else, just now
            grafana.rename_folder(FOLDER_UID, FOLDER_TITLE)
        return _told(tell, f"folder {FOLDER_TITLE}", "made")
    if found.get("title") != FOLDER_TITLE:
        grafana.rename_folder(FOLDER_UID, FOLDER_TITLE)
        return _told(tell, f"folder {FOLDER_TITLE}", "changed")
    return False


def _push_datasource(grafana: Grafana, wanted: Json, tell: Tell) -> bool:
    name = f"data source {wanted['name']}"
    found = grafana.datasource(DATASOURCE_UID)
    if found is None:
        if "secureJsonData" not in wanted:
            raise SetupError(_NO_KEY)
        try:
            grafana.create_datasource(wanted)
        except TakenError as error:
            raise SetupError(
                f"Grafana has another data source of the name '{wanted['name']}'; rename that one and push again"
            ) from error
        return _told(tell, name, "made")
    _require_ours(found)
    if "secureJsonData" not in wanted and not (found.get("secureJsonFields") or {}).get(SECRET):
        raise SetupError(_NO_KEY)
    if holds(found, {part: value for part, value in wanted.items() if part not in {"secureJsonData", "isDefault"}}):
        return False
    kept = found.get("jsonData") or {}
    changed = {**wanted, "isDefault": bool(found.get("isDefault")), "jsonData": {**kept, **wanted["jsonData"]}}
    grafana.update_datasource(changed)
    return _told(tell, name, "changed")


def _require_ours(found: Json) -> None:
    if found.get("readOnly"):
        raise SetupError(
            "this Grafana takes its data source from files (docker compose), so nothing is pushed to it; change the "
            "files and start it again"
        )
    if found.get("type") != PLUGIN:
        raise SetupError(f"the uid '{DATASOURCE_UID}' belongs to a data source of the type {found.get('type')}")


def _push_dashboard(grafana: Grafana, dashboard: Dashboard, tell: Tell) -> bool:
    wanted = dashboard.as_json()
    found = grafana.dashboard(dashboard.uid)
    meta = found.get("meta") or {} if found else {}
    if meta.get("provisioned"):
        raise SetupError(f"this Grafana takes the dashboard {dashboard.uid} from files; nothing is pushed over it")
    # Grafana numbers what it keeps.
    compared = {part: value for part, value in wanted.items() if part not in {"id", "version"}}
    if found and meta.get("folderUid") == FOLDER_UID and holds(found.get("dashboard"), compared):
        return False
    grafana.save_dashboard(wanted, folder_uid=FOLDER_UID, message=_MESSAGE)
    return _told(tell, f"dashboard {dashboard.title}", "changed" if found else "made")


def holds(found: object, wanted: object) -> bool:
    """Tell whether what Grafana has is what we want; parts it added are its own, and null is like nothing."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            return False
        return all(holds(found.get(part), value) for part, value in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            return False
        return all(holds(has, wants) for has, wants in zip(found, wanted, strict=True))
    return type(found) is type(wanted) and found == wanted if isinstance(wanted, bool) else found == wanted


def _told(tell: Tell, what: str, done: str) -> bool:
    tell(f"{what}: {done}")
    return True

"""Bring a Grafana to what the code says: our folder, data source, dashboards and alerts, and nothing else of it."""

from collections.abc import Callable
from typing import Final

from keitora.errors import SetupError
from keitora_dashboards.alerts.contact import CONTACT_NAME
from keitora_dashboards.dashboard import FOLDER_TITLE, FOLDER_UID, Dashboard
from keitora_dashboards.datasource import SECRET
from keitora_dashboards.drift import holds
from keitora_dashboards.grafana import Grafana, TakenError
from keitora_dashboards.plan import Plan, compared
from keitora_dashboards.query import PLUGIN, Json
from keitora_dashboards.variables import DATASOURCE_UID

Tell = Callable[[str], None]

_MESSAGE: Final = "keitora dashboards push"
_NO_KEY: Final = (
    "Grafana has no key for the API yet; make one with: keitora key create --fleet NAME --role viewer --name grafana, "
    "and pass it with --api-key or KEITORA_GRAFANA_KEY"
)


def push(grafana: Grafana, plan: Plan, *, tell: Tell) -> int:
    """Make and change what differs, tell of each, and return how many did. Asks Grafana whether it can read the API."""
    changed = [
        _push_folder(grafana, tell),
        _push_datasource(grafana, plan.datasource(), tell),
        *(_push_dashboard(grafana, each, tell) for each in plan.dashboards()),
    ]
    grafana.check_datasource(DATASOURCE_UID)
    tell("Grafana reads the API")
    if plan.has_alerts:
        changed += [_push_contact(grafana, each, tell) for each in plan.contacts()]
        rules = plan.rules(is_sent=has_contact(grafana))
        changed += [_push_rule(grafana, each, tell) for each in rules]
    return sum(changed)


def has_contact(grafana: Grafana) -> bool:
    """Tell whether Grafana has our contact point: of this push or of one before."""
    return bool(grafana.contact_points(CONTACT_NAME))


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
    if holds(found, without_secrets(wanted)):
        return False
    kept = found.get("jsonData") or {}
    changed = {**wanted, "isDefault": bool(found.get("isDefault")), "jsonData": {**kept, **wanted["jsonData"]}}
    grafana.update_datasource(changed)
    return _told(tell, name, "changed")


def without_secrets(datasource: Json) -> Json:
    """Return what of a data source is compared: Grafana shows no secret, and which is the default is its owner's."""
    return {part: value for part, value in datasource.items() if part not in {"secureJsonData", "isDefault"}}


def _require_ours(found: Json) -> None:
    if found.get("readOnly"):
        raise SetupError(
            "this Grafana takes its data source from files (docker compose), so nothing is pushed to it; change the "
            "files and start it again"
        )
    if found.get("type") != PLUGIN:
        raise SetupError(f"the uid '{DATASOURCE_UID}' belongs to a data source of the type {found.get('type')}")


def _push_dashboard(grafana: Grafana, dashboard: Dashboard, tell: Tell) -> bool:
    found = grafana.dashboard(dashboard.uid)
    meta = found.get("meta") or {} if found else {}
    if meta.get("provisioned"):
        raise SetupError(f"this Grafana takes the dashboard {dashboard.uid} from files; nothing is pushed over it")
    if found and meta.get("folderUid") == FOLDER_UID and holds(found.get("dashboard"), compared(dashboard)):
        return False
    grafana.save_dashboard(dashboard.as_json(), folder_uid=FOLDER_UID, message=_MESSAGE)
    return _told(tell, f"dashboard {dashboard.title}", "changed" if found else "made")


def _push_contact(grafana: Grafana, wanted: Json, tell: Tell) -> bool:
    name = f"contact point {wanted['name']} ({wanted['type']})"
    found = next((one for one in grafana.contact_points(CONTACT_NAME) if one.get("uid") == wanted["uid"]), None)
    if found is None:
        grafana.create_contact_point(wanted)
        return _told(tell, name, "made")
    if holds(found, wanted):
        return False
    grafana.update_contact_point({**wanted, "settings": {**found.get("settings", {}), **wanted["settings"]}})
    return _told(tell, name, "changed")


def _push_rule(grafana: Grafana, wanted: Json, tell: Tell) -> bool:
    name = f"alert rule {wanted['title']}"
    found = grafana.alert_rule(wanted["uid"])
    if found is None:
        grafana.create_alert_rule(wanted)
        return _told(tell, name, "made")
    if found.get("provenance") == "file":
        raise SetupError(f"this Grafana takes the {name} from files; nothing is pushed over it")
    if holds(found, compared_rule(wanted)):
        return False
    # Who paused an alert wants it paused.
    grafana.update_alert_rule({**wanted, "isPaused": bool(found.get("isPaused"))})
    return _told(tell, name, "changed")


def compared_rule(rule: Json) -> Json:
    """Return what of a rule is compared: whose organisation it is Grafana says, and who paused it wants it paused."""
    return {part: value for part, value in rule.items() if part not in {"isPaused", "orgID"}}


def _told(tell: Tell, what: str, done: str) -> bool:
    tell(f"{what}: {done}")
    return True

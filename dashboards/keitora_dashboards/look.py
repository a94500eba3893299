"""What a Grafana has of ours: to see what was changed there, and to keep it."""

import json
from pathlib import Path
from typing import Final

from keitora.errors import SetupError
from keitora_dashboards.dashboard import FOLDER_TITLE, FOLDER_UID
from keitora_dashboards.drift import Item
from keitora_dashboards.grafana import Grafana
from keitora_dashboards.plan import Plan, compared
from keitora_dashboards.push import compared_rule, has_contact, without_secrets
from keitora_dashboards.query import Json
from keitora_dashboards.variables import DATASOURCE_UID

_SHOWN: Final = 5


def items(grafana: Grafana, plan: Plan) -> list[Item]:
    """Return everything of ours with what Grafana has of it, in the order it is pushed."""
    found = [
        Item(f"folder {FOLDER_TITLE}", grafana.folder(FOLDER_UID), {"title": FOLDER_TITLE}),
        Item("data source Keitora", grafana.datasource(DATASOURCE_UID), without_secrets(plan.datasource())),
        *(Item(f"dashboard {each.uid}", _dashboard(grafana, each.uid), compared(each)) for each in plan.dashboards()),
    ]
    if plan.has_alerts:
        points = {one.get("uid"): one for one in grafana.contact_points(None)}
        found += [Item(f"contact point {one['uid']}", points.get(one["uid"]), one) for one in plan.contacts()]
        for rule in plan.rules(is_sent=has_contact(grafana)):
            found.append(Item(f"alert rule {rule['uid']}", grafana.alert_rule(rule["uid"]), compared_rule(rule)))
    return found


def as_lines(found: list[Item]) -> list[str]:
    """Return a line for each thing that is missing or differs; nothing if a push would change nothing."""
    lines = []
    for item in found:
        if item.found is None:
            lines.append(f"{item.name}: missing")
        elif paths := item.differences():
            more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
            lines.append(f"{item.name}: differs in {', '.join(paths[:_SHOWN])}{more}")
    return lines


def pull(grafana: Grafana, plan: Plan, folder: Path) -> list[str]:
    """Write each of our dashboards as Grafana has it, under its own name, and return the names.

    What Grafana adds is left out and the order is ours, so that a comparison with the committed files shows what people
    changed. Raises SetupError if writing fails.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in plan.dashboards():
            found = _dashboard(grafana, each.uid)
            if found is not None:
                text = json.dumps(_like(found, each.as_json()), indent=2, ensure_ascii=False) + "\n"
                (folder / f"{each.uid}.json").write_text(text, encoding="utf-8", newline="\n")
                written.append(f"{each.uid}.json")
    except OSError as error:
        raise SetupError(f"cannot write to {folder}: {error.strerror}; name another folder with --to") from error
    return written


def _dashboard(grafana: Grafana, uid: str) -> Json | None:
    kept = grafana.dashboard(uid)
    return None if kept is None else kept.get("dashboard")


def _like(found: Json, ours: Json) -> Json:
    """Return what Grafana has in the order of ours, new parts last, and its own numbers as ours."""
    numbers = {"id": ours["id"], "version": ours["version"]}
    known = {part: numbers.get(part, found.get(part)) for part in ours}
    return {**known, **{part: value for part, value in found.items() if part not in known}}

"""Every alert rule, asked of the real API, and what Grafana would make of it."""

import json
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora.episodes.catalogue import MEANINGS
from keitora_dashboards.alerts.contact import Contact
from keitora_dashboards.alerts.file import alert_file
from keitora_dashboards.alerts.rule import Rule
from keitora_dashboards.alerts.rules import rules
from keitora_dashboards.catalogue import dashboards
from keitora_dashboards.reader import LANGUAGES, Language, Reader
from tests.api.builders import NOW, World, add_world
from tests.dashboards.infinity import Asked, Json, ask, frame

ALL = [pytest.param(rule, id=rule.uid) for rule in rules()]
OF_TRUCKS = [pytest.param(rule, id=rule.uid) for rule in rules() if rule.query.path != "/v1/service"]
EN = Reader()


def alerts(client: TestClient, rule: Rule, headers: dict[str, str]) -> dict[tuple[Any, ...], float]:
    """Return what passes the bound, by its labels, as Grafana reckons with a frame of numbers and texts."""
    query = rule.as_json(EN, folder_uid="fleet", is_sent=False)["data"][0]
    asked = replace(Asked(NOW, NOW), since=NOW.fromtimestamp(NOW.timestamp() - rule.window_s, NOW.tzinfo))
    fields = frame(query["model"], ask(client, query["model"], asked, headers))
    if not fields:
        return {}
    (number,) = [field for field in fields if field.type == "number"]
    labels = [field for field in fields if field.type == "string"]
    keys = [tuple(label.values[row] for label in labels) for row in range(len(number.values))]
    assert len(set(keys)) == len(keys), "two rows of the same labels: Grafana would refuse them"
    assert len(keys) == 1 or labels
    return {
        key: value
        for key, value in zip(keys, number.values, strict=True)
        if value is not None and (value > rule.above if rule.above is not None else value < (rule.below or 0.0))
    }


@pytest.mark.parametrize("rule", ALL)
def test_every_rule_is_answered_and_framed(client: TestClient, fleet: World, rule: Rule) -> None:
    alerts(client, rule, fleet.headers("viewer"))


@pytest.mark.parametrize("rule", OF_TRUCKS)
def test_a_fleet_without_data_is_quiet(client: TestClient, owner_url: str, rule: Rule) -> None:
    with psycopg.connect(owner_url, autocommit=True) as conn:
        empty = add_world(conn, f"Empty {rule.uid}")

    assert alerts(client, rule, empty.headers("viewer")) == {}


def fired(client: TestClient, fleet: World) -> set[str]:
    return {rule.uid for rule in rules() if alerts(client, rule, fleet.headers("viewer"))}


def test_what_is_wrong_with_the_fleet_is_told_and_nothing_else(client: TestClient, fleet: World) -> None:
    # A weak battery, a truck silent for ten days, oil to be changed, a process that stopped: the overheating is over.
    found = fired(client, fleet) - {"keitora-disk-used", "keitora-disk-days"}

    assert found == {"keitora-weak-battery", "keitora-silent", "keitora-service-late", "keitora-upkeep"}


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_uses_nothing_that_exists_only_on_dashboards(rule: Rule) -> None:
    made = rule.as_json(EN, folder_uid="fleet", is_sent=True)

    assert "${datasource}" not in json.dumps(made)
    assert "${vehicle" not in json.dumps(made)
    assert made["condition"] == made["data"][-1]["refId"]
    assert made["noDataState"] == "OK"
    assert len(rule.uid) <= 40
    assert (rule.above is None) != (rule.below is None)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", ALL)
def test_a_rule_leads_to_a_panel_that_exists(rule: Rule, language: Language) -> None:
    notes = rule.as_json(Reader(language=language), folder_uid="fleet", is_sent=False)["annotations"]

    (dashboard,) = [one for one in dashboards() if one.uid == notes["__dashboardUid__"]]
    assert notes["__panelId__"] in {str(panel.number) for panel in dashboard.panels}


def test_kinds_of_episodes_exist_and_uids_are_unique() -> None:
    kinds = {value for rule in rules() for key, value in rule.query.params if key == "kind"}

    assert kinds <= set(MEANINGS)
    assert len({rule.uid for rule in rules()}) == len(rules())
    assert len({rule.message for rule in rules()}) == len(rules())


def unescaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: unescaped(part) for name, part in value.items()}
    if isinstance(value, list):
        return [unescaped(part) for part in value]
    return value.replace("$$", "$") if isinstance(value, str) else value


def test_the_file_holds_the_same_rules_with_its_dollars_doubled() -> None:
    text = alert_file(EN, Contact(webhook="http://notify:9000/hook"))

    whole: Json = unescaped(json.loads(text))
    (group,) = whole["groups"]
    assert [rule["uid"] for rule in group["rules"]] == [rule.uid for rule in rules()]
    for rule, made in zip(rules(), group["rules"], strict=True):
        pushed = rule.as_json(EN, folder_uid="fleet", is_sent=True)
        assert made == {part: pushed[part] for part in made}
    assert whole["contactPoints"][0]["receivers"][0]["settings"]["url"] == "http://notify:9000/hook"
    assert text.count("$") == 2 * json.dumps(unescaped(json.loads(text))).count("$")


def test_without_a_contact_the_file_names_none() -> None:
    whole = json.loads(alert_file(EN, Contact()))

    assert "contactPoints" not in whole
    assert "policies" not in whole
    assert not [rule for rule in whole["groups"][0]["rules"] if "notification_settings" in rule]

"""Rules that every dashboard keeps."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from keitora_dashboards.catalogue import dashboards
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.messages import MESSAGES
from tests.dashboards.infinity import Json

ALL = dashboards()
UIDS = {dashboard.uid for dashboard in ALL}
UNITS = {
    "dateTimeAsLocal",
    "dateTimeFromNow",
    "degree",
    "dtdurations",
    "lengthkm",
    "litre",
    "locale",
    "none",
    "suffix: km/L",
    "velocitykmh",
    "volt",
}

every_dashboard = pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)


def units(panel: Json) -> dict[str, str]:
    """Return the unit of each field that has one of its own."""
    return {
        rule["matcher"]["options"]: prop["value"]
        for rule in panel["fieldConfig"]["overrides"]
        for prop in rule["properties"]
        if prop["id"] == "unit"
    }


def links(value: Any) -> Iterator[str]:
    """Yield every address in a dashboard that leads to a dashboard."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name == "url" and isinstance(part, str) and part.startswith("/d/"):
                yield part
            yield from links(part)
    elif isinstance(value, list):
        for part in value:
            yield from links(part)


@every_dashboard
def test_the_dashboard_is_classic_fixed_and_findable(dashboard: Dashboard) -> None:
    made = dashboard.as_json()

    assert made["schemaVersion"] == 42
    assert made["id"] is None
    assert made["editable"] is False
    assert made["timezone"] == "browser"
    assert "fleet" in made["tags"]
    assert made["title"]
    assert made["description"]
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{2,39}", made["uid"])


@every_dashboard
def test_every_panel_says_what_it_shows(dashboard: Dashboard) -> None:
    for panel in dashboard.as_json()["panels"]:
        assert panel["title"], panel["id"]
        assert panel["description"].endswith((".", "。")), panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]


@every_dashboard
def test_every_number_has_a_unit_that_grafana_knows(dashboard: Dashboard) -> None:
    for panel in dashboard.as_json()["panels"]:
        default, own = panel["fieldConfig"]["defaults"]["unit"], units(panel)
        assert {default, *own.values()} <= UNITS, panel["title"]
        if default == "none":
            columns = [c for target in panel["targets"] for c in target["columns"]]
            bare = {c["text"] for c in columns if c["type"] in {"number", "timestamp"}} - own.keys()
            assert not bare, panel["title"]


@every_dashboard
def test_overrides_name_fields_that_exist(dashboard: Dashboard) -> None:
    for panel in dashboard.as_json()["panels"]:
        names = {column["text"] for target in panel["targets"] for column in target["columns"]}
        rules = [rule["matcher"] for rule in panel["fieldConfig"]["overrides"]]
        assert {rule["options"] for rule in rules if rule["id"] == "byName"} <= names, panel["title"]


@every_dashboard
def test_every_panel_asks_the_chosen_data_source_with_the_backend_parser(dashboard: Dashboard) -> None:
    made = dashboard.as_json()
    (variable,) = [v for v in made["templating"]["list"] if v["name"] == "datasource"]
    chosen = {"type": variable["query"], "uid": "${datasource}"}

    assert variable["label"] in MESSAGES["datasource"]
    for panel in made["panels"]:
        assert panel["datasource"] == chosen, panel["title"]
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            assert (target["datasource"], target["parser"]) == (chosen, "backend"), panel["title"]
            assert "$" not in target["url"], "variables belong in the parameters, which are encoded"
            assert len({c["text"] for c in target["columns"]}) == len(target["columns"]), panel["title"]


@every_dashboard
def test_variables_in_parameters_name_their_format(dashboard: Dashboard) -> None:
    for panel in dashboard.as_json()["panels"]:
        for target in panel["targets"]:
            used = [p["value"] for p in target["url_options"]["params"] if "vehicle" in p["value"]]
            assert used == ["${vehicle:csv}"], panel["title"]


@every_dashboard
def test_panels_have_numbers_of_their_own_and_do_not_overlap(dashboard: Dashboard) -> None:
    panels = dashboard.as_json()["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


@every_dashboard
def test_links_lead_to_dashboards_that_exist(dashboard: Dashboard) -> None:
    found = [re.split(r"[/?]", url.removeprefix("/d/"))[0] for url in links(dashboard.as_json())]

    assert found
    assert set(found) <= UIDS


def test_uids_are_unique() -> None:
    assert len(UIDS) == len(ALL)


def test_languages_differ_only_in_what_people_read() -> None:
    english, japanese = (d.as_json() for d in ALL if d.slug == "fleet-overview")

    for one, other in zip(english["panels"], japanese["panels"], strict=True):
        assert (one["id"], one["gridPos"], one["targets"]) == (other["id"], other["gridPos"], other["targets"])
        assert one["title"] != other["title"]
        assert one["description"] != other["description"]


def test_every_message_is_in_both_languages_and_used() -> None:
    everything = "".join(dashboard.as_text() for dashboard in ALL)

    for name, message in MESSAGES.items():
        assert message.en, name
        assert message.ja, name
        assert message.en in everything, f"{name} is used nowhere"

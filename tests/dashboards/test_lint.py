"""Rules that every dashboard keeps."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from keitora_dashboards.alerts.contact import Contact
from keitora_dashboards.alerts.file import alert_file
from keitora_dashboards.catalogue import dashboards
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.messages import MESSAGES
from keitora_dashboards.reader import UNITS as READERS
from keitora_dashboards.reader import Reader
from tests.dashboards.infinity import Json

ALL = dashboards()
UIDS = {dashboard.uid for dashboard in ALL}
VARIABLES = {made.uid: {variable["name"] for variable in made.as_json()["templating"]["list"]} for made in ALL}
# Of Grafana's valueFormats/categories.ts, those we use; suffix: is its way of writing a unit of one's own.
UNITS = {
    "celsius", "currencyEUR", "currencyJPY", "currencyUSD", "d", "dateTimeAsLocal", "dateTimeFromNow", "decmbytes",
    "degree", "dtdurations", "gallons", "h", "kwatth", "lengthft", "lengthkm", "lengthm", "lengthmi", "litre",
    "locale", "masskg", "none", "percent", "percentunit", "rotrpm", "short", "suffix: L/100 km", "suffix: V/d",
    "suffix: km/L", "suffix: km/kWh", "suffix: mi/kWh", "suffix: mpg", "velocitykmh", "velocitymph", "volt",
}  # fmt: skip
EVERY_UNIT = [dashboard for units in READERS.values() for dashboard in dashboards(Reader(units=units))]

every_dashboard = pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)


def units(panel: Json) -> dict[str, str]:
    """Return the unit of each field that has one of its own."""
    return {
        rule["matcher"]["options"]: prop["value"]
        for rule in panel["fieldConfig"]["overrides"]
        for prop in rule["properties"]
        if prop["id"] == "unit"
    }


def hidden(panel: Json) -> set[str]:
    """Return the fields that are there for links alone."""
    return {
        rule["matcher"]["options"]
        for rule in panel["fieldConfig"]["overrides"]
        for prop in rule["properties"]
        if prop["id"] == "custom.hideFrom"
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


def fields(panel: Json) -> set[str]:
    return {column["text"] for target in panel["targets"] for column in target["columns"]}


@every_dashboard
def test_the_dashboard_is_classic_fixed_and_findable(dashboard: Dashboard) -> None:
    made = dashboard.as_json()

    assert made["schemaVersion"] == 42
    assert made["id"] is None
    assert made["editable"] is False
    assert made["timezone"] == "browser"
    assert made["tags"][0] in {"fleet", "fleet-detail"}
    assert made["title"]
    assert made["description"]
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{2,39}", made["uid"])


@every_dashboard
def test_every_panel_says_what_it_shows(dashboard: Dashboard) -> None:
    for panel in dashboard.as_json()["panels"]:
        assert panel["title"], panel["id"]
        assert panel["description"].endswith((".", "。")), panel["title"]
        assert panel["fieldConfig"]["defaults"]["noValue"], panel["title"]


@pytest.mark.parametrize("dashboard", EVERY_UNIT, ids=lambda one: f"{one.uid}-{one.reader.units.name}")
def test_every_number_has_a_unit_that_grafana_knows(dashboard: Dashboard) -> None:
    for panel in dashboard.as_json()["panels"]:
        default, own = panel["fieldConfig"]["defaults"]["unit"], units(panel)
        assert {default, *own.values()} <= UNITS, panel["title"]
        if default == "none" and panel["type"] != "state-timeline":
            columns = [c for target in panel["targets"] for c in target["columns"]]
            bare = {c["text"] for c in columns if c["type"] in {"number", "timestamp"}} - own.keys() - hidden(panel)
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
            # A variable in a path is not encoded: only the id of a link may stand there.
            assert re.sub(r"/\$\{(trip|truck)\}(?=/|$)", "", target["url"]).count("$") == 0, panel["title"]
            assert len({c["text"] for c in target["columns"]}) == len(target["columns"]), panel["title"]


@every_dashboard
def test_a_query_uses_only_variables_of_its_dashboard_and_names_their_format(dashboard: Dashboard) -> None:
    made = dashboard.as_json()
    several = {variable["name"] for variable in made["templating"]["list"] if variable.get("multi")}
    for panel in made["panels"]:
        for target in panel["targets"]:
            text = target["url"] + " ".join(p["value"] for p in target["url_options"]["params"])
            used = re.findall(r"\$\{(?!__)(\w+)(:csv)?\}", text)
            assert {name for name, _ in used} <= VARIABLES[dashboard.uid], panel["title"]
            assert all(bool(how) == (name in several) for name, how in used), panel["title"]


@every_dashboard
def test_every_number_is_one_click_from_its_evidence(dashboard: Dashboard) -> None:
    for panel in dashboard.as_json()["panels"]:
        own = list(links(panel["fieldConfig"]["overrides"]))
        is_evidence = panel["type"] == "table" or any(name.endswith("_id") or name == "time" for name in fields(panel))
        assert panel["fieldConfig"]["defaults"].get("links") or own or is_evidence or panel["type"] == "geomap", panel[
            "title"
        ]


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
def test_links_lead_to_dashboards_that_exist_and_set_variables_they_have(dashboard: Dashboard) -> None:
    own = VARIABLES[dashboard.uid]
    for url in links(dashboard.as_json()):
        uid, _, rest = url.removeprefix("/d/").partition("?")
        assert uid in UIDS, url
        kept, named = set(re.findall(r"\$\{(\w+):queryparam\}", rest)), set(re.findall(r"\bvar-(\w+)=", rest))
        assert kept <= own & VARIABLES[uid], url
        assert named <= VARIABLES[uid], url


@every_dashboard
def test_links_use_fields_that_their_panel_has(dashboard: Dashboard) -> None:
    for panel in dashboard.as_json()["panels"]:
        for url in links(panel):
            assert set(re.findall(r"__data\.fields\.(\w+)", url)) <= fields(panel), panel["title"]


@every_dashboard
def test_links_stay_in_their_language(dashboard: Dashboard) -> None:
    panels = dashboard.as_json()["panels"]
    ends = {url.removeprefix("/d/").partition("?")[0].endswith("-ja") for url in links(panels)}

    assert ends <= {dashboard.reader.language == "ja"}


@every_dashboard
def test_every_number_of_a_row_or_ranking_is_in_the_order_given(dashboard: Dashboard) -> None:
    for panel in dashboard.as_json()["panels"]:
        if panel["type"] == "table":
            (order,) = [t["options"]["indexByName"] for t in panel["transformations"] if t["id"] == "organize"]
            assert order.keys() == fields(panel), panel["title"]


def test_uids_are_unique() -> None:
    assert len(UIDS) == len(ALL)


@pytest.mark.parametrize("english", [one for one in ALL if one.reader.language == "en"], ids=lambda one: one.uid)
def test_languages_differ_only_in_what_people_read(english: Dashboard) -> None:
    (japanese,) = [one for one in ALL if one.slug == english.slug and one.reader.language == "ja"]

    for one, other in zip(english.as_json()["panels"], japanese.as_json()["panels"], strict=True):
        assert (one["id"], one["gridPos"]) == (other["id"], other["gridPos"])
        for asked, also in zip(one["targets"], other["targets"], strict=True):
            # An episode's name comes from the API in either language.
            assert str(asked).replace("name_en", "name_ja") == str(also)
        assert one["title"] != other["title"] or one["title"] == "±"
        assert one["description"] != other["description"]


def test_every_message_is_in_both_languages_and_used() -> None:
    everything = "".join(dashboard.as_text() for dashboard in ALL) + alert_file(Reader(), Contact()).replace("$$", "$")

    for name, message in MESSAGES.items():
        assert message.en, name
        assert message.ja, name
        assert json.dumps(message.en, ensure_ascii=False)[1:-1] in everything, f"{name} is used nowhere"

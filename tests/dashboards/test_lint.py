"""Rules that every dashboard keeps."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from keitora_dashboards.alerts.contact import Contact
from keitora_dashboards.alerts.file import alert_file
from keitora_dashboards.catalogue import dashboards
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.messages import MESSAGES
from keitora_dashboards.panels import Fold, Panel
from keitora_dashboards.reader import UNITS as READERS
from keitora_dashboards.reader import Reader
from tests.dashboards.infinity import Json

ALL = dashboards()
ENGLISH = [dashboard for dashboard in ALL if dashboard.reader.language == "en"]
UIDS = {dashboard.uid for dashboard in ALL}
VARIABLES = {made.uid: {variable["name"] for variable in made.as_json()["templating"]["list"]} for made in ALL}
# Of Grafana's valueFormats/categories.ts, those we use; suffix: is its way of writing a unit of one's own.
UNITS = {
    "celsius", "currencyEUR", "currencyJPY", "currencyUSD", "d", "dateTimeAsLocal", "dateTimeFromNow", "decmbytes",
    "degree", "dtdurations", "fahrenheit", "gallons", "h", "kwatth", "lengthft", "lengthkm", "lengthm", "lengthmi",
    "litre", "locale", "masskg", "none", "percent", "percentunit", "rotrpm", "short", "suffix: /s", "suffix: L/100 km",
    "suffix: V/d", "suffix: km/L", "suffix: km/kWh", "suffix: mi/kWh", "suffix: mpg", "velocitykmh", "velocitymph",
    "volt",
}  # fmt: skip
EVERY_UNIT = [dashboard for units in READERS.values() for dashboard in dashboards(Reader(units=units))]

every_dashboard = pytest.mark.parametrize("dashboard", ALL, ids=lambda dashboard: dashboard.uid)


def panels_of(dashboard: Dashboard) -> list[Json]:
    """Return all panels, those under folds too."""
    return [panel.as_json() for panel in dashboard.panels]


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
    for panel in panels_of(dashboard):
        assert panel["title"], panel["id"]
        assert panel["description"].endswith((".", "。")), panel["title"]
        empty = panel["fieldConfig"]["defaults"]["noValue"]
        assert empty == "0" or empty in {getattr(one, dashboard.reader.language) for one in MESSAGES.values()}


@pytest.mark.parametrize("dashboard", EVERY_UNIT, ids=lambda one: f"{one.uid}-{one.reader.units.name}")
def test_every_number_has_a_unit_that_grafana_knows(dashboard: Dashboard) -> None:
    for panel in panels_of(dashboard):
        default, own = panel["fieldConfig"]["defaults"]["unit"], units(panel)
        assert {default, *own.values()} <= UNITS, panel["title"]
        if default == "none" and panel["type"] != "state-timeline":
            columns = [c for target in panel["targets"] for c in target["columns"]]
            bare = {c["text"] for c in columns if c["type"] in {"number", "timestamp"}} - own.keys() - hidden(panel)
            assert not bare, panel["title"]


@every_dashboard
def test_overrides_name_fields_that_exist(dashboard: Dashboard) -> None:
    for panel in panels_of(dashboard):
        names = {column["text"] for target in panel["targets"] for column in target["columns"]}
        rules = [rule["matcher"] for rule in panel["fieldConfig"]["overrides"]]
        assert {rule["options"] for rule in rules if rule["id"] == "byName"} <= names, panel["title"]


@every_dashboard
def test_every_panel_asks_the_chosen_data_source_with_the_backend_parser(dashboard: Dashboard) -> None:
    made = dashboard.as_json()
    (variable,) = [v for v in made["templating"]["list"] if v["name"] == "datasource"]
    chosen = {"type": variable["query"], "uid": "${datasource}"}

    assert variable["label"] in MESSAGES["datasource"]
    for panel in panels_of(dashboard):
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
    for panel in panels_of(dashboard):
        for target in panel["targets"]:
            text = target["url"] + " ".join(p["value"] for p in target["url_options"]["params"])
            used = re.findall(r"\$\{(?!__)(\w+)(:csv)?\}", text)
            assert {name for name, _ in used} <= VARIABLES[dashboard.uid], panel["title"]
            assert all(bool(how) == (name in several) for name, how in used), panel["title"]


EVIDENCE = {
    ("fleet-trip", 7): "the way itself",
    ("fleet-trip", 9): "says how the trip's numbers were got: there is nothing behind it",
    ("fleet-service", 10): "the process's own sign of life",
    ("fleet-places", 1): "the places themselves",
    ("fleet-places", 8): "leads to the map by its position; nothing is known of the place yet",
    ("fleet-truck", 24): "what a person typed",
    ("fleet-truck", 31): "its parts are shown beside it, the days and the fill-ups",
    ("fleet-truck", 32): "what a person has entered",
    ("fleet-trip", 10): "shown on the map beside it",
    ("fleet-truck", 26): "shown on the timeline above it",
    ("fleet-over-time", 17): "its days are the bars above",
}
"""Panels with numbers whose evidence is not one click away, and why not."""


@every_dashboard
def test_every_number_is_one_click_from_its_evidence_or_is_it(dashboard: Dashboard) -> None:
    for panel in panels_of(dashboard):
        numbers = {c["text"] for target in panel["targets"] for c in target["columns"] if c["type"] == "number"}
        leads = bool(panel["fieldConfig"]["defaults"].get("links")) or bool([*links(panel["fieldConfig"]["overrides"])])
        if numbers - hidden(panel):
            assert leads != ((dashboard.slug, panel["id"]) in EVIDENCE), panel["title"]


def cells(panels: Iterable[Panel]) -> list[tuple[int, int]]:
    places = [panel.place for panel in panels]
    return [
        (x, y) for place in places for x in range(place.x, place.x + place.w) for y in range(place.y, place.y + place.h)
    ]


@every_dashboard
def test_parts_have_numbers_of_their_own_and_do_not_overlap(dashboard: Dashboard) -> None:
    folds = [part for part in dashboard.layout if isinstance(part, Fold)]
    open_ones = [part for part in dashboard.layout if isinstance(part, Panel)]
    numbers = [*(fold.number for fold in folds), *(panel.number for panel in dashboard.panels)]

    assert len(set(numbers)) == len(numbers)
    for group in (open_ones, *(fold.panels for fold in folds)):
        taken = cells(group)
        assert len(set(taken)) == len(taken)
        assert max(x for x, _ in taken) < 24
    for fold in folds:
        assert min(y for _, y in cells(fold.panels)) == fold.top + 1
    assert [fold.top for fold in folds] == sorted({fold.top for fold in folds})


@every_dashboard
def test_what_is_seen_at_once_is_not_too_much_and_folds_come_last(dashboard: Dashboard) -> None:
    kinds = [isinstance(part, Fold) for part in dashboard.layout]

    assert kinds == sorted(kinds)
    assert kinds.count(False) <= 15
    for part in dashboard.as_json()["panels"]:
        assert (part["type"] == "row") == ("panels" in part)
        assert part.get("collapsed", True)


def colours(value: Any) -> Iterator[tuple[str, str]]:
    """Yield what is shown in a colour, and the colour."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str) and isinstance(value.get("color"), str):
            yield value["text"], value["color"]
        for part in value.values():
            yield from colours(part)
    elif isinstance(value, list):
        for part in value:
            yield from colours(part)


def test_a_word_has_one_colour_everywhere_and_what_a_truck_does_has_its_own() -> None:
    told = {pair for dashboard in ENGLISH for pair in colours(panels_of(dashboard))}

    assert len({text for text, _ in told}) == len(told)
    by_text = dict(told)
    assert by_text["driving"] == by_text["moving"] == "green"
    assert by_text["parked"] == by_text["standing"] == "blue"
    assert by_text["not heard of"] == by_text["silent"] == "gray"
    shades = ("moving", "idling", "charging", "standing", "silent")
    assert len({by_text[shade] for shade in shades}) == len(shades)


@every_dashboard
def test_a_plain_number_has_no_colour(dashboard: Dashboard) -> None:
    for panel in panels_of(dashboard):
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert len(steps) > 1 or steps[0]["color"] == "text", panel["title"]


OF_THE_FLEET = {
    "km-per-l": {"lengthkm", "velocitykmh", "litre", "lengthm", "celsius", "suffix: km/L", "suffix: km/kWh"},
    "l-per-100km": {"lengthkm", "velocitykmh", "litre", "lengthm", "celsius", "suffix: L/100 km", "suffix: km/kWh"},
    "us": {"lengthmi", "velocitymph", "gallons", "lengthft", "fahrenheit", "suffix: mpg", "suffix: mi/kWh"},
}


@pytest.mark.parametrize(("name", "currency"), [("km-per-l", "JPY"), ("l-per-100km", "EUR"), ("us", "USD")])
def test_no_panel_decides_what_the_fleets_setting_decides(name: str, currency: str) -> None:
    foreign = set().union(*OF_THE_FLEET.values()) - OF_THE_FLEET[name]
    foreign |= {"currencyJPY", "currencyEUR", "currencyUSD"} - {f"currency{currency}"}

    seen = set()
    for dashboard in dashboards(Reader(units=READERS[name], currency=currency)):
        for panel in panels_of(dashboard):
            used = {panel["fieldConfig"]["defaults"]["unit"], *units(panel).values()}
            assert not used & foreign, (dashboard.uid, panel["title"])
            seen |= used
    assert OF_THE_FLEET[name] | {f"currency{currency}"} <= seen


@pytest.mark.parametrize(
    "dashboard", dashboards(Reader(units=READERS["us"], currency="USD"))[::2], ids=lambda one: one.uid
)
def test_texts_speak_the_fleets_units_too(dashboard: Dashboard) -> None:
    for panel in panels_of(dashboard):
        read = f"{panel['title']} {panel['description']} {panel['fieldConfig']}"
        assert not re.findall(r"km/L|L/100 km|100 km|[Ll]itre(?=s|\b)|[Kk]ilomet", read), panel["title"]


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
    for panel in panels_of(dashboard):
        for url in links(panel):
            assert set(re.findall(r"__data\.fields\.(\w+)", url)) <= fields(panel), panel["title"]


@every_dashboard
def test_links_stay_in_their_language(dashboard: Dashboard) -> None:
    panels = panels_of(dashboard)
    ends = {url.removeprefix("/d/").partition("?")[0].endswith("-ja") for url in links(panels)}

    assert ends <= {dashboard.reader.language == "ja"}


@every_dashboard
def test_every_number_of_a_row_or_ranking_is_in_the_order_given(dashboard: Dashboard) -> None:
    for panel in panels_of(dashboard):
        if panel["type"] == "table":
            (order,) = [t["options"]["indexByName"] for t in panel["transformations"] if t["id"] == "organize"]
            assert order.keys() == fields(panel), panel["title"]


def test_uids_are_unique() -> None:
    assert len(UIDS) == len(ALL)


@pytest.mark.parametrize("english", [one for one in ALL if one.reader.language == "en"], ids=lambda one: one.uid)
def test_languages_differ_only_in_what_people_read(english: Dashboard) -> None:
    (japanese,) = [one for one in ALL if one.slug == english.slug and one.reader.language == "ja"]

    for one, other in zip(panels_of(english), panels_of(japanese), strict=True):
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

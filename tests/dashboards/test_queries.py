"""Every query of every dashboard, asked of the real API, and what a person would see of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from keitora_dashboards.catalogue import dashboards
from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.reader import UNITS, Reader
from tests.api.builders import NOW, World
from tests.dashboards.grafana_transformations import transform
from tests.dashboards.infinity import Asked, Field, Json, ask, frame

# Tokyo's 17 to 22 November, until noon.
ASKED = Asked(datetime(2026, 11, 16, 15, tzinfo=UTC), NOW)

ALL = dashboards()
ENGLISH = [dashboard for dashboard in ALL if dashboard.reader.language == "en"]


def cases(made: list[Dashboard]) -> list[Any]:
    return [
        pytest.param(panel, id=f"{dashboard.uid}/{panel['id']}")
        for dashboard in made
        for panel in dashboard.as_json()["panels"]
    ]


PANELS = cases(ALL)


def variables_of(panel: Json) -> set[str]:
    text = str(panel["targets"])
    return {name for name in ("vehicle", "truck", "trip", "__timeFrom") if f"${{{name}" in text}


# Languages differ only in what people read, which test_lint.py shows; so one is enough from here on.
_CASES = cases(ENGLISH)
CHOSEN_PANELS = [case for case in _CASES if "vehicle" in variables_of(case.values[0])]
# A balance tells each truck whatever the time: nothing used and nothing filled add up as well.
TIMED_PANELS = [
    case
    for case in _CASES
    if "__timeFrom" in variables_of(case.values[0]) and "/v1/fuel-balance" not in str(case.values[0]["targets"])
]


@pytest.fixture(scope="module")
def asked(client: TestClient, fleet: World) -> Asked:
    """What the variables say: all trucks, the first one, and its newest trip."""
    trip = client.get("/v1/trips?vehicle=1&limit=1", headers=fleet.headers("viewer")).json()["items"][0]
    return replace(ASKED, truck=str(fleet.trucks[0].vehicle_id), trip=trip["id"])


def panel(uid: str, number: int) -> Json:
    (made,) = [dashboard for dashboard in ALL if dashboard.uid == uid]
    return next(one for one in made.as_json()["panels"] if one["id"] == number)


def shown(client: TestClient, fleet: World, panel: Json, asked: Asked = ASKED, target: int = 0) -> list[Field]:
    chosen = panel["targets"][target]
    answer = ask(client, chosen, asked, {"X-API-Key": fleet.keys["viewer"]})
    return transform(frame(chosen, answer), panel["transformations"])


def values(fields: list[Field], name: str) -> list[Any]:
    return next(field.values for field in fields if field.name == name)


def texts(fields: list[Field]) -> set[str]:
    rows = {value for field in fields for value in field.values if isinstance(value, str)}
    return rows | {value for field in fields for _, value in field.labels if value}


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_has_something_to_show(client: TestClient, fleet: World, asked: Asked, panel: Json) -> None:
    for target in range(len(panel["targets"])):
        fields = shown(client, fleet, panel, asked, target)

        assert fields
        assert all(field.values for field in fields)
        assert any(value is not None for field in fields for value in field.values)
        assert not {text for text in texts(fields) if "Neighbour" in text}


@pytest.mark.parametrize("panel", CHOSEN_PANELS)
def test_every_query_takes_chosen_trucks(client: TestClient, fleet: World, asked: Asked, panel: Json) -> None:
    chosen = ",".join(str(truck.vehicle_id) for truck in fleet.trucks[:2])

    for target in range(len(panel["targets"])):
        fields = shown(client, fleet, panel, replace(asked, vehicle=chosen), target)

        assert fields
        assert "Farm 3" not in texts(fields)


@pytest.mark.parametrize("panel", TIMED_PANELS)
def test_a_time_without_data_gives_no_rows_and_no_error(
    client: TestClient, fleet: World, asked: Asked, panel: Json
) -> None:
    long_ago = replace(asked, since=ASKED.since - timedelta(days=3650), until=ASKED.since - timedelta(days=3630))
    timed = [place for place, one in enumerate(panel["targets"]) if "__timeFrom" in str(one)]

    for target in timed:
        assert shown(client, fleet, panel, long_ago, target) == []


@pytest.mark.parametrize("panel", _CASES)
def test_the_api_knows_every_parameter_it_is_sent(client: TestClient, panel: Json) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    names = {"trip": "{trip_id}", "truck": "{vehicle_id}"}

    for target in panel["targets"]:
        path = target["url"]
        for variable, name in names.items():
            path = path.replace(f"${{{variable}}}", name)
        known = {parameter["name"] for parameter in paths[path]["get"].get("parameters", [])} | {"units"}
        assert {parameter["key"] for parameter in target["url_options"]["params"]} <= known


@pytest.mark.parametrize("days", [1, 100, 1000, 10_000])
def test_the_api_takes_every_bucket_the_dashboard_may_ask_for(client: TestClient, fleet: World, days: int) -> None:
    asked = Asked(ASKED.until - timedelta(days=days), ASKED.until)

    assert shown(client, fleet, panel("fleet-over-time", 11), asked)


def truck_variables() -> Iterator[Any]:
    for dashboard in ALL:
        for variable in dashboard.as_json()["templating"]["list"]:
            if variable["type"] == "query":
                yield pytest.param(variable, id=f"{dashboard.uid}/{variable['name']}")


@pytest.mark.parametrize("variable", [*truck_variables()])
def test_a_truck_variable_offers_names_and_gives_numbers(client: TestClient, fleet: World, variable: Json) -> None:
    query = variable["query"]

    fields = frame(query["infinityQuery"], ask(client, query["infinityQuery"], ASKED, fleet.headers("viewer")))

    assert values(fields, query["meta"]["textField"]) == ["Farm 1", "Farm 2", "Farm 3", "Farm new"]
    assert values(fields, query["meta"]["valueField"]) == [str(truck.vehicle_id) for truck in fleet.trucks]
    assert variable["multi"] == (variable["name"] == "vehicle")
    assert variable.get("allValue") == (ASKED.vehicle if variable["multi"] else None)


def test_totals_are_the_apis(client: TestClient, fleet: World) -> None:
    numbers = {"distance": 1, "fuel": 2, "trips": 4}

    sums = {
        name: sum(values(shown(client, fleet, panel("fleet-overview", number)), name))
        for name, number in numbers.items()
    }

    assert sums["distance"] == pytest.approx(6 * (42 + 10 + 20) + 0.015)
    assert sums["fuel"] == pytest.approx(6 * 2.5 + 1.5 + 6 * 1.0)
    assert sums["trips"] == 3 * 6 * 2


def test_economy_of_many_days_is_the_apis_economy_of_their_month(client: TestClient, fleet: World) -> None:
    (economy,) = values(shown(client, fleet, panel("fleet-overview", 3)), "economy")

    answer = client.get("/v1/stats/fuel?bucket=month&group_by=fleet", headers=fleet.headers("viewer")).json()
    assert economy == pytest.approx(answer["items"][0]["km_per_l"], abs=0.005)


def test_economy_by_truck_is_the_apis_best_first_without_trucks_that_do_not_know(
    client: TestClient, fleet: World
) -> None:
    fields = shown(client, fleet, panel("fleet-over-time", 15))

    answer = client.get("/v1/stats/fuel?bucket=month", headers=fleet.headers("viewer")).json()
    expected = {item["vehicle"]["name"]: item["km_per_l"] for item in answer["items"] if item["km_per_l"]}
    assert [field.name for field in fields] == ["vehicle", "economy"]
    assert dict(zip(fields[0].values, fields[1].values, strict=True)) == pytest.approx(expected, abs=0.005)
    assert fields[0].values == ["Farm 1", "Farm 2"]


@pytest.mark.parametrize(("units", "unit"), [("km-per-l", "km_per_l"), ("l-per-100km", "l_per_100km")])
def test_economy_is_told_as_the_fleet_counts_it(client: TestClient, fleet: World, units: str, unit: str) -> None:
    made = dashboards(Reader(units=UNITS[units]))
    (overview,) = [dashboard for dashboard in made if dashboard.uid == "fleet-overview"]
    (economy,) = [one for one in overview.as_json()["panels"] if one["id"] == 3]

    (found,) = values(shown(client, fleet, economy), "economy")

    answer = client.get("/v1/stats/fuel?bucket=month&group_by=fleet", headers=fleet.headers("viewer")).json()
    assert found == pytest.approx(answer["items"][0][unit], abs=0.005)


def test_distance_by_truck_has_the_most_first(client: TestClient, fleet: World) -> None:
    fields = shown(client, fleet, panel("fleet-over-time", 14))

    assert fields[0].values == ["Farm 1", "Farm 3", "Farm 2"]
    assert fields[1].values == pytest.approx([252.015, 120, 60])


def test_the_map_has_no_truck_without_a_position(client: TestClient, fleet: World) -> None:
    fields = shown(client, fleet, panel("fleet-overview", 5))

    assert dict(zip(values(fields, "truck"), values(fields, "state"), strict=True)) == {
        "Farm 1": "moving",
        "Farm 2": "silent",
    }


def test_fuel_by_day_is_a_line_for_each_truck(client: TestClient, fleet: World) -> None:
    time, *lines = shown(client, fleet, panel("fleet-over-time", 11))

    assert len(time.values) == 6
    assert [line.labels for line in lines] == [(("vehicle", f"Farm {truck}"),) for truck in (1, 2, 3)]


def test_the_timeline_is_a_line_for_each_truck_in_numbers_that_have_words(client: TestClient, fleet: World) -> None:
    made = panel("fleet-overview", 7)

    _, *lines = shown(client, fleet, made)

    (mapping,) = made["fieldConfig"]["defaults"]["mappings"]
    levels = {value for line in lines for value in line.values if value is not None}
    assert {str(int(level)) for level in levels} == {"0", "1", "3", "4"}
    assert {str(int(level)) for level in levels} <= mapping["options"].keys()
    assert {dict(line.labels)["vehicle"] for line in lines} == {"Farm 1", "Farm 2", "Farm 3"}


def test_the_trips_come_newest_first_in_the_order_people_read(client: TestClient, fleet: World) -> None:
    fields = shown(client, fleet, panel("fleet-trips", 6))

    assert [field.name for field in fields][:5] == ["started", "truck", "driver", "purpose", "from-place"]
    assert values(fields, "started") == sorted(values(fields, "started"), reverse=True)
    assert len(values(fields, "started")) == 7


def test_the_battery_trend_ascends_in_time(client: TestClient, fleet: World, asked: Asked) -> None:
    fields = shown(client, fleet, panel("fleet-truck", 23), asked)

    assert values(fields, "time") == sorted(values(fields, "time"))
    assert values(fields, "rest-battery")[-1] == pytest.approx(12.5)


def test_a_trip_is_shown_with_its_way_in_time(client: TestClient, fleet: World, asked: Asked) -> None:
    way = shown(client, fleet, panel("fleet-trip", 7), asked)

    assert values(way, "time") == sorted(values(way, "time"))
    assert len(values(way, "latitude")) > 10


def mapped(panel: Json, field: str) -> set[str]:
    (found,) = [
        prop["value"][0]["options"]
        for rule in panel["fieldConfig"]["overrides"]
        for prop in rule["properties"]
        if prop["id"] == "mappings" and rule["matcher"]["options"] == field
    ]
    return set(found)


@pytest.mark.parametrize(
    ("uid", "number", "field", "schema", "name"),
    [
        ("fleet-overview", 5, "state", "LatestAnswer", "state"),
        ("fleet-trips", 6, "purpose", "TripAnswer", "purpose"),
        ("fleet-places", 1, "place-kind", "PlaceAnswer", "kind"),
        ("fleet-fuel", 14, "question", "QuestionAnswer", "kind"),
        ("fleet-quality", 5, "action", "EntryAnswer", "action"),
    ],
)
def test_every_code_of_the_api_has_words(
    client: TestClient, uid: str, number: int, field: str, schema: str, name: str
) -> None:
    described = client.get("/openapi.json").json()["components"]["schemas"][schema]["properties"][name]
    codes = described.get("enum") or next(one["enum"] for one in described["anyOf"] if "enum" in one)

    assert mapped(panel(uid, number), field) == set(codes)


def cases_in(units: str) -> Iterator[Any]:
    """Yield the panels that ask for other columns in these units."""
    made = [one for one in dashboards(Reader(units=UNITS[units])) if one.reader.language == "en"]
    for ours, theirs in zip(ENGLISH, made, strict=True):
        for one, other in zip(ours.as_json()["panels"], theirs.as_json()["panels"], strict=True):
            if one["targets"] != other["targets"]:
                yield pytest.param(other, id=f"{units}/{theirs.uid}/{other['id']}")


@pytest.mark.parametrize("panel", [*cases_in("us"), *cases_in("l-per-100km")])
def test_in_other_units_every_column_is_there_as_well(
    client: TestClient, fleet: World, asked: Asked, panel: Json
) -> None:
    for target in range(len(panel["targets"])):
        assert shown(client, fleet, panel, asked, target)

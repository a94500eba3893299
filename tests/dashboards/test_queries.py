"""Every query of every dashboard, asked of the real API, and what a person would see of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from keitora_dashboards.catalogue import dashboards
from keitora_dashboards.fleet_overview import fleet_overview
from keitora_dashboards.texts import Texts
from tests.api.builders import NOW, World
from tests.dashboards.grafana_transformations import transform
from tests.dashboards.infinity import Asked, Field, Json, ask, frame

# Tokyo's 17 to 22 November, until noon.
ASKED = Asked(datetime(2026, 11, 16, 15, tzinfo=UTC), NOW)

PANELS = [
    pytest.param(panel, id=f"{dashboard.uid}/{panel['id']}")
    for dashboard in dashboards()
    for panel in dashboard.as_json()["panels"]
]

# The map shows the present, whatever the time range.
TIMED_PANELS = [case for case in PANELS if "/5" not in str(case.id)]


def panel(title: str) -> Json:
    return next(p for p in fleet_overview(Texts("en")).as_json()["panels"] if p["title"] == title)


def shown(client: TestClient, fleet: World, panel: Json, asked: Asked = ASKED) -> list[Field]:
    (target,) = panel["targets"]
    answer = ask(client, target, asked, {"X-API-Key": fleet.keys["viewer"]})
    return transform(frame(target, answer), panel["transformations"])


def values(fields: list[Field], name: str) -> list[Any]:
    return next(field.values for field in fields if field.name == name)


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_has_something_to_show(client: TestClient, fleet: World, panel: Json) -> None:
    fields = shown(client, fleet, panel)

    assert fields
    assert all(field.values for field in fields)
    assert any(value is not None for field in fields for value in field.values)


@pytest.mark.parametrize("panel", PANELS)
def test_every_query_takes_chosen_trucks(client: TestClient, fleet: World, panel: Json) -> None:
    chosen = ",".join(str(truck.vehicle_id) for truck in fleet.trucks[:2])

    fields = shown(client, fleet, panel, Asked(ASKED.since, ASKED.until, chosen))

    rows = {value for field in fields for value in field.values if isinstance(value, str)}
    lines = {value for field in fields for _, value in field.labels}
    assert fields
    assert "Farm 3" not in rows | lines


@pytest.mark.parametrize("panel", TIMED_PANELS)
def test_a_time_without_data_gives_no_rows_and_no_error(client: TestClient, fleet: World, panel: Json) -> None:
    fields = shown(client, fleet, panel, Asked(ASKED.since - timedelta(days=3650), ASKED.since - timedelta(days=3600)))

    assert fields == []


@pytest.mark.parametrize("days", [1, 100, 1000, 10_000])
def test_the_api_takes_every_bucket_the_dashboard_may_ask_for(client: TestClient, fleet: World, days: int) -> None:
    asked = Asked(ASKED.until - timedelta(days=days), ASKED.until)

    assert shown(client, fleet, panel("Fuel by day and truck"), asked)


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda dashboard: dashboard.uid)
def test_the_truck_variable_offers_names_and_gives_numbers(client: TestClient, fleet: World, dashboard: Any) -> None:
    (variable,) = [v for v in dashboard.as_json()["templating"]["list"] if v["type"] == "query"]
    query = variable["query"]

    fields = frame(query["infinityQuery"], ask(client, query["infinityQuery"], ASKED, fleet.headers("viewer")))

    assert values(fields, query["meta"]["textField"]) == ["Farm 1", "Farm 2", "Farm 3", "Farm new"]
    assert values(fields, query["meta"]["valueField"]) == [str(truck.vehicle_id) for truck in fleet.trucks]
    assert variable["allValue"] == ASKED.vehicle


def test_totals_are_the_apis(client: TestClient, fleet: World) -> None:
    titles = {"Distance": "distance", "Fuel used": "fuel", "Trips": "trips"}

    sums = {title: sum(values(shown(client, fleet, panel(title)), name)) for title, name in titles.items()}

    assert sums["Distance"] == pytest.approx(6 * (42 + 10 + 20) + 0.015)
    assert sums["Fuel used"] == pytest.approx(6 * 2.5 + 1.5 + 6 * 1.0)
    assert sums["Trips"] == 3 * 6 * 2


def test_economy_of_many_days_is_the_apis_economy_of_their_month(client: TestClient, fleet: World) -> None:
    (economy,) = values(shown(client, fleet, panel("Fuel economy")), "economy")

    answer = client.get("/v1/stats/fuel?bucket=month&group_by=fleet", headers=fleet.headers("viewer")).json()
    assert economy == pytest.approx(answer["items"][0]["km_per_l"], abs=0.005)


def test_economy_by_truck_is_the_apis_best_first_without_trucks_that_do_not_know(
    client: TestClient, fleet: World
) -> None:
    fields = shown(client, fleet, panel("Fuel economy by truck"))

    answer = client.get("/v1/stats/fuel?bucket=month", headers=fleet.headers("viewer")).json()
    expected = {item["vehicle"]["name"]: item["km_per_l"] for item in answer["items"] if item["km_per_l"]}
    assert [field.name for field in fields] == ["vehicle", "economy"]
    assert dict(zip(fields[0].values, fields[1].values, strict=True)) == pytest.approx(expected, abs=0.005)
    assert fields[0].values == ["Farm 1", "Farm 2"]


def test_distance_by_truck_has_the_most_first(client: TestClient, fleet: World) -> None:
    fields = shown(client, fleet, panel("Distance by truck"))

    assert fields[0].values == ["Farm 1", "Farm 3", "Farm 2"]
    assert fields[1].values == pytest.approx([252.015, 120, 60])


def test_the_map_has_no_truck_without_a_position(client: TestClient, fleet: World) -> None:
    fields = shown(client, fleet, panel("Where the trucks are"))

    assert dict(zip(values(fields, "vehicle"), values(fields, "state"), strict=True)) == {
        "Farm 1": "moving",
        "Farm 2": "silent",
    }


def test_fuel_by_day_is_a_line_for_each_truck(client: TestClient, fleet: World) -> None:
    time, *lines = shown(client, fleet, panel("Fuel by day and truck"))

    assert len(time.values) == 6
    assert [line.labels for line in lines] == [(("vehicle", f"Farm {truck}"),) for truck in (1, 2, 3)]


def test_the_trips_come_newest_first_in_the_order_people_read(client: TestClient, fleet: World) -> None:
    fields = shown(client, fleet, panel("Trips in detail"))

    assert [field.name for field in fields][:4] == ["started", "truck", "distance", "distance-source"]
    assert values(fields, "started") == sorted(values(fields, "started"), reverse=True)
    assert len(values(fields, "started")) == 7


def test_every_code_of_the_api_has_words(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    states = set(schemas["LatestAnswer"]["properties"]["state"]["enum"])

    (mapped,) = [
        prop["value"][0]["options"]
        for rule in panel("Where the trucks are")["fieldConfig"]["overrides"]
        for prop in rule["properties"]
        if prop["id"] == "mappings"
    ]
    assert set(mapped) == states

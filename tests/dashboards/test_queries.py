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
        pytest.param(panel.as_json(), id=f"{dashboard.uid}/{panel.number}")
        for dashboard in made
        for panel in dashboard.panels
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
    return next(one.as_json() for one in made.panels if one.number == number)


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


def variables() -> Iterator[Any]:
    for dashboard in ALL:
        for variable in dashboard.as_json()["templating"]["list"]:
            if variable["type"] == "query":
                yield pytest.param(variable, id=f"{dashboard.uid}/{variable['name']}")


@pytest.mark.parametrize("variable", [one for one in variables() if one.values[0]["name"] in {"vehicle", "truck"}])
def test_a_truck_variable_offers_names_and_gives_numbers(client: TestClient, fleet: World, variable: Json) -> None:
    query = variable["query"]

    fields = frame(query["infinityQuery"], ask(client, query["infinityQuery"], ASKED, fleet.headers("viewer")))

    assert values(fields, query["meta"]["textField"]) == ["Farm 1", "Farm 2", "Farm 3", "Farm new"]
    assert values(fields, query["meta"]["valueField"]) == [str(truck.vehicle_id) for truck in fleet.trucks]
    assert variable["multi"] == (variable["name"] == "vehicle")
    assert variable.get("allValue") == (ASKED.vehicle if variable["multi"] else None)


@pytest.mark.parametrize("variable", [one for one in variables() if one.values[0]["name"] in {"driver", "place"}])
def test_a_filter_offers_names_and_gives_numbers(client: TestClient, fleet: World, variable: Json) -> None:
    query = variable["query"]

    fields = frame(query["infinityQuery"], ask(client, query["infinityQuery"], ASKED, fleet.headers("viewer")))

    assert values(fields, query["meta"]["textField"])
    assert all(number.isdigit() for number in values(fields, query["meta"]["valueField"]))
    assert (variable["multi"], variable["allValue"]) == (True, "all")


@pytest.mark.parametrize(
    ("chosen", "count"),
    [({}, 7), ({"purpose": "farm"}, 1), ({"purpose": "farm,private"}, 1), ({"purpose": "private"}, 0)],
)
def test_the_list_of_trips_holds_what_is_chosen(
    client: TestClient, fleet: World, chosen: dict[str, Any], count: int
) -> None:
    fields = shown(client, fleet, panel("fleet-trips", 6), replace(ASKED, **chosen))

    assert len(values(fields, "started") if fields else []) == count


def test_trips_are_chosen_by_the_drivers_and_places_offered(client: TestClient, fleet: World) -> None:
    headers = fleet.headers("viewer")
    (driver,) = [str(one["id"]) for one in client.get("/v1/drivers", headers=headers).json()["items"]]

    by_driver = shown(client, fleet, panel("fleet-trips", 6), replace(ASKED, driver=driver))
    by_place = shown(client, fleet, panel("fleet-trips", 6), replace(ASKED, place=str(fleet.place_ids[0])))

    assert values(by_driver, "driver") == ["Driver"]
    assert by_place == []


def test_a_trip_leads_to_those_beside_it(client: TestClient, fleet: World, asked: Asked) -> None:
    fields = shown(client, fleet, panel("fleet-trip", 16), asked)

    assert [field.name for field in fields][:2] == ["previous", "next"]
    assert values(fields, "next") == [None]
    (before,) = values(fields, "previous_id")
    trip = client.get(f"/v1/trips/{before}", headers=fleet.headers("viewer")).json()
    assert values(fields, "previous") == [datetime.fromisoformat(trip["started_at"])]
    assert values(fields, "previous_ended") == [datetime.fromisoformat(trip["ended_at"])]


def test_a_time_is_set_against_the_same_days_before(client: TestClient, fleet: World) -> None:
    later = replace(ASKED, since=ASKED.since + timedelta(days=3))

    fields = shown(client, fleet, panel("fleet-over-time", 18), later)

    assert values(fields, "truck") == ["Farm 1", "Farm 2", "Farm 3"]
    assert values(fields, "distance") == pytest.approx([126.003, 30, 60])
    assert values(fields, "distance-before") == pytest.approx([126.012, 30, 60])


@pytest.mark.parametrize("days", [200, 1000, 8000])
def test_a_long_time_is_shown_and_not_refused(client: TestClient, fleet: World, asked: Asked, days: int) -> None:
    long = replace(asked, since=asked.until - timedelta(days=days))

    for uid, number in (("fleet-overview", 7), ("fleet-truck", 20), ("fleet-truck", 29), ("fleet-truck", 30)):
        assert shown(client, fleet, panel(uid, number), long)


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
    (economy,) = [one.as_json() for one in overview.panels if one.number == 3]

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

    fields = shown(client, fleet, made)

    lines = [field for field in fields if field.name == "level"]
    (mapping,) = made["fieldConfig"]["defaults"]["mappings"]
    levels = {value for line in lines for value in line.values if value is not None}
    assert {str(int(level)) for level in levels} == {"0", "1", "2", "3", "4"}
    assert {str(int(level)) for level in levels} <= mapping["options"].keys()
    assert {dict(line.labels)["vehicle"] for line in lines} == {"Farm 1", "Farm 2", "Farm 3"}
    for times in (field.values for field in fields if field.name == "time"):
        assert times == sorted(times)
    # Where nothing is known, nothing is drawn: a null ends a state, in a frame of its own.
    assert any(value is None for line in lines for value in line.values)
    assert made["fieldConfig"]["defaults"]["custom"]["spanNulls"] is False


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


@pytest.mark.parametrize(
    "panel", [case for name in ("us", "l-per-100km") for case in cases(dashboards(Reader(units=UNITS[name]))[::2])]
)
def test_in_other_units_every_column_is_there_as_well(
    client: TestClient, fleet: World, asked: Asked, panel: Json
) -> None:
    for target in range(len(panel["targets"])):
        assert shown(client, fleet, panel, asked, target)


def test_drivers_are_compared_by_what_the_same_trucks_take(client: TestClient, fleet: World) -> None:
    headers = fleet.headers("viewer")
    params = {"bucket": "total", "group_by": "driver", "from": ASKED.since.isoformat()}
    expected = client.get("/v1/stats", headers=headers, params=params).json()["items"]
    driver = next(one["driver"] for one in expected if one["driver"])

    everybody = shown(client, fleet, panel("fleet-drivers", 9))
    alone = shown(client, fleet, panel("fleet-drivers", 6), replace(ASKED, driver=str(driver["id"])))
    days = shown(client, fleet, panel("fleet-drivers", 5), replace(ASKED, driver=str(driver["id"])))

    ratios = sorted((one["relative_economy_ratio"] for one in expected), reverse=True)
    assert [field.name for field in everybody] == ["driver", "relative-economy"]
    assert everybody[1].values == ratios
    assert values(alone, "driver") == [driver["name"]]
    assert values(alone, "relative-economy")[0] in ratios
    assert set(values(days, "driver")) == {driver["name"]}


def test_service_health_tells_the_edition_what_is_stored_and_when_the_disk_is_full(
    client: TestClient, fleet: World
) -> None:
    told = client.get("/v1/service", headers=fleet.headers("viewer")).json()

    stored = shown(client, fleet, panel("fleet-service", 12))
    (days_left,) = values(shown(client, fleet, panel("fleet-service", 9)), "disk-days-left")

    names = ["edition", "timescale-version", "samples-size", "compressed-weeks", "device-count"]
    assert [field.name for field in stored] == names
    expected = ("timescale_edition", "timescale_version", "sample_mb", "compressed_week_count", "device_count")
    assert [field.values[0] for field in stored] == [told[name] for name in expected]
    assert set(mapped(panel("fleet-service", 12), "edition")) == {"apache", "community"}
    assert days_left == pytest.approx(told["disk_days_left"], rel=0.01)

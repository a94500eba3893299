"""Answers in miles and gallons."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.episodes.catalogue import MEANINGS
from keitora.signals.registry import SIGNALS
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from keitora_api.units.convert import to_us
from tests.api.builders import NOW, World, add_fill_up, add_trip


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"distance_km": 160.9344}, {"distance_mi": 100.0}),
        ({"speed_kmh": 80.4672}, {"speed_mph": 50.0}),
        ({"fuel_l": 37.8541}, {"fuel_gal": 10.0}),
        ({"km_per_l": 17.0}, {"mi_per_gal": 39.9865}),
        ({"cost_per_km": 10.0}, {"cost_per_mi": 16.0934}),
        ({"altitude_m": 304.8}, {"altitude_ft": 1000.0}),
        ({"fuel_l": None}, {"fuel_gal": None}),
        (
            {"items": [{"vehicle": {"id": 1}, "max_speed_kmh": 0}]},
            {"items": [{"vehicle": {"id": 1}, "max_speed_mph": 0.0}]},
        ),
        (
            {"moving_s": 60.0, "episodes_per_100km": {"over_rev": 0.1}},
            {"moving_s": 60.0, "episodes_per_100mi": {"over_rev": 0.1609}},
        ),
        ({"coolant_temp_c": 100.0, "climb_m": 30.48}, {"coolant_temp_f": 212.0, "climb_ft": 100.0}),
        (
            {"unit": "degC", "bound_value": 100.0, "last_value": None, "sample_count": 3},
            {"unit": "degF", "bound_value": 212.0, "last_value": None, "sample_count": 3},
        ),
        (
            {"signal": "speed_kmh", "unit": "km/h", "points": [{"mean": 80.4672, "value_count": 1}]},
            {"signal": "speed_kmh", "unit": "mph", "points": [{"mean": 50.0, "value_count": 1}]},
        ),
        ({"l_per_100km": 10.0}, {"gal_per_100mi": 4.2514}),
        ({"radius_m": 30.48, "accuracy_m": None}, {"radius_ft": 100.0, "accuracy_ft": None}),
        (
            {"question": {"kind": "odometer", "unit": "km", "typed": 160.9344, "proposed": None}},
            {"question": {"kind": "odometer", "unit": "mi", "typed": 100.0, "proposed": None}},
        ),
        (
            {"refused_counts": {"coolant_temp_c": 2, "speed_kmh": 3}},
            {"refused_counts": {"coolant_temp_c": 2, "speed_kmh": 3}},
        ),
        ({"unit": "V", "points": [{"mean": 12.0}]}, {"unit": "V", "points": [{"mean": 12.0}]}),
    ],
)
def test_fields_change_their_name_with_their_unit(given: object, expected: object) -> None:
    assert to_us(given) == expected


def described() -> dict[str, Any]:
    schemas: dict[str, Any] = create_app(ServiceSettings(database_url=SecretStr("postgresql://no/where"))).openapi()
    return {
        f"{schema}.{name}": told
        for schema, body in schemas["components"]["schemas"].items()
        for name, told in body.get("properties", {}).items()
    }


def is_number(told: dict[str, Any]) -> bool:
    return any(one.get("type") in {"number", "integer"} for one in (told, *told.get("anyOf", ())))


def values_of(told: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of the values of a dictionary with names of its own."""
    values = told.get("additionalProperties")
    return values if isinstance(values, dict) else {}


def test_every_number_with_a_metric_unit_in_its_name_is_told_in_that_of_the_us() -> None:
    metric = {"km", "kmh", "l", "m", "c", "100km"}
    names = {path.partition(".")[2] for path, told in described().items() if is_number(told)}
    asked = {name for name in names if metric & set(name.split("_"))}
    assert {"distance_km", "volume_l", "radius_m", "max_speed_kmh", "l_per_100km", "ambient_temp_c"} <= asked

    left = {name for name in asked if metric & {word for own in to_us({name: 1.0}) for word in own.split("_")}}

    assert left == set()


def test_what_is_counted_by_name_is_not_taken_for_a_quantity() -> None:
    by_name = {path: told for path, told in described().items() if is_number(values_of(told))}
    assert {path.partition(".")[2] for path in by_name} >= {"refused_counts", "episode_counts", "fuel_shares"}

    for path in by_name:
        [given] = to_us({path.partition(".")[2]: {"coolant_temp_c": 2, "trip_km": 0}}).values()
        assert list(given) == ["coolant_temp_c", "trip_km"], path


def test_every_metric_unit_that_stands_beside_a_value_changes() -> None:
    units = {signal.unit for signal in SIGNALS} | {meaning.unit for meaning in MEANINGS.values()} | {"L", "km"}

    told = {unit for unit in units if to_us({"unit": unit, "typed": 1.0}) == {"unit": unit, "typed": 1.0}}

    assert not told & {"km", "km/h", "m", "L", "L/h", "degC"}
    assert told == units - {"km", "km/h", "m", "L", "L/h", "degC"}


def test_a_doubted_fill_up_names_its_unit_and_is_told_in_gallons(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    vehicle_id = world.trucks[0].vehicle_id
    conn.execute("UPDATE vehicle SET tank_l = 34 WHERE vehicle_id = %s", [vehicle_id])
    add_fill_up(conn, world, NOW - timedelta(hours=1), volume_l=100 * 3.785411784)

    metric, us = (
        client.get("/v1/fill-ups", headers=world.headers(), params=params).json()["items"][0]["question"]
        for params in ({}, {"units": "us"})
    )

    assert (metric["kind"], metric["unit"], metric["typed"]) == ("overfull", "L", 378.541)
    assert (us["unit"], us["typed"]) == ("gal", pytest.approx(100.0, abs=0.001))
    assert us["proposed"] == pytest.approx(metric["proposed"] / 3.785411784, abs=0.001)


def test_only_who_asks_gets_miles(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_trip(conn, world.trucks[0], NOW - timedelta(hours=1), distance_m=16_093.44)

    metric = client.get("/v1/trips", headers=world.headers("viewer"))
    us = client.get("/v1/trips?units=us", headers=world.headers("viewer"))
    again = client.get("/v1/trips?units=us", headers={**world.headers("viewer"), "If-None-Match": us.headers["etag"]})

    assert metric.json()["items"][0]["distance_km"] == pytest.approx(16.093)
    assert us.json()["items"][0]["distance_mi"] == pytest.approx(10.0, abs=0.001)
    assert metric.headers["etag"] != us.headers["etag"]
    assert again.status_code == 304


def test_a_problem_stays_a_problem(client: TestClient, world: World) -> None:
    answer = client.get("/v1/trips/nothing?units=us", headers=world.headers("viewer"))

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"

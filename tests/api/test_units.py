"""Answers in miles and gallons."""

from datetime import timedelta

import psycopg
import pytest
from fastapi.testclient import TestClient

from keitora_api.units.convert import to_us
from tests.api.builders import NOW, World, add_trip


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
        ({"unit": "V", "points": [{"mean": 12.0}]}, {"unit": "V", "points": [{"mean": 12.0}]}),
    ],
)
def test_fields_change_their_name_with_their_unit(given: object, expected: object) -> None:
    assert to_us(given) == expected


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

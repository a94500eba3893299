"""A property of a truck is changed by the API: the worker makes all that follows from it anew, to the statistics."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.derive.queries import touch_all
from keitora.fleets.queries import create_key
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.ingestor.conftest import Yard
from tests.system.derived import derive_all, derived_rows
from tests.system.test_arrival_order import DONGLE, PHONE, messages

ENGINE: Final = {"spd": "speed_kmh", "rpm": "engine_rpm", "map": "map_kpa", "iat": "intake_temp_c"}
GNSS: Final = {"lat": "lat", "lon": "lon", "gspd": "gnss_speed_kmh"}
WHEN: Final = {"from": "2026-03-01T00:00:00Z", "to": "2026-05-01T00:00:00Z", "bucket": "month"}


@pytest.fixture
def client(yard: Yard, database_url: str) -> Iterator[TestClient]:
    key = create_key(yard.conn, fleet_id=yard.fleet_id, name="boss", role="manager")
    app = create_app(ServiceSettings(database_url=SecretStr(database_url), database_pool_size=2))
    with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as client:
        yield client


def change(client: TestClient, yard: Yard, **said: Any) -> None:
    answer = client.patch(f"/v1/vehicles/{yard.vehicle_id}", json=said)
    assert answer.status_code == 200, answer.text


def litres(client: TestClient) -> tuple[Any, Any]:
    """Return the litres of the first trip, and of the month."""
    [month] = client.get("/v1/stats", params=WHEN).json()["items"]
    return client.get("/v1/trips", params={"limit": 1, "order": "asc"}).json()["items"][0]["fuel_l"], month["fuel_l"]


def drive(yard: Yard) -> None:
    """A morning of a truck whose dongle tells pressures, and no flow of air."""
    told = [one._replace(map_kpa=45.0 + one.at_ms // 2000 % 3, intake_temp_c=25.0) for one in DONGLE]
    yard.send_all(messages(told, "carry-1", 500, ENGINE))
    derive_all(yard.conn)


def test_another_displacement_makes_other_litres_in_trips_and_statistics(yard: Yard, client: TestClient) -> None:
    drive(yard)
    trip_l, month_l = litres(client)
    assert month_l > trip_l > 0

    change(client, yard, displacement_cc=1316)
    derive_all(yard.conn)

    assert litres(client) == (pytest.approx(2 * trip_l, rel=0.01), pytest.approx(2 * month_l, rel=0.01))
    changed = derived_rows(yard.conn)
    touch_all(yard.conn, None)
    yard.conn.execute("UPDATE derive_state SET state = NULL")
    derive_all(yard.conn)
    assert derived_rows(yard.conn) == changed

    change(client, yard, displacement_cc=None)
    derive_all(yard.conn)
    assert litres(client) != (trip_l, month_l)


@pytest.mark.parametrize("said", [{"energy": "diesel"}, {"volumetric_efficiency": 0.6}, {"induction": "turbo"}])
def test_what_else_litres_follow_from_does_so_too(yard: Yard, client: TestClient, said: dict[str, Any]) -> None:
    drive(yard)
    before = litres(client)

    change(client, yard, **said)
    derive_all(yard.conn)

    after = litres(client)
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_a_heavier_truck_without_engine_data_takes_more(yard: Yard, client: TestClient) -> None:
    yard.send_all(messages(PHONE, "carry-1", 500, GNSS))
    derive_all(yard.conn)
    trip_l, month_l = litres(client)

    change(client, yard, kerb_kg=1400)
    derive_all(yard.conn)

    after = litres(client)
    assert after[0] > trip_l
    assert after[1] > month_l


def test_a_truck_that_was_never_folded_is_folded_by_what_it_is_now(yard: Yard, client: TestClient) -> None:
    """The touch reaches to the newest sample, also where the first fold is under way and nothing of it can be seen."""
    yard.send_all(messages(DONGLE[:300], "carry-1", 500))
    yard.conn.execute("DELETE FROM derive_touch")

    change(client, yard, displacement_cc=1316)

    [(reaches,)] = yard.rows("SELECT touched_to >= (SELECT max(sampled_at) FROM sample) FROM derive_touch")
    assert reaches


def test_what_changes_no_litre_makes_nothing_anew(yard: Yard, client: TestClient) -> None:
    drive(yard)
    yard.conn.execute("UPDATE fuel_learning SET due = false, later = false")

    change(client, yard, name="白いキャリイ", plate="長野 480 あ 12-34", displacement_cc=658, archived=True)

    assert yard.rows("SELECT FROM derive_touch") == []
    assert yard.rows("SELECT FROM fuel_learning WHERE due") == []


@pytest.mark.parametrize(("said", "trucks"), [({"tank_l": 38}, 1), ({"battery_kwh": 16}, 1), ({"energy": "lpg"}, 2)])
def test_what_is_learnt_is_learnt_anew_of_the_truck_or_where_prices_hang_on_it_of_the_fleet(
    yard: Yard, client: TestClient, said: dict[str, Any], trucks: int
) -> None:
    assert client.post("/v1/vehicles", json={"name": "Hijet"}).status_code == 201
    yard.conn.execute("UPDATE fuel_learning SET due = false")

    change(client, yard, **said)

    assert len(yard.rows("SELECT FROM fuel_learning WHERE due")) == trucks

"""Episodes over HTTP: what is told, to whom, and who may acknowledge."""

from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient

from tests.api.builders import NOW, World, add_day, add_episode, add_latest, add_samples, insert

HOUR = timedelta(hours=1)


LASTING = {"closed_at": None, "ended_by": None, "last_value": None}


def episodes(client: TestClient, world: World, role: str = "manager", **params: Any) -> Any:
    answer = client.get("/v1/episodes", headers=world.headers(role), params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def acknowledge(client: TestClient, world: World, name: str, role: str = "manager", **body: Any) -> Any:
    return client.post(f"/v1/episodes/{name}/acknowledge", headers=world.headers(role), json=body or None)


def test_an_episode_is_told_with_its_evidence(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_episode(conn, world.trucks[0], NOW - HOUR)

    (item,) = episodes(client, world)["items"]

    assert item["vehicle"] == {"id": world.trucks[0].vehicle_id, "name": world.trucks[0].name}
    assert (item["kind"], item["name_ja"], item["severity"]) == ("overheating", "オーバーヒート", "critical")
    assert (item["is_open"], item["ended_by"], item["is_late"]) == (False, "clear", False)
    assert (item["unit"], item["bound_value"], item["peak_value"], item["mean_value"]) == ("degC", 112, 116.04, 114)
    assert item["place"] == {"lat": 36.65, "lon": 138.18}
    assert (item["acknowledged_by"], item["acknowledged_at"]) == (None, None)


def test_it_is_late_if_the_sample_that_told_of_it_was(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    opened_at = add_episode(conn, truck, NOW - HOUR)
    add_samples(conn, truck, [{"sampled_at": opened_at + timedelta(seconds=8), "delay_s": 3600}])

    (item,) = episodes(client, world)["items"]

    assert item["is_late"] is True
    assert item["heard_at"] == (opened_at + timedelta(seconds=3608)).isoformat().replace("+00:00", "Z")


def test_what_was_heard_of_since_is_chosen_page_by_page(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    # Noticed so many hours ago, told of so many hours later; 168 hours are a week.
    for ago_h, delay_h in ((1, 0), (3, 0), (4, 3), (5, 2), (169, 168), (170, 169), (9000, 9000)):
        noticed_at = NOW - ago_h * HOUR
        add_episode(conn, truck, noticed_at, noticed_at=noticed_at)
        add_samples(conn, truck, [{"sampled_at": noticed_at, "delay_s": 3600 * delay_h}])

    def told(**params: Any) -> list[float]:
        items = episodes(client, world, heard_from=(NOW - HOUR).isoformat(), **params)["items"]
        return [(NOW - datetime.fromisoformat(item["noticed_at"])) / HOUR for item in items]

    assert told() == [1, 4, 169]
    assert told(order="asc") == [169, 4, 1]
    assert told(open=True) == []
    assert told(limit=2) == [1, 4]
    second = episodes(client, world, heard_from=(NOW - HOUR).isoformat(), limit=2)["next_cursor"]
    assert told(limit=2, cursor=second) == [169]
    assert client.get("/v1/episodes?heard_from=noon", headers=world.headers()).status_code == 422


def test_filters(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    first, second = world.trucks
    add_episode(conn, first, NOW - 5 * HOUR)
    add_episode(conn, first, NOW - 4 * HOUR, kind="low_fuel", **LASTING)
    add_episode(conn, second, NOW - 3 * HOUR, kind="over_rev")

    def kinds(**params: Any) -> list[str]:
        return [item["kind"] for item in episodes(client, world, **params)["items"]]

    assert kinds() == ["over_rev", "low_fuel", "overheating"]
    assert kinds(order="asc") == ["overheating", "low_fuel", "over_rev"]
    assert kinds(open=True) == ["low_fuel"]
    assert kinds(open=False) == ["over_rev", "overheating"]
    assert kinds(vehicle=second.vehicle_id) == ["over_rev"]
    assert kinds(kind=["low_fuel", "over_rev"]) == ["over_rev", "low_fuel"]
    assert kinds(**{"from": (NOW - 4 * HOUR).isoformat(), "to": (NOW - 3 * HOUR).isoformat()}) == ["low_fuel"]
    assert client.get("/v1/episodes?kind=nonsense", headers=world.headers()).status_code == 422
    assert client.get("/v1/episodes?cursor=nonsense", headers=world.headers()).status_code == 422


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_join_to_the_whole_list(client: TestClient, conn: psycopg.Connection, world: World, order: str) -> None:
    for number in range(7):  # at three instants, of two kinds, on two trucks
        kind = ("over_rev", "low_fuel")[number % 2]
        add_episode(conn, world.trucks[number // 4], NOW - HOUR * (number // 2 % 2), kind=kind)
    whole = [item["id"] for item in episodes(client, world, order=order)["items"]]
    assert len(set(whole)) == 7

    paged: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        body = episodes(client, world, order=order, limit=2, **cursor)
        paged += [item["id"] for item in body["items"]]
        if body["next_cursor"] is None:
            break
        cursor = {"cursor": body["next_cursor"]}
    assert paged == whole


@pytest.mark.parametrize("role", ["manager", "driver"])
def test_who_has_seen_it_is_noted(client: TestClient, conn: psycopg.Connection, world: World, role: str) -> None:
    add_episode(conn, world.trucks[0], NOW - HOUR, **LASTING)
    (item,) = episodes(client, world)["items"]

    told = acknowledge(client, world, item["id"], role, note="refilled").json()

    assert told == episodes(client, world)["items"][0]
    assert told["acknowledged_by"].startswith(role)
    assert (told["acknowledged_at"], told["note"]) == ("2026-11-22T03:00:00Z", "refilled")


def test_an_acknowledgement_outlives_the_row_and_follows_its_edges(
    client: TestClient, conn: psycopg.Connection, world: World
) -> None:
    truck = world.trucks[0]
    opened_at = add_episode(conn, truck, NOW - HOUR)
    acknowledge(client, world, episodes(client, world)["items"][0]["id"])

    conn.execute("DELETE FROM episode WHERE vehicle_id = %s", [truck.vehicle_id])
    add_episode(conn, truck, opened_at - timedelta(minutes=20))
    add_episode(conn, truck, opened_at - timedelta(minutes=20), kind="over_rev")
    add_episode(conn, truck, opened_at + timedelta(minutes=40))
    add_episode(conn, world.trucks[1], opened_at)
    assert [item["acknowledged_by"] for item in episodes(client, world)["items"]] == [None] * 4

    conn.execute(
        "UPDATE episode SET closed_at = %s WHERE opened_at = %s AND kind = 'overheating'",
        [opened_at + timedelta(minutes=1), opened_at - timedelta(minutes=20)],
    )
    seen = [item for item in episodes(client, world)["items"] if item["acknowledged_by"]]
    assert [(item["kind"], item["opened_at"]) for item in seen] == [("overheating", "2026-11-22T01:40:00Z")]


def test_a_viewer_reads_but_does_not_acknowledge(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    add_episode(conn, world.trucks[0], NOW - HOUR)
    (item,) = episodes(client, world, "viewer")["items"]

    answer = acknowledge(client, world, item["id"], "viewer")

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    assert episodes(client, world)["items"][0]["acknowledged_by"] is None


def test_another_fleet_neither_sees_nor_acknowledges_it(
    client: TestClient, conn: psycopg.Connection, world: World, other: World
) -> None:
    add_episode(conn, world.trucks[0], NOW - HOUR)
    add_day(conn, world.trucks[0], date(2026, 11, 20), rest_battery_v=12.5)
    (item,) = episodes(client, world)["items"]

    assert episodes(client, other, vehicle=world.trucks[0].vehicle_id)["items"] == []
    assert client.get("/v1/batteries", headers=other.headers()).json()["items"] == []
    assert acknowledge(client, other, item["id"]).status_code == 404
    assert episodes(client, world)["items"][0]["acknowledged_by"] is None
    assert client.post(f"/v1/episodes/{item['id']}/acknowledge").status_code == 401


def test_an_acknowledgement_of_nothing_is_refused(client: TestClient, world: World) -> None:
    for name in (f"{world.trucks[0].vehicle_id}-overheating-mi1e8s00", "nonsense", "1-x-0"):
        assert acknowledge(client, world, name).status_code == 404, name
    answer = acknowledge(client, world, "1-over_rev-1", colour="red")
    assert answer.status_code == 422


def test_the_database_itself_keeps_acknowledgements_and_settings_apart(
    conn: psycopg.Connection, world: World, other: World
) -> None:
    truck = world.trucks[0]
    with conn.transaction(force_rollback=True):
        conn.execute("SET LOCAL ROLE keitora_api")
        conn.execute("SELECT set_config('keitora.fleet_id', %s, true)", [str(other.fleet.fleet_id)])
        for table, values in (
            ("episode_acknowledgement", {"anchor_at": NOW, "acknowledged_at": NOW, "acknowledged_by": "x"}),
            ("rule_setting", {"entered_by": "x"}),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), conn.transaction():
                insert(conn, table, fleet_id=truck.fleet_id, vehicle_id=truck.vehicle_id, kind="over_rev", **values)


def test_batteries_have_their_days_counted(client: TestClient, conn: psycopg.Connection, world: World) -> None:
    falling, silent = world.trucks
    for number in range(8):
        day = date(2026, 11, 13) + timedelta(days=number)
        add_day(conn, falling, day, rest_battery_v=12.6 - 0.05 * number, rest_ambient_temp_c=4.0)
        add_day(conn, silent, day)

    (item,) = client.get("/v1/batteries", headers=world.headers("driver")).json()["items"]

    assert item["vehicle"]["id"] == falling.vehicle_id
    assert (item["rest_v"], item["day_count"], item["ambient_temp_c"]) == (12.25, 8, 4.0)
    assert item["slope_v_per_day"] == pytest.approx(-0.05, abs=0.001)
    assert item["days_left"] == pytest.approx(9, abs=0.2)


def test_a_truck_that_should_have_been_heard_of_is_named(
    client: TestClient, conn: psycopg.Connection, world: World, other: World
) -> None:
    driving, parked = world.trucks
    add_latest(conn, driving, NOW - HOUR)
    add_latest(conn, parked, NOW - 48 * HOUR, speed_kmh=0.0)

    def silent(seen_by: World = world) -> list[tuple[int, float, bool]]:
        items = client.get("/v1/silent-vehicles", headers=seen_by.headers()).json()["items"]
        return [(item["vehicle"]["id"], item["silent_h"], item["was_driving"]) for item in items]

    assert silent() == [(driving.vehicle_id, 1.0, True)]
    assert silent(other) == []
    insert(
        conn, "rule_setting", fleet_id=world.fleet.fleet_id, kind="silent", limits='{"at_rest_h": 24}', entered_by="x"
    )
    assert silent() == [(parked.vehicle_id, 48.0, False), (driving.vehicle_id, 1.0, True)]
    insert(
        conn, "rule_setting", fleet_id=world.fleet.fleet_id, vehicle_id=driving.vehicle_id, kind="silent", is_on=False,
        entered_by="x",
    )  # fmt: skip
    assert silent() == [(parked.vehicle_id, 48.0, False)]

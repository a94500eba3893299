"""Walking all routes: which there are, with which ids, as whom."""

import re
from datetime import timedelta
from typing import Any

import psycopg
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from keitora.access.issue import issue
from keitora.devices.queries import register_device
from keitora.episodes.ids import EpisodeKey, episode_id
from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey
from keitora.wire.slug import slug
from tests.api.bodies import BODIES, QUERIES
from tests.api.builders import (
    NOW,
    World,
    add_day,
    add_energy,
    add_entry,
    add_episode,
    add_fill_up,
    add_idling,
    add_latest,
    add_place,
    add_samples,
    add_stop,
    add_trip,
    add_trip_day,
    add_upkeep,
    add_visit,
    drive,
    insert,
)
from tests.api.people import add_invitation, add_person, add_session, bearer

TENANT_TABLES = """
SELECT c.table_name FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_name)
WHERE c.column_name = 'fleet_id' AND c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
ORDER BY 1
"""


def operations(app: FastAPI) -> list[str]:
    return [f"{method.upper()} {path}" for path, told in app.openapi()["paths"].items() for method in told]


def ids_of(conn: psycopg.Connection, world: World) -> dict[str, Any]:
    """Return a thing of a busy fleet for every id that stands in a path."""
    vehicle_id, at = world.trucks[0].vehicle_id, NOW - timedelta(hours=2)
    columns = {
        "entry_id": "trip_overlay.trip_overlay_id",
        "session_id": "person_session.person_session_id",
        "person_id": "person.person_id",
        "invitation_id": "invitation.invitation_id",
        "key_id": "api_key.api_key_id",
        "device_id": "device.device_id",
        "place_id": "place.place_id",
        "fill_up_id": "fill_up.fill_up_id",
        "charge_entry_id": "fill_up.fill_up_id",
        "upkeep_id": "upkeep_task.upkeep_task_id",
        "tariff_id": "tariff.tariff_id",
        "price_id": "fuel_price.fuel_price_id",
        "done_id": "upkeep_done.upkeep_done_id",
    }
    found: dict[str, Any] = {
        "vehicle_id": vehicle_id,
        "trip_id": trip_id(TripKey(vehicle_id, at)),
        "episode_id": episode_id(EpisodeKey(vehicle_id, "overheating", at)),
        "kind": "volume",
        "what": "trips",
    }
    for name, column in columns.items():
        table = column.split(".", maxsplit=1)[0]
        query = f"SELECT min({column}) FROM {table} WHERE fleet_id = %s"
        [(found[name],)] = conn.execute(query.encode(), [world.fleet.fleet_id])
    return found


def ask(client: TestClient, operation: str, ids: dict[str, Any], headers: dict[str, str] | None, **params: Any) -> Any:
    method, route = operation.split()
    path = re.sub(r"\{(\w+)\}", lambda found: str(ids[found[1]]), route)
    body = with_ids(BODIES[operation], ids) if method not in {"GET", "DELETE"} else None
    asked = {**QUERIES.get(operation, {}), **params}
    return client.request(method, path, headers=headers, json=body, params=asked)


def with_ids(body: Any, ids: dict[str, Any]) -> Any:
    """Return a body, or the rows of one, about things that are there."""
    if not body:
        return body
    own = {name: ids[name] for name in ("vehicle_id", "trip_id") if name in body}
    rows = {"items": [with_ids(row, ids) for row in body["items"]]} if "items" in body else {}
    return {**body, **own, **rows}


def headers_of(conn: psycopg.Connection, world: World, role: str) -> dict[str, str]:
    """A session of a person in this role; a viewer has a key."""
    if role == "viewer":
        return world.headers("viewer")
    return bearer(add_session(conn, world, add_person(conn, world, role).person_id))


def rows_of(conn: psycopg.Connection, world: World) -> dict[str, Any]:
    """Return a digest of all of a fleet's rows, table by table."""
    found = {}
    for (table,) in conn.execute(TENANT_TABLES).fetchall():
        digest = (
            f"SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {table} AS t WHERE fleet_id = %s"
        )
        found[table] = conn.execute(digest.encode(), [world.fleet.fleet_id]).fetchone()
    return found


def fill_every_table(conn: psycopg.Connection, world: World) -> World:
    """Give a fleet a row in every table the API reads, and return it."""
    truck = world.trucks[0]
    start = add_trip(conn, truck, NOW - timedelta(hours=2))
    add_samples(conn, truck, drive(start, 20))
    add_latest(conn, truck, NOW - timedelta(seconds=5))
    add_day(conn, truck, start.date(), rest_battery_v=12.4)
    add_trip_day(conn, truck, start, start.date())
    add_stop(conn, truck, start + timedelta(minutes=20))
    add_idling(conn, truck, start + timedelta(minutes=5))
    add_episode(conn, truck, start)
    insert(
        conn, "rule_setting", fleet_id=world.fleet.fleet_id, kind="driverless", is_on=True,
        limits=Jsonb({"within_h": 0.5}), entered_by="test",
    )  # fmt: skip
    place_id = add_place(conn, world, name=f"place of {world.fleet.name}")
    add_visit(conn, truck, place_id, start, left_at=NOW)
    add_entry(conn, truck, start + timedelta(minutes=10), purpose="work", note=f"note of {world.fleet.name}")
    add_entry(conn, truck, start - timedelta(days=9), purpose="work")
    add_energy(conn, world, start)
    add_fill_up(conn, world, start, station=f"station of {world.fleet.name}")
    upkeep_id = add_upkeep(conn, truck, name=f"oil of {world.fleet.name}")
    insert(
        conn, "upkeep_done", fleet_id=world.fleet.fleet_id, upkeep_task_id=upkeep_id, done_on=NOW.date(),
        currency="JPY", note=f"done by {world.fleet.name}", entered_by="test",
    )  # fmt: skip
    member = add_person(conn, world)
    add_session(conn, world, member.person_id)
    add_invitation(conn, world)
    device = register_device(conn, fleet_id=world.fleet.fleet_id, source="native", device_key=slug(world.fleet.name))
    issue(conn, device)
    return world

"""People of a fleet for tests: accounts, sessions and links."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import psycopg
from fastapi.testclient import TestClient

from keitora.fleets.tokens import new_token, token_sha256
from keitora.people.passwords import hash_password
from tests.api.builders import World, insert

PASSWORD = "rain on the tin roof"
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


@cache
def hashed(password: str = PASSWORD) -> str:
    return hash_password(password)


@dataclass(frozen=True, slots=True)
class Member:
    person_id: int
    login_name: str
    driver_id: int | None


def add_person(conn: psycopg.Connection, world: World, role: str = "manager", **changes: Any) -> Member:
    fleet_id = world.fleet.fleet_id
    [(driver_id,)] = conn.execute("SELECT min(driver_id) FROM driver WHERE fleet_id = %s", [fleet_id])
    values: dict[str, Any] = {
        "fleet_id": fleet_id,
        "name": f"{role} of {world.fleet.name}",
        "login_name": f"{role}-{new_token('')}@example.org".lower(),
        "role": role,
        "driver_id": driver_id if role == "driver" else None,
        "password_hash": hashed(),
        **changes,
    }
    insert(conn, "person", **values)
    [(person_id,)] = conn.execute("SELECT person_id FROM person WHERE login_name = %s", [values["login_name"]])
    return Member(person_id, values["login_name"], values["driver_id"])


def add_session(conn: psycopg.Connection, world: World, person_id: int, **changes: Any) -> str:
    """Return the token of a session that is open."""
    token = new_token("ks_")
    values: dict[str, Any] = {
        "fleet_id": world.fleet.fleet_id,
        "person_id": person_id,
        "token_sha256": token_sha256(token),
        "kind": "bearer",
        "device_name": f"device of {world.fleet.name}",
        "idle": timedelta(days=1),
        "expires_at": "2100-01-01T00:00:00Z",
    }
    insert(conn, "person_session", **{**values, **changes})
    return token


def add_invitation(conn: psycopg.Connection, world: World, **changes: Any) -> str:
    """Return the token of a link that is good."""
    token = new_token("ki_")
    values: dict[str, Any] = {
        "fleet_id": world.fleet.fleet_id,
        "purpose": "join",
        "token_sha256": token_sha256(token),
        "name": f"guest of {world.fleet.name}",
        "role": "manager",
        "made_by": "test",
        "expires_at": "2100-01-01T00:00:00Z",
    }
    insert(conn, "invitation", **{**values, **changes})
    return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def sign_in(client: TestClient, login_name: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/v1/session", json={"login_name": login_name, "password": password, "kind": "bearer", **more})


def audit(conn: psycopg.Connection, world: World) -> list[tuple[str, str, Any, Any]]:
    """Return who did what, what was before and after; the oldest first."""
    return conn.execute(
        "SELECT who, action, before, after FROM audit_entry WHERE fleet_id = %s ORDER BY audit_entry_id",
        [world.fleet.fleet_id],
    ).fetchall()

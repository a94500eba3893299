"""Every panel, variable and alert over a day of a simulated fleet that came in by the front door.

A market round with a MAF-less OBD-II truck, one with air mass, an old one known by a phone alone, an electric van: what
the dashboards show of them must hold together and be what trucks can do.
"""

from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from keitora.calibration.queries import learn_next
from keitora.drivers.queries import create_driver
from keitora.fleets.queries import create_key, find_fleet
from keitora.local.testing import TemporaryBroker
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from keitora_dashboards.alerts.rules import rules
from keitora_dashboards.catalogue import dashboards
from keitora_sim.commands import sim
from tests.dashboards.grafana_transformations import transform
from tests.dashboards.infinity import Asked, Field, Json, ask, frame
from tests.dashboards.test_alerts import alerts
from tests.system.derived import derive_all
from tests.system.stack import service, wait_for_ingestor, wait_until

FLEET: Final = "Score farm"
ENGLISH: Final = dashboards()[::2]
PANELS: Final = [
    pytest.param(panel.as_json(), id=f"{dashboard.uid}/{panel.number}")
    for dashboard in ENGLISH
    for panel in dashboard.panels
]


class Fleet(NamedTuple):
    """The API over the fleet, as Grafana asks it, and the moment at which it does."""

    client: TestClient
    headers: dict[str, str]
    asked: Asked


@pytest.fixture(scope="module")
def fleet(
    module_database_url: str, broker: TemporaryBroker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEITORA_DATABASE_URL", module_database_url)
        _send(module_database_url, broker, tmp_path_factory.mktemp("logs"))
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        derive_all(conn)
        held = find_fleet(conn, FLEET)
        assert held is not None
        keys = {
            role: {"X-API-Key": create_key(conn, fleet_id=held.fleet_id, name=role, role=role)}
            for role in ("manager", "viewer")
        }
        driver_id = create_driver(conn, fleet_id=held.fleet_id, name="Ken")
        row = conn.execute("SELECT max(sampled_at) FROM vehicle_latest").fetchone()
        assert row is not None
    now = row[0] + timedelta(minutes=2)
    settings = ServiceSettings(database_url=SecretStr(module_database_url), database_pool_size=2)
    with TestClient(create_app(settings, clock=lambda: now)) as client:
        trips = client.get("/v1/trips", headers=keys["viewer"]).json()["items"]
        trip = next(one for one in trips if one["vehicle"]["name"] == "Carry")
        _enter(client, keys["manager"], trip, driver_id)
        with psycopg.connect(module_database_url, autocommit=True) as conn:
            derive_all(conn)
            while learn_next(conn) is not None:
                pass
            derive_all(conn)
        asked = Asked(now - timedelta(days=2), now, truck=str(trip["vehicle"]["id"]), trip=trip["id"])
        yield Fleet(client, keys["viewer"], asked)


def _send(url: str, broker: TemporaryBroker, logs: Path) -> None:
    said = StringIO()
    with service("ingest", url, broker, logs):
        wait_for_ingestor(url)
        with redirect_stdout(said):
            assert sim(["run", "small-check", "--url", broker.url, "--register"]) == 0
        rows = int(said.getvalue().split(" rows")[0].split()[-1].replace(",", ""))
        wait_until(lambda: _stored(url) == rows, "all rows are stored", within_s=120)


def _stored(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT count(*) FROM sample").fetchone()
    return row[0] if row else 0


def _enter(client: TestClient, headers: dict[str, str], trip: Json, driver_id: int) -> None:
    """Say what people say of a day: where a place is, what a trip was for, what was filled and what is due."""
    truck = trip["vehicle"]["id"]
    point = {"type": "Point", "coordinates": [trip["end"]["lon"], trip["end"]["lat"]]}
    entries: list[tuple[str, Json]] = [
        ("/v1/places", {"name": "Home", "kind": "base", "geometry": point, "radius_m": 200}),
        (
            f"/v1/trips/{trip['id']}/overlay",
            {"action": "describe", "purpose": "farm", "driver_id": driver_id, "note": "apples"},
        ),
        (
            "/v1/fill-ups",
            {
                "vehicle_id": truck,
                "filled_at": trip["ended_at"],
                "volume_l": 20,
                "total_price": "3400",
                "is_full": True,
            },
        ),
        ("/v1/upkeep", {"vehicle_id": truck, "kind": "oil", "name": "Oil", "every_km": 5000}),
    ]
    for path, body in entries:
        answer = client.post(path, headers=headers, json=body)
        assert answer.status_code in {200, 201}, (path, answer.text)


def shown(fleet: Fleet, panel: Json, target: int = 0, **changes: Any) -> list[Field]:
    chosen = panel["targets"][target]
    answer = ask(fleet.client, chosen, replace(fleet.asked, **changes), fleet.headers)
    return transform(frame(chosen, answer), panel["transformations"])


def panel(uid: str, number: int) -> Json:
    (made,) = [one for one in ENGLISH if one.uid == uid]
    return next(one.as_json() for one in made.panels if one.number == number)


def numbers(fields: list[Field], name: str) -> list[float]:
    return [value for field in fields if field.name == name for value in field.values if value is not None]


# What any truck's number lies within, by the unit it is shown in.
WITHIN: Final[dict[str, tuple[float, float]]] = {
    "lengthkm": (0, 1_000), "velocitykmh": (0, 140), "litre": (-30, 60), "suffix: km/L": (4, 40),
    "lengthm": (-50, 5_000), "suffix: km/kWh": (2, 20), "kwatth": (-5, 40), "percent": (0, 100),
    "percentunit": (0, 1), "volt": (8, 16), "rotrpm": (0, 8_500), "celsius": (-30, 125),
    "dtdurations": (0, 3 * 86_400), "currencyJPY": (0, 20_000), "masskg": (0, 150), "h": (0, 100_000),
}  # fmt: skip


# And by its name, where the unit does not say it.
OF_ITS_OWN: Final = {"relative-economy": (0.5, 2.0)}

OF_A_LIFE: Final = {"odometer", "left-km"}
"""Distances that are no day's."""


@pytest.mark.parametrize("panel", [case for case in PANELS if not str(case.id).startswith("fleet-service/")])
def test_what_a_panel_shows_is_what_trucks_can_do(fleet: Fleet, panel: Json) -> None:
    default = panel["fieldConfig"]["defaults"]["unit"]
    own = {
        rule["matcher"]["options"]: prop["value"]
        for rule in panel["fieldConfig"]["overrides"]
        for prop in rule["properties"]
        if prop["id"] == "unit"
    }
    for target in range(len(panel["targets"])):
        for field in shown(fleet, panel, target):
            if (
                field.type == "number"
                and field.name not in OF_A_LIFE
                and (bounds := OF_ITS_OWN.get(field.name) or WITHIN.get(own.get(field.name, default)))
            ):
                told = [value for value in field.values if value is not None]
                assert all(bounds[0] <= value <= bounds[1] for value in told), (panel["title"], field.name, told[:5])


# Of a day's drive: panels about what takes longer than a day, or did not happen, may have nothing.
QUIET: Final = {
    "fleet-overview/10": "no truck is silent for longer than its rule allows",
    "fleet-truck/23": "no battery rests for three hours within the drive",
    "fleet-trip/10": "the trip has no idling of five minutes",
    "fleet-upkeep/3": "a forecast of batteries takes days",
    "fleet-upkeep/6": "no truck is silent for longer than its rule allows",
    "fleet-quality/5": "every entry has found its trip",
    "fleet-fuel/22": "one tank teaches nothing",
    "fleet-fuel/17": "no tank was filled or emptied by its level",
    "fleet-overview/8": "nothing is wrong any more",
    "fleet-overview/9": "nothing is wrong any more",
    "fleet-upkeep/1": "nothing is wrong any more",
    "fleet-upkeep/4": "nothing is wrong any more",
    "fleet-upkeep/7": "the fleet has not asked for drivers to be named",
}


@pytest.mark.parametrize("uid", [case.id for case in PANELS if case.id not in QUIET])
def test_a_panel_has_something_to_show_of_the_day(fleet: Fleet, uid: str) -> None:
    name, _, number = str(uid).rpartition("/")
    made = panel(name, int(number))

    # Not every truck tells every signal of a chart.
    assert any(shown(fleet, made, target) for target in range(len(made["targets"]))), made["title"]


def test_the_fleet_is_its_trucks_its_trips_and_its_drivers(fleet: Fleet) -> None:
    total = sum(numbers(shown(fleet, panel("fleet-overview", 1)), "distance"))
    trips = shown(fleet, panel("fleet-trips", 6))

    assert 50 < total < 1_000
    assert sum(numbers(trips, "distance")) == pytest.approx(total, abs=0.5)
    assert sum(numbers(shown(fleet, panel("fleet-over-time", 14)), "distance")) == pytest.approx(total, abs=0.05)
    assert sum(numbers(shown(fleet, panel("fleet-drivers", 1)), "distance")) == pytest.approx(total, abs=0.05)
    assert sum(numbers(shown(fleet, panel("fleet-drivers", 7)), "distance")) == pytest.approx(total, abs=0.05)
    assert len(numbers(trips, "distance")) == sum(numbers(shown(fleet, panel("fleet-overview", 4)), "trips"))


def test_each_truck_is_told_in_its_own_way(fleet: Fleet) -> None:
    fields = {field.name: field.values for field in shown(fleet, panel("fleet-fuel", 21))}
    rows = {name: {key: fields[key][row] for key in fields} for row, name in enumerate(fields["truck"])}

    assert rows.keys() == {"Carry", "Sambar", "Old Carry", "Lunch van"}
    assert rows["Lunch van"]["energy"] > 1
    assert not rows["Lunch van"]["fuel"]
    for name in ("Carry", "Sambar", "Old Carry"):
        assert rows[name]["fuel"] > 0.5
        assert not rows[name]["energy"]
        assert 6 < rows[name]["distance"] / rows[name]["fuel"] < 30
    methods = {field.name for field in shown(fleet, panel("fleet-quality", 7)) if any(field.values)}
    assert methods >= {"share-maf", "share-speed-density", "share-road-load"}


def test_what_each_truck_does_now_is_counted_once(fleet: Fleet) -> None:
    counted = shown(fleet, panel("fleet-overview", 12))

    assert sum(numbers(counted, "truck (count)")) == 4


def test_the_timeline_has_a_truck_drive_as_long_as_its_trips_last(fleet: Fleet) -> None:
    fields = shown(fleet, panel("fleet-truck", 20))
    times, levels = fields[-1].values, fields[0].values
    ends = [*times[1:], fleet.asked.until]
    awake_s = sum(
        (end - at).total_seconds() for at, end, level in zip(times, ends, levels, strict=True) if level in {3, 4}
    )

    trips = shown(fleet, panel("fleet-truck", 28))
    idle_s = sum(numbers(shown(fleet, panel("fleet-truck", 10)), "idle"))
    assert 0 <= awake_s - sum(numbers(trips, "duration")) <= idle_s + 3_600


def test_no_alert_but_of_what_went_wrong(fleet: Fleet) -> None:
    fired = {rule.uid for rule in rules() if alerts(fleet.client, rule, fleet.headers)}

    # The day was sent long after it was; this machine's disk is what it is.
    fired -= {"keitora-ingest-lag", "keitora-service-late", "keitora-disk-used", "keitora-disk-days"}
    assert fired == set()

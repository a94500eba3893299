"""The client against the real API, over HTTP."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from inspect import signature
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from pydantic import SecretStr

from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from keitora_client import ApiError, Keitora, NewCharge, NewFillUp, VehicleChange, client
from tests.api.builders import (
    NOW,
    World,
    add_day,
    add_device,
    add_episode,
    add_latest,
    add_place,
    add_samples,
    add_stop,
    add_trip,
    add_upkeep,
    add_visit,
    add_world,
    drive,
    insert,
)
from tests.api.serving import served

HOUR = timedelta(hours=1)
LISTS_BY_TRUCK = ("positions", "trips", "stats", "days", "stops", "visits", "fill_ups", "charges")


@pytest.fixture(scope="module")
def url(module_database_url: str) -> Iterator[str]:
    app = create_app(ServiceSettings(database_url=SecretStr(module_database_url)), clock=lambda: NOW)
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def world(module_database_url: str) -> World:
    with psycopg.connect(module_database_url, autocommit=True) as conn:
        made = add_world(conn, "農園")
        for number in range(7):
            start = add_trip(conn, made.trucks[number % 2], NOW - (9 - number) * HOUR)
        add_samples(conn, made.trucks[0], drive(start, 20))
        for number in range(3):
            add_day(conn, made.trucks[0], date(2026, 11, 20) + timedelta(days=number))
        add_latest(conn, made.trucks[0], NOW)
        add_episode(conn, made.trucks[0], NOW - HOUR)
        add_upkeep(conn, made.trucks[0])
        place_id = add_place(conn, made, name="上の畑", kind="field")
        add_visit(conn, made.trucks[0], place_id, start + HOUR)
        add_stop(conn, made.trucks[0], start + HOUR)
        add_device(conn, made.trucks[0], "dongle")
        conn.execute("UPDATE vehicle SET energy = 'electric' WHERE vehicle_id = %s", [made.trucks[1].vehicle_id])
        charge = {"fleet_id": made.fleet.fleet_id, "vehicle_id": made.trucks[1].vehicle_id, "rules_version": "test"}
        insert(conn, "charge", **charge, started_at=NOW - 2 * HOUR, heard_at=NOW - HOUR)
        return made


@pytest.fixture
def keitora(url: str, world: World) -> Iterator[Keitora]:
    with Keitora(url, world.keys["manager"]) as opened:
        yield opened


def test_everything_there_is_can_be_read(keitora: Keitora, world: World) -> None:
    assert (keitora.fleet().name, keitora.fleet().time_zone) == ("農園", "Asia/Tokyo")
    assert [truck.id for truck in keitora.vehicles()] == [truck.vehicle_id for truck in world.trucks]
    assert [one.vehicle.id for one in keitora.positions()] == [world.trucks[0].vehicle_id]
    assert [one.kind for one in keitora.episodes()] == ["overheating"]
    assert list(keitora.episodes(is_open=True)) == []
    assert [one.name for one in keitora.upkeep()] == ["Oil"]
    [total] = keitora.stats(bucket="total")
    assert (total.trip_count, total.distance_km) == (6, 90.0)


def test_pages_are_joined(keitora: Keitora, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE", 2)
    trips = list(keitora.trips())

    assert len(trips) == len({trip.id for trip in trips}) == 7
    assert [trip.started_at for trip in trips] == sorted(trip.started_at for trip in trips)
    assert [trip.id for trip in keitora.trips(newest_first=True)] == [trip.id for trip in reversed(trips)]
    assert len(list(keitora.trips(from_at=NOW - 5 * HOUR, to_at=datetime(2027, 1, 1, tzinfo=UTC)))) == 3
    assert keitora.trip(trips[-1].id) == trips[-1]
    assert len(keitora.track(trips[-1].id).points) > 1


def test_what_is_said_of_a_trip_is_seen_and_counts_once(keitora: Keitora) -> None:
    trip = next(keitora.trips())
    for _ in range(2):
        keitora.describe_trip(trip.id, purpose="farm", idempotency_key="once")

    assert keitora.trip(trip.id).purpose == "farm"
    assert [one.id for one in keitora.trips(purposes=["farm"])] == [trip.id]


def test_what_trucks_did_and_where_is_read_by_name(keitora: Keitora, world: World) -> None:
    truck = world.trucks[0].vehicle_id

    assert [one.local_date.day for one in keitora.days(vehicle_ids=[truck])] == [22, 21, 20]
    assert [one.place and one.place.name for one in keitora.stops()] == ["上の畑"]
    assert [(one.place.name, one.inside_s) for one in keitora.visits()] == [("上の畑", 1800)]
    assert list(keitora.visits(place_ids=[2**31 - 1])) == []
    assert [(one.name, one.kind) for one in keitora.places()] == [("上の畑", "field")]
    assert [one.vehicle and one.vehicle.id for one in keitora.devices()] == [truck]
    assert [(one.kind, one.title) for one in keitora.search("上の")] == [("place", "上の畑")]


CHOICES: list[tuple[str, str]] = [
    *((name, "vehicle_ids") for name in LISTS_BY_TRUCK),
    ("trips", "driver_ids"),
    ("trips", "purposes"),
    ("visits", "place_ids"),
]


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_an_empty_choice_is_nothing_and_never_everything(keitora: Keitora, name: str, choice: str) -> None:
    read = getattr(keitora, name)

    nothings: list[Sequence[int]] = [[], ()]

    assert [list(read(**{choice: nothing})) for nothing in nothings] == [[], []]


def test_every_choice_of_a_list_is_tried_empty() -> None:
    taken = {
        (name, choice)
        for name, method in vars(Keitora).items()
        if callable(method) and not name.startswith("_")
        for choice, parameter in signature(method).parameters.items()
        if "Sequence" in str(parameter.annotation)
    }

    assert taken == set(CHOICES)


@pytest.mark.parametrize("both", [False, True])
def test_a_choice_of_trucks_is_those_trucks(keitora: Keitora, world: World, *, both: bool) -> None:
    chosen = [truck.vehicle_id for truck in world.trucks[: 2 if both else 1]]

    assert {trip.vehicle.id for trip in keitora.trips(vehicle_ids=chosen)} == set(chosen)


def test_a_truck_is_changed_put_away_and_taken_back(keitora: Keitora, world: World) -> None:
    truck = keitora.vehicle(world.trucks[1].vehicle_id)

    changed = keitora.change_vehicle(truck.id, VehicleChange(plate="い 12-34", kerb_kg=None, built_on=date(2011, 4, 1)))
    away = keitora.change_vehicle(truck.id, VehicleChange(archived=True))

    assert changed == truck.model_copy(update={"plate": "い 12-34", "built_on": date(2011, 4, 1)})
    assert away.archived_at is not None
    assert keitora.vehicles(archived=True) == [away]
    assert truck.id not in [one.id for one in keitora.vehicles()]
    assert keitora.change_vehicle(truck.id, VehicleChange(archived=False)) == changed


def new_fill_ups(world: World, count: int, **changes: Any) -> list[NewFillUp]:
    return [
        NewFillUp(vehicle_id=world.trucks[0].vehicle_id, filled_at=NOW - (count - n) * HOUR, volume_l=20 + n, **changes)
        for n in range(count)
    ]


def test_fill_ups_are_entered_alone_and_in_bulk(
    keitora: Keitora, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE", 2)
    one = keitora.enter_fill_up(new_fill_ups(world, 1, total_price=Decimal("4942.00"), station="JA-SS")[0])
    keitora.take_fill_up_back(one.id)

    kept = [keitora.enter_fill_ups(new_fill_ups(world, 5)) for _ in range(2)]

    assert (one.total_price, one.currency, one.station) == (Decimal("4942.00"), "JPY", "JA-SS")
    assert [each.new_count for each in kept] == [5, 0]
    assert [each.id for each in keitora.fill_ups()] == [each.id for each in kept[0].items]
    with pytest.raises(ApiError) as wrong:
        keitora.enter_fill_ups([*new_fill_ups(world, 2), NewFillUp(vehicle_id=2**30, filled_at=NOW, volume_l=9)])
    assert list(wrong.value.errors) == ["body.items.2"]


def test_charges_are_entered_for_electric_trucks(keitora: Keitora, world: World) -> None:
    new = NewCharge(vehicle_id=world.trucks[1].vehicle_id, charged_at=NOW - HOUR, energy_kwh=9.5)

    made = keitora.enter_charge(new)
    many = keitora.enter_charges([new.model_copy(update={"energy_kwh": 8.5})])

    assert (made.energy_kwh, many.items[0].energy_kwh, many.new_count) == (9.5, 8.5, 1)
    [charge] = keitora.charges()
    assert (charge.vehicle.id, charge.drawn_kwh) == (new.vehicle_id, 9.5)


def test_readings_and_acknowledgements_are_entered(keitora: Keitora, world: World) -> None:
    keitora.enter_odometer(world.trucks[1].vehicle_id, read_at=NOW - HOUR, odometer_km=48_213)
    [episode] = keitora.episodes()

    assert episode.acknowledged_at is None
    assert keitora.acknowledge(episode.id, note="見ました").acknowledged_at == NOW


class BreakingOnce(httpx2.HTTPTransport):
    """A line that breaks after the first write has arrived, before its answer is back."""

    is_broken = False

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = super().handle_request(request)
        if request.method == "POST" and not self.is_broken:
            self.is_broken = True
            answer.read()
            raise httpx2.ReadError("connection reset", request=request)
        return answer


def test_a_write_whose_answer_is_lost_on_the_way_counts_once(url: str, world: World, keitora: Keitora) -> None:
    line = BreakingOnce()
    new = NewFillUp(vehicle_id=world.trucks[1].vehicle_id, filled_at=NOW - HOUR, volume_l=33)
    with Keitora(url, world.keys["manager"], transport=line) as shaky:
        made = shaky.enter_fill_up(new)

    assert line.is_broken
    assert [one.id for one in keitora.fill_ups(vehicle_ids=[new.vehicle_id])] == [made.id]


def test_a_table_becomes_a_file(keitora: Keitora, tmp_path: Path) -> None:
    keitora.export("trips", tmp_path / "trips.csv", language="en")
    keitora.export("trips", tmp_path / "trips.xlsx")

    assert len((tmp_path / "trips.csv").read_text("utf-8-sig").splitlines()) == 8
    assert (tmp_path / "trips.xlsx").read_bytes().startswith(b"PK")


def test_problems_are_errors_that_say_what_to_change(keitora: Keitora, url: str) -> None:
    with pytest.raises(ApiError, match="there is no trip") as gone:
        keitora.trip("1-a")
    assert (gone.value.status, gone.value.type) == (404, "/problems/not-found")
    with pytest.raises(ApiError) as wrong:
        list(keitora.stats(bucket="fortnight"))  # type: ignore[arg-type]
    assert list(wrong.value.errors) == ["query.bucket"]
    with Keitora(url, "kt_wrong") as stranger, pytest.raises(ApiError) as refused:
        stranger.fleet()
    assert refused.value.status == 401


@pytest.mark.parametrize("status", [401, 502])
def test_a_write_that_is_refused_without_a_word_is_no_success(world: World, status: int) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(status))

    with Keitora("http://proxy", "kt_any", transport=transport) as keitora, pytest.raises(ApiError) as refused:
        keitora.enter_odometer(world.trucks[0].vehicle_id, read_at=NOW, odometer_km=41_000)

    assert refused.value.status == status

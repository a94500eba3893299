"""`/v1/charges`, `/v1/traction-batteries` and `/v1/tariffs`."""

from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Path, Request, Response

from keitora.energy.charges import tell
from keitora.energy.queries import (
    add_tariff,
    enter_charge,
    page_charges,
    read_contracts,
    read_habits,
    read_matches,
    read_seasons,
    withdraw_charge_entry,
    withdraw_tariff,
)
from keitora.energy.seasons import season_at
from keitora.errors import NotFoundError
from keitora.places.queries import read_labels
from keitora.vehicles.queries import read_vehicles
from keitora_api import problems
from keitora_api.auth import FleetVisit, ManagementVisit, ManagerVisit, WritingVisit
from keitora_api.charges.schemas import (
    ChargeAnswer,
    ChargeEntryAnswer,
    ChargeEntryBody,
    ChargeList,
    TariffAnswer,
    TariffBody,
    TariffList,
    TractionBatteryAnswer,
    TractionBatteryList,
)
from keitora_api.paging import MOST_ROWS, Cursor, Limit, TimeKey, after, cut
from keitora_api.parameters import TimeRangeQuery, VehicleIdsQuery
from keitora_api.resources import resources_of
from keitora_api.routing import feature

router = feature("electric")

EntryId = Annotated[
    int, Path(ge=1, le=2**31 - 1, description="The entry's number, `entry_id` of a charge", examples=[12])
]
TariffId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The tariff's number", examples=[3])]
_WRITING: Final = problems.documented(problems.NOT_FOUND, problems.FORBIDDEN)


@router.get(
    "/charges", summary="Charges of electric trucks, by time", responses=problems.documented(problems.FORBIDDEN)
)
async def charges(
    visit: ManagementVisit,
    times: TimeRangeQuery,
    vehicle_ids: VehicleIdsQuery,
    limit: Limit = MOST_ROWS,
    cursor: Cursor = None,
) -> ChargeList:
    """Return the charges that touch [from, to), oldest first, with energy and cost. Managers and viewers may read."""
    conn, fleet = visit.conn, visit.fleet
    rows = await page_charges(
        conn,
        fleet_id=fleet.fleet_id,
        vehicle_ids=vehicle_ids,
        from_at=times.from_at,
        to_at=times.to_at,
        after=after(cursor),
        limit=limit + 1,
    )
    shown, more = cut(rows, lambda row: TimeKey(row.started_at, row.vehicle_id), limit=limit)
    entered = await read_matches(conn, fleet_id=fleet.fleet_id, charges=shown)
    seasons = await read_seasons(conn, fleet_id=fleet.fleet_id)
    contracts = await read_contracts(conn, fleet_id=fleet.fleet_id)
    names = {truck.vehicle_id: truck.name for truck in await read_vehicles(conn, fleet_id=fleet.fleet_id)}
    moments = [(row.vehicle_id, row.started_at) for row in shown]
    labels = await read_labels(conn, fleet_id=fleet.fleet_id, moments=moments) if moments else {}
    items = []
    for row in shown:
        key = (row.vehicle_id, row.started_at)
        season, label = season_at(seasons.get(row.vehicle_id, []), row.started_at), labels.get(key)
        told = tell(
            row,
            entry=entered.get(key),
            pack=None if season is None else season.pack,
            contracts=contracts,
            place_id=None if label is None else label.place_id,
            zone=ZoneInfo(fleet.time_zone),
        )
        items.append(ChargeAnswer.of(told, names.get(row.vehicle_id, ""), label))
    return ChargeList(time_zone=fleet.time_zone, items=items, next_cursor=more)


@router.post("/charges", summary="Enter what a charge drew and cost", status_code=201, responses=_WRITING)
async def enter(visit: WritingVisit, entry: ChargeEntryBody) -> ChargeEntryAnswer:
    """Enter what the meter or the receipt says of a charge: it teaches the battery, and its price counts.

    A manager and a driver may. The entry goes to the charge nearest to it, within an hour.
    """
    made = await enter_charge(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        vehicle_id=entry.vehicle_id,
        new=entry.new(visit.fleet.currency),
        by=visit.author,
        idempotency_key=visit.idempotency_key,
    )
    if made is None:
        raise NotFoundError(f"there is no electric truck {entry.vehicle_id}")
    return ChargeEntryAnswer.of(made)


@router.delete(
    "/charges/{charge_entry_id}", summary="Take an entry about a charge back", status_code=204, responses=_WRITING
)
async def take_entry_back(visit: WritingVisit, charge_entry_id: EntryId) -> Response:
    """Take back what was entered of a charge, to enter it anew or not at all; a driver what he has entered himself.

    It stays on record with who took it back. The charge itself, which the truck told of, stays.
    """
    is_found = await withdraw_charge_entry(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        entry_id=charge_entry_id,
        entered_by=visit.shown_author,
        by=visit.author,
    )
    if not is_found:
        raise NotFoundError(f"there is no entry {charge_entry_id} about a charge")
    return Response(status_code=204)


@router.get("/traction-batteries", summary="Traction batteries: capacity, fade, consumption, range left")
async def traction_batteries(request: Request, visit: FleetVisit) -> TractionBatteryList:
    """Return the fleet's electric trucks with their batteries as learnt. Every role may read them."""
    now = resources_of(request).clock()
    trucks = await read_habits(visit.conn, fleet_id=visit.fleet.fleet_id, now=now)
    seasons = await read_seasons(visit.conn, fleet_id=visit.fleet.fleet_id)
    return TractionBatteryList(
        items=[TractionBatteryAnswer.of(truck, seasons.get(truck.vehicle_id, [])) for truck in trucks], next_cursor=None
    )


@router.get("/tariffs", summary="Tariffs of electricity")
async def tariffs(visit: FleetVisit) -> TariffList:
    """Return the fleet's tariffs. Every role may read them."""
    found = await read_contracts(visit.conn, fleet_id=visit.fleet.fleet_id)
    return TariffList(items=[TariffAnswer.of(one) for one in found], next_cursor=None)


@router.post("/tariffs", summary="Enter a tariff", status_code=201, responses=_WRITING)
async def enter_tariff(visit: ManagerVisit, body: TariffBody) -> TariffAnswer:
    """Enter what a kilowatt-hour costs, by hour and season, from a local date on. Only a manager may."""
    made = await add_tariff(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        name=body.name,
        place_id=body.place_id,
        valid_from=body.valid_from,
        currency=body.currency or visit.fleet.currency,
        otherwise_per_kwh=body.otherwise_per_kwh,
        bands=[band.stored() for band in body.bands],
        co2_kg_per_kwh=body.co2_kg_per_kwh,
        by=visit.author,
    )
    if made is None:
        raise NotFoundError(f"there is no place {body.place_id}")
    return TariffAnswer.of(made)


@router.delete("/tariffs/{tariff_id}", summary="Take a tariff back", status_code=204, responses=_WRITING)
async def take_tariff_back(visit: ManagerVisit, tariff_id: TariffId) -> Response:
    """Take a tariff back; it stays on record. Only a manager may."""
    fleet_id = visit.fleet.fleet_id
    if not await withdraw_tariff(visit.conn, fleet_id=fleet_id, tariff_id=tariff_id, by=visit.author):
        raise NotFoundError(f"there is no tariff {tariff_id}")
    return Response(status_code=204)

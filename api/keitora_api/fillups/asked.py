"""What looks mistyped about a fleet's fill-ups."""

from collections.abc import Collection
from itertools import groupby

from keitora.fillups.checks import questions
from keitora.fillups.model import Question
from keitora.fillups.queries import list_fill_ups
from keitora.vehicles.queries import read_vehicles
from keitora_api.auth import Visit


async def asked_of(visit: Visit, vehicle_ids: Collection[int]) -> dict[int, Question]:
    """Return the open question about each of some trucks' fill-ups that has one, by its number.

    Whatever page is shown, a truck's fill-ups are judged together: what is usual for it says what is odd.
    """
    if not vehicle_ids:
        return {}
    fleet_id = visit.fleet.fleet_id
    tanks = {truck.vehicle_id: truck.tank_l for truck in await read_vehicles(visit.conn, fleet_id=fleet_id)}
    rows = await list_fill_ups(visit.conn, fleet_id=fleet_id, vehicle_ids=vehicle_ids)
    ordered = sorted(rows, key=lambda row: (row.vehicle_id, row.filled_at))
    return {
        question.fill_up_id: question
        for vehicle_id, group in groupby(ordered, key=lambda row: row.vehicle_id)
        for question in questions(list(group), tank_l=tanks.get(vehicle_id))
    }

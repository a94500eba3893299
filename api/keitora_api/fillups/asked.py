"""What looks mistyped about a fleet's fill-ups."""

from itertools import groupby

from keitora.fillups.checks import questions
from keitora.fillups.model import FillUp, Question
from keitora.vehicles.queries import read_vehicles
from keitora_api.auth import Visit


async def asked_of(visit: Visit, rows: list[FillUp]) -> dict[int, Question]:
    """Return the open question about each fill-up that has one, by its number; `rows` are whole trucks' fill-ups."""
    trucks = await read_vehicles(visit.conn, fleet_id=visit.fleet.fleet_id)
    tanks = {truck.vehicle_id: truck.tank_l for truck in trucks}
    ordered = sorted(rows, key=lambda row: (row.vehicle_id, row.filled_at))
    return {
        question.fill_up_id: question
        for vehicle_id, group in groupby(ordered, key=lambda row: row.vehicle_id)
        for question in questions(list(group), tank_l=tanks.get(vehicle_id))
    }

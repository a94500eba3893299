"""`GET /v1/fuel-factors`."""

from keitora.calibration.reading import read_factors
from keitora_api import problems
from keitora_api.auth import ManagementVisit
from keitora_api.factors.schemas import FactorAnswer, FactorList
from keitora_api.parameters import VehicleIdsQuery
from keitora_api.routing import feature

router = feature("fill-ups")


@router.get(
    "/fuel-factors",
    summary="What each truck's fill-ups have taught of its fuel",
    responses=problems.documented(problems.FORBIDDEN),
)
async def fuel_factors(visit: ManagementVisit, vehicle_ids: VehicleIdsQuery) -> FactorList:
    """Return what each truck's litres are multiplied by, by method and time. Managers and viewers may read it.

    A truck without a factor has too few full tanks entered, or none: its litres are shown as estimated.
    """
    found = await read_factors(visit.conn, fleet_id=visit.fleet.fleet_id, vehicle_ids=vehicle_ids)
    return FactorList(time_zone=visit.fleet.time_zone, items=[FactorAnswer.of(one) for one in found], next_cursor=None)

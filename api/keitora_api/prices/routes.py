"""`/v1/prices` and `/v1/rates`."""

from typing import Annotated, Final

from fastapi import Path, Response

from keitora.errors import NotFoundError
from keitora.fleets.queries import read_country
from keitora.prices.co2 import co2_factor
from keitora.prices.queries import add_price, list_prices, read_rates, withdraw_price
from keitora.prices.rates import country_of
from keitora_api import problems
from keitora_api.auth import ManagementVisit, ManagerVisit
from keitora_api.parameters import VehicleIdsQuery
from keitora_api.prices.schemas import PriceAnswer, PriceBody, PriceList, RateAnswer, RateList
from keitora_api.routing import feature

router = feature("money")

PriceId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The price's number", examples=[5])]
_READING: Final = problems.documented(problems.FORBIDDEN)
_WRITING: Final = problems.documented(problems.NOT_FOUND, problems.FORBIDDEN)


@router.get("/prices", summary="Prices of fuel, by date", responses=_READING)
async def prices(visit: ManagementVisit) -> PriceList:
    """Return the prices that were entered. Managers and viewers may read them."""
    found = await list_prices(visit.conn, fleet_id=visit.fleet.fleet_id)
    return PriceList(items=[PriceAnswer.of(one) for one in found], next_cursor=None)


@router.post("/prices", summary="Enter a price of fuel", status_code=201, responses=_READING)
async def enter(visit: ManagerVisit, body: PriceBody) -> PriceAnswer:
    """Enter what a litre costs from a local date on; days before keep their price. Only a manager may."""
    values = body.model_dump(exclude={"currency"})
    made = await add_price(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        currency=body.currency or visit.fleet.currency,
        by=visit.author,
        **values,
    )
    return PriceAnswer.of(made)


@router.delete("/prices/{price_id}", summary="Take a price back", status_code=204, responses=_WRITING)
async def take_back(visit: ManagerVisit, price_id: PriceId) -> Response:
    """Take a price back; it stays on record. Only a manager may."""
    fleet_id = visit.fleet.fleet_id
    if not await withdraw_price(visit.conn, fleet_id=fleet_id, fuel_price_id=price_id, by=visit.author):
        raise NotFoundError(f"there is no price {price_id}")
    return Response(status_code=204)


@router.get("/rates", summary="What a litre and a kilowatt-hour of each truck cost and stand for", responses=_READING)
async def rates(visit: ManagementVisit, vehicle_ids: VehicleIdsQuery) -> RateList:
    """Return the prices and CO2 factors that costs are computed by, and where they come from.

    Managers and viewers may read them.
    """
    found = await read_rates(visit.conn, fleet_id=visit.fleet.fleet_id, vehicle_ids=vehicle_ids)
    country = country_of(await read_country(visit.conn, fleet_id=visit.fleet.fleet_id), visit.fleet.currency)
    factors = {burnt: co2_factor(country, burnt) for burnt in ("petrol", "diesel", "lpg")}
    return RateList(
        items=[RateAnswer.of(one) for one in found],
        co2_sources={burnt: factor.source for burnt, factor in factors.items() if factor is not None},
        next_cursor=None,
    )

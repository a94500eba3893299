"""`POST /v1/fill-ups/bulk`: a spreadsheet of them."""

from typing import Final

from keitora.errors import NotFoundError
from keitora.fillups.keys import content_keys
from keitora.fillups.model import FillUp
from keitora.fillups.queries import keep_fill_up, list_fill_ups
from keitora_api import problems
from keitora_api.auth import WritingVisit
from keitora_api.bulk import all_or_none
from keitora_api.fillups.asked import asked_of
from keitora_api.fillups.schemas import FillUpAnswer, FillUpBulk, FillUpEntry, FillUpsKept
from keitora_api.routing import feature

router = feature("fill-ups")

_WRITING: Final = problems.documented(problems.FORBIDDEN)


@router.post("/fill-ups/bulk", summary="Enter many fill-ups", status_code=201, responses=_WRITING)
async def enter_many(visit: WritingVisit, body: FillUpBulk) -> FillUpsKept:
    """Enter up to 1000 fill-ups, or none of them if one is wrong: `errors` names every row that is. Managers may.

    The same rows again add nothing, also in a longer file, and with `keitora fill-ups import`: a row is known by its
    truck, time, litres and odometer; equal rows of one file are told apart by their count. What was taken back stays.
    """
    said = ((row.vehicle_id, row.filled_at, row.volume_l, row.odometer_km) for row in body.items)
    keyed = list(zip(content_keys(said), body.items, strict=True))

    async def keep(one: tuple[str, FillUpEntry]) -> tuple[FillUp, bool]:
        key, row = one
        found = await keep_fill_up(
            visit.conn,
            fleet_id=visit.fleet.fleet_id,
            vehicle_id=row.vehicle_id,
            new=row.new(visit.fleet.currency),
            by=visit.author,
            idempotency_key=key,
        )
        if found is None:
            raise NotFoundError(f"there is no truck {row.vehicle_id}")
        return found

    kept = await all_or_none(visit, keyed, keep)
    new_count = sum(is_new for _, is_new in kept)
    visit.change.tell(after={"rows": len(kept), "new": new_count})
    asked = await asked_of(visit, await list_fill_ups(visit.conn, fleet_id=visit.fleet.fleet_id))
    return FillUpsKept(
        items=[FillUpAnswer.of(fill, asked.get(fill.fill_up_id)) for fill, _ in kept], new_count=new_count
    )

"""`POST /v1/fill-ups/bulk`: a spreadsheet of them."""

from typing import Final

from keitora.fillups.keys import content_keys
from keitora.fillups.queries import add_fill_ups
from keitora_api import problems
from keitora_api.auth import WritingVisit
from keitora_api.bulk import of_row, refuse, unkeepable_rows
from keitora_api.fillups.asked import asked_of
from keitora_api.fillups.schemas import FillUpAnswer, FillUpBulk, FillUpsKept
from keitora_api.routing import feature

router = feature("fill-ups")

_WRITING: Final = problems.documented(problems.FORBIDDEN)


@router.post("/fill-ups/bulk", summary="Enter many fill-ups", status_code=201, responses=_WRITING)
async def enter_many(visit: WritingVisit, body: FillUpBulk) -> FillUpsKept:
    """Enter up to 1000 fill-ups, or none of them if one is wrong: `errors` names every row that is. Managers may.

    The same rows again add nothing, also in a longer file, and with `keitora fill-ups import`: a row is known by its
    truck, time, litres and odometer; equal rows of one file are told apart by their count. What was taken back stays.
    """
    rows = body.items
    refuse(len(rows), unkeepable_rows(rows))
    keys = content_keys((row.vehicle_id, row.filled_at, row.volume_l, row.odometer_km) for row in rows)
    kept, new_count = await add_fill_ups(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        rows=[(key, row.vehicle_id, row.new(visit.fleet.currency)) for key, row in zip(keys, rows, strict=True)],
        by=visit.author,
    )
    missing = [number for number, key in enumerate(keys) if key not in kept]
    refuse(len(rows), [of_row(number, f"there is no truck {rows[number].vehicle_id}") for number in missing])
    visit.change.tell(after={"rows": len(rows), "new": new_count})
    asked = await asked_of(visit, {row.vehicle_id for row in rows})
    told = [FillUpAnswer.of(kept[key], asked.get(kept[key].fill_up_id)) for key in keys]
    return FillUpsKept(items=told, new_count=new_count)

"""`POST /v1/charges/bulk`: a spreadsheet of them."""

from typing import Final

from keitora.energy.queries import enter_charges
from keitora.fillups.keys import content_keys
from keitora_api import problems
from keitora_api.auth import WritingVisit
from keitora_api.bulk import of_row, refuse, unkeepable_rows
from keitora_api.charges.schemas import ChargeBulk, ChargeEntryAnswer, ChargesKept
from keitora_api.routing import feature

router = feature("electric")

_WRITING: Final = problems.documented(problems.FORBIDDEN)


@router.post("/charges/bulk", summary="Enter what many charges drew and cost", status_code=201, responses=_WRITING)
async def enter_many(visit: WritingVisit, body: ChargeBulk) -> ChargesKept:
    """Enter up to 1000 entries about charges, or none of them if one is wrong: `errors` names every row that is.

    Managers may. The same rows again add nothing, also in a longer file: a row is known by its truck, time and energy.
    """
    rows = body.items
    refuse(len(rows), unkeepable_rows(rows))
    keys = content_keys((row.vehicle_id, row.charged_at, row.energy_kwh, None) for row in rows)
    kept, new_count = await enter_charges(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        rows=[(key, row.vehicle_id, row.new(visit.fleet.currency)) for key, row in zip(keys, rows, strict=True)],
        by=visit.author,
    )
    missing = [number for number, key in enumerate(keys) if key not in kept]
    refuse(len(rows), [of_row(number, f"there is no electric truck {rows[number].vehicle_id}") for number in missing])
    visit.change.tell(after={"rows": len(rows), "new": new_count})
    return ChargesKept(items=[ChargeEntryAnswer.of(kept[key]) for key in keys], new_count=new_count)

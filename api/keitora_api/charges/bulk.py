"""`POST /v1/charges/bulk`: a spreadsheet of them."""

from typing import Final

from keitora.energy.model import ChargeEntry
from keitora.energy.queries import keep_charge
from keitora.errors import NotFoundError
from keitora.fillups.keys import content_keys
from keitora_api import problems
from keitora_api.auth import WritingVisit
from keitora_api.bulk import all_or_none
from keitora_api.charges.schemas import ChargeBulk, ChargeEntryAnswer, ChargeEntryBody, ChargesKept
from keitora_api.routing import feature

router = feature("electric")

_WRITING: Final = problems.documented(problems.FORBIDDEN)


@router.post("/charges/bulk", summary="Enter what many charges drew and cost", status_code=201, responses=_WRITING)
async def enter_many(visit: WritingVisit, body: ChargeBulk) -> ChargesKept:
    """Enter up to 1000 entries about charges, or none of them if one is wrong: `errors` names every row that is.

    Managers may. The same rows again add nothing, also in a longer file: a row is known by its truck, time and energy.
    """
    said = ((row.vehicle_id, row.charged_at, row.energy_kwh, None) for row in body.items)
    keyed = list(zip(content_keys(said), body.items, strict=True))

    async def keep(one: tuple[str, ChargeEntryBody]) -> tuple[ChargeEntry, bool]:
        key, row = one
        found = await keep_charge(
            visit.conn,
            fleet_id=visit.fleet.fleet_id,
            vehicle_id=row.vehicle_id,
            charged_at=row.charged_at,
            energy_kwh=row.energy_kwh,
            total_price=row.total_price,
            currency=row.currency or visit.fleet.currency,
            note=row.note,
            by=visit.author,
            idempotency_key=key,
        )
        if found is None:
            raise NotFoundError(f"there is no electric truck {row.vehicle_id}")
        return found

    kept = await all_or_none(visit, keyed, keep)
    new_count = sum(is_new for _, is_new in kept)
    visit.change.tell(after={"rows": len(kept), "new": new_count})
    return ChargesKept(items=[ChargeEntryAnswer.of(entry) for entry, _ in kept], new_count=new_count)

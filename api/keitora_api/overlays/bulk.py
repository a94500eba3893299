"""`POST /v1/overlays/bulk`: what is said of many trips at once."""

from typing import Final

from keitora_api import problems
from keitora_api.auth import WritingVisit
from keitora_api.bulk import all_or_none
from keitora_api.overlays.routes import say_of
from keitora_api.overlays.schemas import EntriesKept, EntryAnswer, EntryBulk, EntryOfTrip
from keitora_api.routing import feature

router = feature("entries")

_WRITING: Final = problems.documented(problems.FORBIDDEN)


@router.post("/overlays/bulk", summary="Say something of many trips", status_code=201, responses=_WRITING)
async def say_many(visit: WritingVisit, body: EntryBulk) -> EntriesKept:
    """Make up to 200 entries about trips, or none of them if one is wrong: `errors` names every row that is.

    A driver may describe his trips; a manager may do all of it. They are made one after another: what an entry splits
    or merges is so for those after it. Send an `Idempotency-Key` with it: the same said again is said again.
    """

    async def keep(row: EntryOfTrip) -> EntryAnswer:
        return await say_of(visit, row.trip_id, row.entry, idempotency_key=None)

    kept = await all_or_none(visit, body.items, keep, within="entry")
    visit.change.tell(after={"rows": len(kept)})
    return EntriesKept(items=kept)

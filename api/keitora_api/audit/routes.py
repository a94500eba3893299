"""`GET /v1/audit`."""

from typing import Annotated

from fastapi import Query

from keitora.audit.queries import list_audit_entries
from keitora_api import problems
from keitora_api.audit.schemas import AuditAnswer, AuditList
from keitora_api.auth import FleetVisit
from keitora_api.routing import feature

router = feature("people")


@router.get("/audit", summary="Who changed what, when", responses=problems.documented(problems.FORBIDDEN))
async def audit(
    visit: FleetVisit,
    limit: Annotated[int, Query(ge=1, le=1000, description="Changes in one answer at most")] = 100,
    cursor: Annotated[
        str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next_cursor` of the answer before")
    ] = None,
) -> AuditList:
    """Return the newest changes, sign-ins included. Nobody can change or remove an entry by this API."""
    rows = await list_audit_entries(
        visit.conn,
        fleet_id=visit.fleet.fleet_id,
        limit=limit + 1,
        before_id=None if cursor is None else int(cursor),
    )
    shown = rows[:limit]
    more = str(shown[-1].audit_entry_id) if len(rows) > limit else None
    return AuditList(items=[AuditAnswer.of(one) for one in shown], next_cursor=more)

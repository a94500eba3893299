"""`/v1/trips/{trip_id}/overlay`: what people say of a trip, its history, undo; and entries that find no trip."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Path

from keitora.errors import KeitoraError, KeyReusedError, NotFoundError
from keitora.overlays.model import EntryDraft, SeenTrip
from keitora.overlays.queries import create_entry, withdraw_entry
from keitora.overlays.reading import entries_about, find_seen, read_orphans
from keitora.trips.ids import parse_trip_id
from keitora_api import problems
from keitora_api.auth import FleetVisit, Visit, WritingVisit
from keitora_api.overlays.schemas import Correct, Describe, EntryAnswer, EntryBody, EntryList, Merge, Split
from keitora_api.parameters import TimeRangeQuery
from keitora_api.problems import ProblemError, invalid
from keitora_api.routing import feature
from keitora_api.trips.routes import TripId

router = feature("entries")

EntryId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The entry's number", examples=[12])]
_FURTHEST: Final = timedelta(days=1)
_ONE: Final = problems.documented(problems.NOT_FOUND)
_WRITING: Final = problems.documented(problems.FORBIDDEN, problems.NOT_FOUND)


@router.get("/trips/{trip_id}/overlay", summary="What was said of a trip", responses=_ONE)
async def history(visit: FleetVisit, trip_id: TripId) -> EntryList:
    """Return every entry about a trip, withdrawn ones included. Every role may read them."""
    found = await entries_about(visit.conn, fleet_id=visit.fleet.fleet_id, trip=await _found(visit, trip_id))
    return EntryList(items=[EntryAnswer.of(one) for one in found], next_cursor=None)


@router.post("/trips/{trip_id}/overlay", summary="Say something of a trip", status_code=201, responses=_WRITING)
async def say(visit: WritingVisit, trip_id: TripId, body: EntryBody) -> EntryAnswer:
    """Describe, merge, split or correct a trip. A driver may describe; a manager may do all of it.

    What the loggers said stays as it is. The newest entry on each matter counts; to undo one is to withdraw it.
    """
    return await say_of(visit, trip_id, body, idempotency_key=visit.idempotency_key)


async def say_of(visit: Visit, trip_id: str, body: EntryBody, *, idempotency_key: str | None) -> EntryAnswer:
    """Make an entry about a trip and return it. Raises a 403, 404 or 422 problem."""
    _check_role(visit, body)
    trip = await _found(visit, trip_id)
    try:
        made = await create_entry(
            visit.conn,
            fleet_id=visit.fleet.fleet_id,
            draft=await _draft(visit, trip, body),
            by=visit.author,
            idempotency_key=idempotency_key,
        )
    except KeyReusedError:
        raise
    except KeitoraError as error:
        raise invalid("body.driver_id", str(error)) from error
    return EntryAnswer.of(made)


@router.delete("/trips/{trip_id}/overlay/{entry_id}", summary="Undo an entry", responses=_WRITING)
async def undo(visit: WritingVisit, trip_id: TripId, entry_id: EntryId) -> EntryAnswer:
    """Withdraw an entry and return it; again changes nothing. A driver may withdraw what the same key has said."""
    parse_trip_id(trip_id)  # the entry may have lost its trip; then any of the truck's will do
    done = await withdraw_entry(visit.conn, fleet_id=visit.fleet.fleet_id, entry_id=entry_id, by=visit.author)
    if done is None or done.vehicle_id != parse_trip_id(trip_id).vehicle_id:
        raise NotFoundError(f"there is no entry {entry_id} about this truck's trips")
    if visit.holder.role == "driver" and done.entered_by != visit.author:
        raise ProblemError(problems.FORBIDDEN, "a driver's key withdraws its own entries only")
    return EntryAnswer.of(done)


@router.get("/overlays/orphans", summary="Entries that find no trip")
async def orphans(visit: FleetVisit, times: TimeRangeQuery) -> EntryList:
    """Return the entries whose trip is not there at present. They are kept, and take effect again when it is back.

    Those that speak of a moment within [from, to); without them, all.
    """
    until = None if times.to_at is None else times.to_at - timedelta(microseconds=1)
    found = await read_orphans(visit.conn, fleet_id=visit.fleet.fleet_id, from_at=times.from_at, to_at=until)
    return EntryList(items=[EntryAnswer.of(one) for one in found], next_cursor=None)


def _check_role(visit: Visit, body: EntryBody) -> None:
    if visit.holder.role != "driver":
        return
    if not isinstance(body, Describe):
        raise ProblemError(problems.FORBIDDEN, "a driver's key describes trips; ask a manager for more")
    if body.driver_id not in {None, visit.holder.driver_id}:
        raise ProblemError(problems.FORBIDDEN, "a driver's key cannot name another driver")


async def _draft(visit: Visit, trip: SeenTrip, body: EntryBody) -> EntryDraft:
    vehicle_id, anchor_at = trip.trip.vehicle_id, trip.anchor_at
    match body:
        case Describe():
            if body.purpose is None and body.driver_id is None and body.note is None:
                raise invalid("body", "say a purpose, a driver or a note")
            return EntryDraft(
                vehicle_id=vehicle_id,
                action="describe",
                anchor_at=anchor_at,
                purpose=body.purpose,
                driver_id=body.driver_id,
                note=body.note,
            )
        case Merge():
            other = await _found(visit, body.with_trip_id)
            if other.trip.vehicle_id != vehicle_id or other.began_at == trip.began_at:
                raise invalid("body.with_trip_id", "a trip is merged with another of the same truck")
            return EntryDraft(vehicle_id=vehicle_id, action="merge", anchor_at=anchor_at, other_at=other.anchor_at)
        case Split():
            if not trip.trip.started_at < body.at < trip.trip.ended_at:
                raise invalid("body.at", "a trip is split at a time inside it")
            return EntryDraft(vehicle_id=vehicle_id, action="split", anchor_at=body.at)
        case Correct():
            return _correction(trip, body)


def _correction(trip: SeenTrip, body: Correct) -> EntryDraft:
    if body.started_at is None and body.ended_at is None and body.distance_km is None:
        raise invalid("body", "say a start, an end or a distance")
    started_at, ended_at = body.started_at or trip.trip.started_at, body.ended_at or trip.trip.ended_at
    if started_at >= ended_at:
        raise invalid("body.started_at", "a trip begins before it ends")
    _check_near("body.started_at", started_at, trip.trip.started_at)
    _check_near("body.ended_at", ended_at, trip.trip.ended_at)
    return EntryDraft(
        vehicle_id=trip.trip.vehicle_id,
        action="correct",
        anchor_at=trip.anchor_at,
        corrected_start_at=body.started_at,
        corrected_end_at=body.ended_at,
        corrected_distance_m=None if body.distance_km is None else body.distance_km * 1000,
    )


def _check_near(location: str, said: datetime, known: datetime) -> None:
    if abs(said - known) > _FURTHEST:
        raise invalid(location, "a trip's edge is corrected by a day at most")


async def _found(visit: Visit, public_id: str) -> SeenTrip:
    found = await find_seen(visit.conn, fleet_id=visit.fleet.fleet_id, key=parse_trip_id(public_id))
    if found is None or not visit.sees_trip_of(found.driver_id):
        raise NotFoundError(f"there is no trip '{public_id[:40]}'")
    return found

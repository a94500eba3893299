"""Keeps visits: after a truck's trace has grown or changed, and after a place has.

Both run in a transaction that holds the truck (its row of derive_state), so that they never meet.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from keitora.books.rows import TracePoint
from keitora.clock import instant
from keitora.places.cells import runs_of
from keitora.places.farm import farm_spans
from keitora.places.index import PlaceIndex
from keitora.places.model import Place, Stay
from keitora.places.queries import list_places
from keitora.places.stays import (
    copy_stays,
    delete_stays,
    find_zone,
    point_before,
    read_cursor,
    read_farm_stays,
    read_going,
    read_legs_near,
    read_trace,
    save_cells,
    save_cursor,
    save_farm_days,
    save_stays,
    take_back,
    take_cells,
)
from keitora.places.touches import claim_touched, find_fleet_of, take_touched, waiting_places
from keitora.places.visits import follow, legs_of


def extend_visits(conn: Connection[Any], *, vehicle_id: int, fleet_id: int, changed_from: datetime) -> None:
    """Bring a truck's visits up to its trace, which is new or has changed from a moment on.

    Places that the truck's past has still to be asked for are left to `place_next`.
    """
    changed_ms = round(changed_from.timestamp() * 1000)
    known_ms = read_cursor(conn, vehicle_id)
    last_ms = point_before(conn, vehicle_id=vehicle_id, at_ms=changed_ms)
    from_ms = changed_ms if last_ms is None else last_ms
    waiting = waiting_places(conn, vehicle_id)
    places = {one.place_id: one for one in list_places(conn, fleet_id=fleet_id) if one.place_id not in waiting}
    course = _Course(conn, vehicle_id, from_ms)
    if known_ms is not None and known_ms > from_ms:
        before, after = _again(conn, vehicle_id=vehicle_id, places=places, from_ms=from_ms, course=course)
    else:
        before = read_going(conn, vehicle_id=vehicle_id, place_ids=list(places), at_ms=from_ms)
        after = follow(before, legs_of(course.since(from_ms)), PlaceIndex(places.values()))
    save_stays(conn, vehicle_id=vehicle_id, fleet_id=fleet_id, stays=after)
    runs = take_cells(conn, vehicle_id=vehicle_id, at_ms=from_ms)
    points = course.since(from_ms)
    save_cells(conn, vehicle_id=vehicle_id, runs=runs_of(runs, legs_of(points)))
    if points:
        save_cursor(conn, vehicle_id=vehicle_id, at_ms=points[-1].at_ms)
    if any(one.on_farm for one in places.values()):
        visited = {(stay.place_id, stay.entered_ms) for stay in before if stay.is_visit and known_ms == from_ms}
        begun = [stay.entered_ms for stay in (*before, *after) if (stay.place_id, stay.entered_ms) not in visited]
        _count_farm(conn, vehicle_id=vehicle_id, fleet_id=fleet_id, from_ms=min([from_ms, *begun]), to_ms=None)


def _again(
    conn: Connection[Any], *, vehicle_id: int, places: dict[int, Place], from_ms: int, course: "_Course"
) -> tuple[list[Stay], list[Stay]]:
    """Return the stays that were taken back because the trace changed under them, and what they are now.

    A place whose stay was under way is looked at from before that stay began, the others from the change on.
    """
    doomed = take_back(conn, vehicle_id=vehicle_id, place_ids=list(places), at_ms=from_ms)
    begun: dict[int, int] = {}
    for stay in doomed:
        begun[stay.place_id] = min(stay.entered_ms, begun.get(stay.place_id, stay.entered_ms))
    rest = [place for place_id, place in places.items() if begun.get(place_id, from_ms + 1) > from_ms]
    found = follow((), legs_of(course.since(from_ms)), PlaceIndex(rest))
    for place_id, entered_ms in begun.items():
        if entered_ms <= from_ms:
            start_ms = point_before(conn, vehicle_id=vehicle_id, at_ms=entered_ms)
            points = course.since(entered_ms if start_ms is None else start_ms)
            found += follow((), legs_of(points), PlaceIndex([places[place_id]]))
    return doomed, found


class _Course:
    """A truck's trace to its end, read once from the earliest moment asked for."""

    def __init__(self, conn: Connection[Any], vehicle_id: int, from_ms: int) -> None:
        self._conn = conn
        self._vehicle_id = vehicle_id
        self._from_ms = from_ms
        self._points: list[TracePoint] | None = None

    def since(self, from_ms: int) -> list[TracePoint]:
        if self._points is None or from_ms < self._from_ms:
            self._from_ms = from_ms
            self._points = read_trace(self._conn, vehicle_id=self._vehicle_id, from_ms=from_ms)
        return [point for point in self._points if point.at_ms >= from_ms]


def place_next(conn: Connection[Any]) -> bool:
    """Make the visits of changed places anew for one truck, in one transaction. Returns False where none waits."""
    with conn.transaction():
        vehicle_id = claim_touched(conn)
        if vehicle_id is None:
            return False
        fleet_id = find_fleet_of(conn, vehicle_id)
        touched = take_touched(conn, vehicle_id)
        places = {one.place_id: one for one in list_places(conn, fleet_id=fleet_id)}
        moved: list[Stay] = []
        for place_id in touched:
            old = delete_stays(conn, vehicle_id=vehicle_id, place_id=place_id)
            new = _whole_past(conn, vehicle_id, places[place_id]) if place_id in places else []
            copy_stays(conn, vehicle_id=vehicle_id, fleet_id=fleet_id, stays=new)
            moved += [*old, *new]
        visits = [stay for stay in moved if stay.is_visit]
        if visits:
            _count_farm(
                conn,
                vehicle_id=vehicle_id,
                fleet_id=fleet_id,
                from_ms=min(stay.entered_ms for stay in visits),
                to_ms=None
                if any(stay.left_ms is None for stay in visits)
                else max(stay.left_ms or 0 for stay in visits),
            )
        return True


def _whole_past(conn: Connection[Any], vehicle_id: int, place: Place) -> Sequence[Stay]:
    index = PlaceIndex([place])
    legs = read_legs_near(conn, vehicle_id=vehicle_id, bounds=index.borders[place.place_id].bounds)
    return follow((), legs, index)


def _count_farm(conn: Connection[Any], *, vehicle_id: int, fleet_id: int, from_ms: int, to_ms: int | None) -> None:
    """Make the farm days anew that a time touches (`to_ms` None: to the end of what is known)."""
    known_ms = read_cursor(conn, vehicle_id)
    if known_ms is None:
        return
    zone = find_zone(conn, fleet_id)
    until = instant(known_ms if to_ms is None else to_ms)
    from_date, to_date = instant(from_ms).astimezone(zone).date(), until.astimezone(zone).date()
    if to_ms is None:
        to_date += timedelta(days=36_500)
    midnight = datetime.combine(from_date, datetime.min.time(), zone)
    next_midnight = datetime.combine(until.astimezone(zone).date() + timedelta(days=1), datetime.min.time(), zone)
    stays = read_farm_stays(conn, vehicle_id=vehicle_id, from_at=midnight, to_at=next_midnight)
    save_farm_days(
        conn,
        vehicle_id=vehicle_id,
        fleet_id=fleet_id,
        from_date=from_date,
        to_date=to_date,
        spans=farm_spans(stays, zone, known_ms),
    )

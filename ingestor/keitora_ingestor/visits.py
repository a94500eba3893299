"""Keeps visits: after a truck's trace has grown or changed, and after a place has.

Both run in a transaction that holds the truck (its row of derive_state), so that they never meet.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg import Connection

from keitora.books.rows import TracePoint
from keitora.clock import instant
from keitora.errors import KeitoraError
from keitora.places.cells import joined, runs_of
from keitora.places.farm import farm_spans
from keitora.places.index import PlaceIndex
from keitora.places.model import Place, Stay
from keitora.places.queries import list_places
from keitora.places.stays import (
    copy_stays,
    delete_stays,
    find_zone,
    point_before,
    point_from,
    read_cursor,
    read_farm_stays,
    read_legs_near,
    read_trace,
    save_cells,
    save_cursor,
    save_farm_days,
    save_stays,
    take_back,
    take_begun,
    take_cells,
)
from keitora.places.touches import claim_touched, find_fleet_of, take_touched, waiting_places
from keitora.places.visits import follow, legs_of, may_go_on

_CHUNK_POINTS: Final = 100


def extend_visits(
    conn: Connection[Any],
    *,
    vehicle_id: int,
    fleet_id: int,
    changed_from: datetime,
    changed_to: datetime | None = None,
) -> int:
    """Bring a truck's visits up to its trace, which is new or has changed from a moment on.

    From `changed_to` on it is as it was (None: it may be another to its end). Returns how many points of it were read.
    Places that the truck's past has still to be asked for are left to `place_next`.
    """
    changed_ms = round(changed_from.timestamp() * 1000)
    known_ms = read_cursor(conn, vehicle_id)
    last_ms = point_before(conn, vehicle_id=vehicle_id, at_ms=changed_ms)
    from_ms = changed_ms if last_ms is None else last_ms
    until_ms = _same_from(conn, vehicle_id, changed_to, known_ms)
    waiting = waiting_places(conn, vehicle_id)
    places = {one.place_id: one for one in list_places(conn, fleet_id=fleet_id) if one.place_id not in waiting}
    course = _Course(conn, vehicle_id, from_ms, until_ms)
    if known_ms is not None and known_ms > from_ms:
        before, after = _again(conn, vehicle_id=vehicle_id, places=places, from_ms=from_ms, course=course)
    else:
        # Taken out, for a stay that turns out to have had no time inside is none.
        before = take_back(conn, vehicle_id=vehicle_id, place_ids=list(places), at_ms=from_ms, until_ms=None)
        after = follow(before, legs_of(course.since(from_ms)), PlaceIndex(places.values()))
    save_stays(conn, vehicle_id=vehicle_id, fleet_id=fleet_id, stays=after)
    points = course.since(from_ms)
    runs, tails = take_cells(conn, vehicle_id=vehicle_id, at_ms=from_ms, until_ms=until_ms)
    runs = runs_of(runs, legs_of(points))
    save_cells(conn, vehicle_id=vehicle_id, runs=runs if until_ms is None else joined(runs, tails, until_ms))
    if points and until_ms is None:
        save_cursor(conn, vehicle_id=vehicle_id, at_ms=points[-1].at_ms)
    if any(one.on_farm for one in places.values()):
        visited = {(stay.place_id, stay.entered_ms) for stay in before if stay.is_visit and known_ms == from_ms}
        begun = [stay.entered_ms for stay in (*before, *after) if (stay.place_id, stay.entered_ms) not in visited]
        to_ms = None if until_ms is None else _end_of((*before, *after), until_ms)
        _count_farm(conn, vehicle_id=vehicle_id, fleet_id=fleet_id, from_ms=min([from_ms, *begun]), to_ms=to_ms)
    return course.read_count


def _same_from(conn: Connection[Any], vehicle_id: int, changed_to: datetime | None, known_ms: int | None) -> int | None:
    """Return the first point of the trace from which on its legs are as they were; None if there is none."""
    if changed_to is None or known_ms is None:
        return None
    at_ms = point_from(conn, vehicle_id=vehicle_id, at_ms=round(changed_to.timestamp() * 1000))
    return at_ms if at_ms is not None and at_ms < known_ms else None


def _end_of(stays: Iterable[Stay], at_ms: int) -> int | None:
    """Return when the last of the stays was left, `at_ms` at the earliest; None if one lasts."""
    latest_ms = at_ms
    for stay in stays:
        if stay.left_ms is None:
            return None
        latest_ms = max(latest_ms, stay.left_ms)
    return latest_ms


def _again(
    conn: Connection[Any], *, vehicle_id: int, places: dict[int, Place], from_ms: int, course: "_Course"
) -> tuple[list[Stay], list[Stay]]:
    """Return the stays that were taken back because the trace changed under them, and what they are now.

    A place whose stay was under way is looked at from before that stay began, the others from the change on. Places
    where a stay goes on at the end of the change are followed until it is over.
    """
    until_ms = course.until_ms
    doomed = take_back(conn, vehicle_id=vehicle_id, place_ids=list(places), at_ms=from_ms, until_ms=until_ms)
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
    while until_ms is not None:
        going = {stay.place_id: places[stay.place_id] for stay in (*doomed, *found) if _lasts(stay, places, until_ms)}
        points = course.after(until_ms) if going else []
        if len(points) < 2:
            break
        after_ms, until_ms = until_ms, points[-1].at_ms
        doomed += take_begun(conn, vehicle_id=vehicle_id, place_ids=list(going), after_ms=after_ms, until_ms=until_ms)
        held = [stay for stay in found if stay.place_id in going and _lasts(stay, places, after_ms)]
        found = [stay for stay in found if stay not in held]
        found += follow(held, legs_of(points), PlaceIndex(going.values()))
    return doomed, found


def _lasts(stay: Stay, places: dict[int, Place], at_ms: int) -> bool:
    return may_go_on(stay, at_ms=at_ms, away_s=places[stay.place_id].away_s)


class _Course:
    """A truck's trace up to a moment (None: to its end), read once from the earliest moment asked for."""

    def __init__(self, conn: Connection[Any], vehicle_id: int, from_ms: int, until_ms: int | None) -> None:
        self.until_ms = until_ms
        self.read_count = 0
        self._conn = conn
        self._vehicle_id = vehicle_id
        self._from_ms = from_ms
        self._points: list[TracePoint] | None = None

    def since(self, from_ms: int) -> list[TracePoint]:
        """Return the points from a moment on."""
        if self._points is None or from_ms < self._from_ms:
            self._from_ms = from_ms
            self._points = read_trace(self._conn, vehicle_id=self._vehicle_id, from_ms=from_ms, to_ms=self.until_ms)
            self.read_count += len(self._points)
        return [point for point in self._points if point.at_ms >= from_ms]

    def after(self, from_ms: int) -> list[TracePoint]:
        """Return the next points from a moment on, beyond the end of the course."""
        points = read_trace(self._conn, vehicle_id=self._vehicle_id, from_ms=from_ms, most=_CHUNK_POINTS)
        self.read_count += len(points)
        return points


class PlaceError(KeitoraError):
    """The visits of a changed place could not be made for a truck: a fault of ours. The cause says which."""

    def __init__(self, vehicle_id: int) -> None:
        super().__init__(f"the visits of vehicle {vehicle_id} could not be made")
        self.vehicle_id = vehicle_id


def place_next(conn: Connection[Any]) -> bool:
    """Make the visits of changed places anew for one truck, in one transaction. Returns False where none waits.

    Raises PlaceError where it fails for the truck; nothing of it is changed then.
    """
    with conn.transaction():
        vehicle_id = claim_touched(conn)
        if vehicle_id is None:
            return False
        try:
            _place(conn, vehicle_id)
        except psycopg.OperationalError:
            raise
        except Exception as error:
            raise PlaceError(vehicle_id) from error
        return True


def _place(conn: Connection[Any], vehicle_id: int) -> None:
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
        from_ms = min(stay.entered_ms for stay in visits)
        _count_farm(conn, vehicle_id=vehicle_id, fleet_id=fleet_id, from_ms=from_ms, to_ms=_end_of(visits, from_ms))


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

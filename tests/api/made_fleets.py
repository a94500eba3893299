"""Random fleets around a change of clocks, in the database and, row for row, in plain Python."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

import psycopg

from keitora.vehicles.model import Vehicle
from tests.api.builders import (
    NOW,
    World,
    add_day,
    add_entry,
    add_episode,
    add_fill_up,
    add_idling,
    add_place,
    add_stop,
    add_trip,
    add_trip_day,
    add_visit,
    add_world,
)

MICROSECOND: Final = timedelta(microseconds=1)
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
CHANGES: Final = {
    "America/New_York": datetime(2026, 11, 1, 6, tzinfo=UTC),
    "America/Santiago": datetime(2026, 9, 6, 4, tzinfo=UTC),
    "Asia/Tokyo": datetime(2026, 10, 31, 15, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
}
"""Zones, and around when their fleets drive: clocks change by an hour, at midnight, never, and by half an hour."""
PURPOSES: Final = ("work", "farm", "private", "commute")
KINDS: Final = ("overheating", "over_rev", "towed")
_AREAS_M2: Final = (2000.0, 500.0, 2000.0, 90.0)
"""Of the places; two are as large as each other, and the last, which would come first, is given up."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a list should tell, and what it may be chosen by. `until` None: it lasts."""

    vehicle_id: int
    at: datetime
    until: datetime | None
    number: int = 0
    kind: str = ""
    purpose: str | None = None
    driver_id: int = 0
    place_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """What statistics add up: of a truck's local day, of one trip's share of it, or of a visit that began on it."""

    vehicle_id: int
    local_date: date
    distance_m: float
    moving_s: float
    fuel_l: float
    trip_count: int = 0
    visit_count: int = 0
    purpose: str | None = None
    driver_id: int = 0
    place_id: int | None = None


@dataclass
class Made:
    """A fleet as the model knows it: rows by the list they belong to, parts by what they are parts of."""

    zone: ZoneInfo
    world: World
    driver_ids: list[int]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    parts: dict[str, list[Part]] = field(default_factory=dict)

    def add(self, name: str, row: Row) -> None:
        self.rows.setdefault(name, []).append(row)

    def count(self, basis: str, part: Part) -> None:
        self.parts.setdefault(basis, []).append(part)

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class _Stay:
    """A truck at a place, whether or not for long enough to be a visit."""

    place_id: int
    from_at: datetime
    to_at: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.from_at <= at and (self.to_at is None or at <= self.to_at)


def make_fleet(conn: psycopg.Connection, zone: str, half_way: Callable[[], object]) -> Made:
    """Write a fleet of three trucks and return it. `half_way` is done when two are written; then one's days change."""
    world = add_world(conn, zone, time_zone=zone, trucks=("A", "B", "C"))
    fleet_id = world.fleet.fleet_id
    conn.execute("INSERT INTO driver (fleet_id, name) VALUES (%s, 'Second')", [fleet_id])
    drivers = conn.execute("SELECT driver_id FROM driver WHERE fleet_id = %s ORDER BY 1", [fleet_id]).fetchall()
    for number, area_m2 in enumerate(_AREAS_M2):
        add_place(conn, world, name=f"Place {number}", area_m2=area_m2)
    conn.execute("UPDATE place SET archived_at = now() WHERE place_id = %s", [world.place_ids[-1]])
    made = Made(ZoneInfo(zone), world, [driver_id for (driver_id,) in drivers])
    random = Random(zone)
    trucks = [_Truck(conn, made, truck, random) for truck in world.trucks]
    for truck in trucks[:2]:
        truck.write(list(_drives(random, CHANGES[zone])))
    half_way()
    trucks[2].write(list(_drives(random, CHANGES[zone])))
    for day in random.sample(sorted({part.local_date for part in made.parts["days"]}), 9):
        trucks[0].revise(day)
    return made


def _drives(random: Random, change: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield when a truck drives: often around the change, now and then in the weeks before and after."""
    at = change - 30 * DAY
    while at < min(change + 60 * DAY, NOW - 2 * DAY):
        odd = random.choice((0, 0, 1, 1000, 999_999)) * MICROSECOND
        begins = at + odd
        at += random.choice((5, 30, 90, 300)) * MINUTE
        yield begins, at
        near = change - 2 * DAY < at < change + 2 * DAY
        at += random.choice((0, 30, 90, 240, 420) if near else (90, 60 * 24, 60 * 24 * 7)) * MINUTE


class _Truck:
    """One truck's rows, written and noted at once."""

    def __init__(self, conn: psycopg.Connection, made: Made, truck: Vehicle, random: Random) -> None:
        self.conn, self.made, self.truck, self.random = conn, made, truck, random
        self.vehicle_id = truck.vehicle_id

    def write(self, drives: list[tuple[datetime, datetime]]) -> None:
        with self.conn.transaction():
            self._write(drives)

    def revise(self, day: date) -> None:
        """Say that whatever is told of a day went a kilometre further."""
        named = {"vehicle": self.vehicle_id, "day": day}
        named |= {"from": self.made.midnight(day), "to": self.made.midnight(day + DAY)}
        for table, of_the_day in (
            ("vehicle_day", "local_date = %(day)s"),
            ("trip_day", "local_date = %(day)s"),
            ("visit", "entered_at >= %(from)s AND entered_at < %(to)s"),
        ):
            change = (
                f"UPDATE {table} SET distance_m = distance_m + 1000 WHERE vehicle_id = %(vehicle)s AND {of_the_day}"
            )
            self.conn.execute(change.encode(), named)
        for basis, parts in self.made.parts.items():
            self.made.parts[basis] = [
                replace(part, distance_m=part.distance_m + 1000)
                if (part.vehicle_id, part.local_date) == (self.vehicle_id, day)
                else part
                for part in parts
            ]

    def _write(self, drives: list[tuple[datetime, datetime]]) -> None:
        stays = list(self._stays(drives))
        for begins, ends in drives:
            self._trip(begins, ends, stays)
            self._beside(begins)
        for (_, since), (until, _) in zip(drives, [*drives[1:], (None, None)], strict=True):
            self._standing(since, until)
        days = {self.made.day_of(at) for drive in drives for at in drive}
        self._days(sorted(days | {day + DAY for day in days}))

    def _stays(self, drives: list[tuple[datetime, datetime]]) -> Iterator[_Stay]:
        """Write at which places the truck was: none, one or several after each drive; some while it drove by."""
        for number, (begins, ends) in enumerate(drives):
            last = number + 1 == len(drives)
            for place_id in self.made.world.place_ids:
                from_at = self.random.choice((None, None, ends, ends - MINUTE, begins + MINUTE))
                if from_at is None:
                    continue
                lasts = self.random.choice((0, 1, 30))
                to_at = None if last else max(from_at, ends) + lasts * MINUTE
                yield self._stay(_Stay(place_id, from_at, to_at))

    def _stay(self, stay: _Stay) -> _Stay:
        is_visit = self.random.random() < 0.7
        sums = self._sums()
        add_visit(
            self.conn, self.truck, stay.place_id, stay.from_at, left_at=stay.to_at, is_visit=is_visit,
            distance_m=sums["distance_m"], moving_s=sums["moving_s"], fuel_l=sums["fuel_l"],
        )  # fmt: skip
        if is_visit and stay.place_id != self.made.world.place_ids[-1]:
            place_ids = frozenset({stay.place_id})
            self.made.add("visits", Row(self.vehicle_id, stay.from_at, stay.to_at, stay.place_id, place_ids=place_ids))
            day = self.made.day_of(stay.from_at)
            self.made.count("visits", Part(self.vehicle_id, day, **sums, visit_count=1, place_id=stay.place_id))
        return stay

    def _trip(self, begins: datetime, ends: datetime, stays: Iterable[_Stay]) -> None:
        sums = self._sums()
        add_trip(self.conn, self.truck, begins, ended_at=ends, max_speed_kmh=50.0, **sums)
        purpose, driver_id = self._said(begins, ends)
        places = {self._place(at, stays) for at in (begins, ends)} - {None}
        named = frozenset(place_id for place_id in places if place_id is not None)
        self.made.add(
            "trips", Row(self.vehicle_id, begins, ends, purpose=purpose, driver_id=driver_id, place_ids=named)
        )
        day, first = self.made.day_of(begins), True
        while self.made.midnight(day) < ends:
            inside = min(ends, self.made.midnight(day + DAY)) - max(begins, self.made.midnight(day))
            own = {name: value * (inside / (ends - begins)) for name, value in sums.items()}
            add_trip_day(self.conn, self.truck, begins, day, **own)
            self.made.count(
                "trips",
                Part(self.vehicle_id, day, **own, trip_count=int(first), purpose=purpose, driver_id=driver_id),
            )
            day, first = day + DAY, False

    def _said(self, begins: datetime, ends: datetime) -> tuple[str | None, int]:
        """Write what people say of a trip, and return what holds: of each thing the newest that was not withdrawn."""
        purpose, driver_id = None, 0
        for _ in range(self.random.randrange(4)):
            says = self.random.choice((None, *PURPOSES))
            names = self.random.choice((None, *self.made.driver_ids))
            withdrawn = self.random.random() < 0.2
            anchor_at = self.random.choice((begins, begins + (ends - begins) / 2, ends - MICROSECOND))
            taken_back = {"withdrawn_at": NOW, "withdrawn_by": "test"} if withdrawn else {}
            said = {"purpose": says, "driver_id": names, "entered_at": NOW}
            add_entry(self.conn, self.truck, anchor_at, **said, **taken_back)
            if not withdrawn:
                purpose, driver_id = says or purpose, names or driver_id
        return purpose, driver_id

    def _place(self, at: datetime, stays: Iterable[_Stay]) -> int | None:
        """Return the smallest place the truck was at, of as large ones the first, of those that still are."""
        known = dict(zip(self.made.world.place_ids[:-1], _AREAS_M2, strict=False))
        inside = [(known[stay.place_id], stay.place_id) for stay in stays if stay.place_id in known and stay.holds(at)]
        return min(inside)[1] if inside else None

    def _standing(self, since: datetime, until: datetime | None) -> None:
        if until is not None and until <= since:
            return
        add_stop(self.conn, self.truck, since, ended_at=until)
        self.made.add("stops", Row(self.vehicle_id, since, until))
        idles = self.random.choice((None, 1, 10))
        if idles is not None and (until is None or until - since >= 30 * MINUTE):
            ends = since + idles * MINUTE
            last = until is None and idles == 10
            add_idling(self.conn, self.truck, since, ended_at=None if last else ends)
            self.made.add("idling", Row(self.vehicle_id, since, None if last else ends))

    def _beside(self, begins: datetime) -> None:
        """Write what was wrong, and what was filled, around a drive."""
        for kind in self.random.sample(KINDS, self.random.randrange(3)):
            at = begins.replace(microsecond=0)
            is_open = self.random.random() < 0.2
            ends = {"closed_at": None, "ended_by": None} if is_open else {}
            add_episode(self.conn, self.truck, at, kind=kind, **ends)
            self.made.add("episodes", Row(self.vehicle_id, at, None if is_open else at + 5 * MINUTE, kind=kind))
        if self.random.random() < 0.4:
            number = add_fill_up(self.conn, self.made.world, begins, vehicle_id=self.vehicle_id)
            self.made.add("fill-ups", Row(self.vehicle_id, begins, begins, number))

    def _days(self, days: Iterable[date]) -> None:
        for day in days:
            sums, trip_count = self._sums(), self.random.randrange(5)
            add_day(self.conn, self.truck, day, trip_count=trip_count, **sums)
            self.made.add("days", Row(self.vehicle_id, self.made.midnight(day), self.made.midnight(day + DAY)))
            self.made.count("days", Part(self.vehicle_id, day, **sums, trip_count=trip_count))

    def _sums(self) -> dict[str, Any]:
        """Return whole litres and so on, so that no sum depends on its order."""
        return {
            "distance_m": float(self.random.randrange(1, 90) * 1000),
            "moving_s": float(self.random.randrange(1, 3000)),
            "fuel_l": float(self.random.randrange(1, 9)),
        }

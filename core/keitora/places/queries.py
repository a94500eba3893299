"""All SQL of places. The caller commits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from psycopg import AsyncConnection, Connection, sql
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from keitora.db.sql import load
from keitora.errors import KeitoraError
from keitora.fuel.model import NO_CHANGES, Bucket, DayColumns
from keitora.places.model import Circle, FarmBucket, Place, PlaceDraft, PlaceKind, Polygon, Shape, Visit
from keitora.places.shapes import area_m2, centre_of, shape_to_geojson, wound
from keitora.places.suggest import Stood

_COLUMNS: Final = sql.SQL("""
place_id, name, kind, on_farm, lat, lon, radius_m, outline, area_m2, exit_margin_m, dwell_s, away_s,
excuses_idling
""")
_READ_PLACES: Final = sql.SQL("""
SELECT {columns} FROM place WHERE fleet_id = %(fleet_id)s AND archived_at IS NULL ORDER BY place_id
""").format(columns=_COLUMNS)
_FIND_PLACE: Final = sql.SQL("""
SELECT {columns} FROM place
WHERE fleet_id = %(fleet_id)s AND place_id = %(place_id)s AND archived_at IS NULL
""").format(columns=_COLUMNS)
_CREATE_PLACE: Final = sql.SQL("""
INSERT INTO place (fleet_id, name, kind, on_farm, lat, lon, radius_m, outline, area_m2, exit_margin_m, dwell_s, away_s,
                   excuses_idling, entered_by)
VALUES (%(fleet_id)s, %(name)s, %(kind)s, %(on_farm)s, %(lat)s, %(lon)s, %(radius_m)s, %(outline)s, %(area_m2)s,
        %(exit_margin_m)s, %(dwell_s)s, %(away_s)s, %(excuses_idling)s, %(by)s)
RETURNING {columns}
""").format(columns=_COLUMNS)
_CHANGE_PLACE: Final = sql.SQL("""
UPDATE place SET name = %(name)s, kind = %(kind)s, on_farm = %(on_farm)s, lat = %(lat)s, lon = %(lon)s,
    radius_m = %(radius_m)s, outline = %(outline)s, area_m2 = %(area_m2)s, exit_margin_m = %(exit_margin_m)s,
    dwell_s = %(dwell_s)s, away_s = %(away_s)s, excuses_idling = %(excuses_idling)s,
    changed_by = %(by)s, changed_at = now()
WHERE fleet_id = %(fleet_id)s AND place_id = %(place_id)s AND archived_at IS NULL
RETURNING {columns}
""").format(columns=_COLUMNS)
_REMOVE_PLACE: Final = """
UPDATE place SET archived_at = now(), changed_by = %(by)s, changed_at = now()
WHERE fleet_id = %(fleet_id)s AND place_id = %(place_id)s AND archived_at IS NULL
RETURNING place_id
"""
_READ_TOUCHED: Final = """
SELECT DISTINCT place_id FROM place_touch WHERE fleet_id = %(fleet_id)s
"""


def _place(row: dict[str, Any]) -> Place:
    shape: Shape
    if row["outline"] is None:
        shape = Circle(row["lat"], row["lon"], row["radius_m"])
    else:
        rings = row["outline"]["coordinates"]
        shape = wound(Polygon(tuple(tuple((lon, lat) for lon, lat in ring) for ring in rings)))
    return Place(
        place_id=row["place_id"],
        name=row["name"],
        kind=cast("PlaceKind", row["kind"]),
        on_farm=row["on_farm"],
        shape=shape,
        area_m2=row["area_m2"],
        exit_margin_m=row["exit_margin_m"],
        dwell_s=row["dwell_s"],
        away_s=row["away_s"],
        excuses_idling=row["excuses_idling"],
    )


def _values(fleet_id: int, draft: PlaceDraft, by: str) -> dict[str, object]:
    lat, lon = centre_of(draft.shape)
    circle = isinstance(draft.shape, Circle)
    return {
        "fleet_id": fleet_id,
        "name": draft.name,
        "kind": draft.kind,
        "on_farm": draft.on_farm,
        "lat": lat,
        "lon": lon,
        "radius_m": draft.shape.radius_m if isinstance(draft.shape, Circle) else None,
        "outline": None if circle else Jsonb(shape_to_geojson(draft.shape)),
        "area_m2": area_m2(draft.shape),
        "exit_margin_m": draft.exit_margin_m,
        "dwell_s": draft.dwell_s,
        "away_s": draft.away_s,
        "excuses_idling": draft.excuses_idling,
        "by": by,
    }


def list_places(conn: Connection[Any], *, fleet_id: int) -> list[Place]:
    """Return the fleet's places, by number."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return [_place(row) for row in cursor.execute(_READ_PLACES, {"fleet_id": fleet_id})]


async def read_places(conn: AsyncConnection, *, fleet_id: int) -> list[Place]:
    """Return the fleet's places, by number."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_READ_PLACES, {"fleet_id": fleet_id})
        return [_place(row) for row in await cursor.fetchall()]


async def find_place(conn: AsyncConnection, *, fleet_id: int, place_id: int) -> Place | None:
    """Return the fleet's place of that number."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_FIND_PLACE, {"fleet_id": fleet_id, "place_id": place_id})
        row = await cursor.fetchone()
        return None if row is None else _place(row)


async def create_place(conn: AsyncConnection, *, fleet_id: int, draft: PlaceDraft, by: str) -> Place:
    """Name a place. Raises KeitoraError if the fleet has one of that name."""
    made = await _write(conn, _CREATE_PLACE, _values(fleet_id, draft, by), draft.name)
    if made is None:
        raise LookupError(draft.name)
    return made


async def change_place(
    conn: AsyncConnection, *, fleet_id: int, place_id: int, draft: PlaceDraft, by: str
) -> Place | None:
    """Change a place; None if there is none of that number. Raises KeitoraError if another has that name."""
    return await _write(conn, _CHANGE_PLACE, {**_values(fleet_id, draft, by), "place_id": place_id}, draft.name)


async def remove_place(conn: AsyncConnection, *, fleet_id: int, place_id: int, by: str) -> bool:
    """Take a place's name away; False if there is none of that number. Its visits go with it."""
    async with conn.cursor() as cursor:
        await cursor.execute(_REMOVE_PLACE, {"fleet_id": fleet_id, "place_id": place_id, "by": by})
        return await cursor.fetchone() is not None


async def read_touched(conn: AsyncConnection, *, fleet_id: int) -> frozenset[int]:
    """Return the fleet's places whose visits are being made anew."""
    async with conn.cursor() as cursor:
        await cursor.execute(_READ_TOUCHED, {"fleet_id": fleet_id})
        return frozenset(row[0] for row in await cursor.fetchall())


async def _write(conn: AsyncConnection, statement: sql.Composed, values: dict[str, object], name: str) -> Place | None:
    try:
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement, values)
            row = await cursor.fetchone()
    except UniqueViolation as error:
        raise KeitoraError(f"there is already a place named '{name}'") from error
    return None if row is None else _place(row)


def add_place(conn: Connection[Any], *, fleet_id: int, draft: PlaceDraft, by: str) -> int:
    """Name a place and return its number. Raises KeitoraError if the fleet has one of that name."""
    try:
        row = conn.execute(_CREATE_PLACE, _values(fleet_id, draft, by)).fetchone()
    except UniqueViolation as error:
        raise KeitoraError(f"there is already a place named '{draft.name}'") from error
    if row is None:
        raise LookupError(draft.name)
    return int(row[0])


def update_place(conn: Connection[Any], *, fleet_id: int, place_id: int, draft: PlaceDraft, by: str) -> None:
    """Change a place. Raises KeitoraError if another has that name."""
    try:
        conn.execute(_CHANGE_PLACE, {**_values(fleet_id, draft, by), "place_id": place_id})
    except UniqueViolation as error:
        raise KeitoraError(f"there is already a place named '{draft.name}'") from error


def drop_place(conn: Connection[Any], *, fleet_id: int, place_id: int, by: str) -> None:
    """Take a place's name away. Its visits go with it."""
    conn.execute(_REMOVE_PLACE, {"fleet_id": fleet_id, "place_id": place_id, "by": by})


_READ_VISITS: Final = load("keitora.places", "read_visits")
_READ_STOOD: Final = load("keitora.places", "read_stood")


async def read_visits(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    from_at: datetime | None,
    to_at: datetime | None,
    vehicle_ids: Sequence[int] | None = None,
    place_ids: Sequence[int] | None = None,
    after: tuple[datetime, int, int] | None = None,
    limit: int,
) -> list[Visit]:
    """Return up to `limit` visits that touch [from_at, to_at), newest first, from the visit `after` on.

    `after` is when that visit began, its truck and its place; it is not among them.
    """
    values = {
        "fleet_id": fleet_id,
        "from_at": from_at,
        "to_at": to_at,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "place_ids": None if place_ids is None else list(place_ids),
        "after_at": after[0] if after else None,
        "after_vehicle_id": after[1] if after else None,
        "after_place_id": after[2] if after else None,
        "limit": limit,
    }
    async with conn.cursor(binary=True, row_factory=class_row(Visit)) as cursor:
        await cursor.execute(_READ_VISITS, values)
        return await cursor.fetchall()


async def read_stood(conn: AsyncConnection, *, fleet_id: int, since: datetime, now: datetime) -> list[Stood]:
    """Return where the fleet's trucks stood since a moment; a stop that lasts counts until `now`."""
    async with conn.cursor(binary=True, row_factory=class_row(Stood)) as cursor:
        await cursor.execute(_READ_STOOD, {"fleet_id": fleet_id, "since": since, "now": now})
        return await cursor.fetchall()


@dataclass(frozen=True, slots=True)
class Label:
    """A place's name, for a moment of a truck. `excuses_idling`: one of the places it was at does."""

    place_id: int
    name: str
    excuses_idling: bool = False


_READ_LABELS: Final = load("keitora.places", "read_labels")
_FARM_BY_VEHICLE: Final = load("keitora.places", "farm_by_vehicle")


async def read_labels(
    conn: AsyncConnection, *, fleet_id: int, moments: Sequence[tuple[int, datetime]]
) -> dict[tuple[int, datetime], Label]:
    """Return at which place trucks were at moments (truck, time): the smallest of those that hold it."""
    wanted = list(set(moments))
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": [vehicle_id for vehicle_id, _ in wanted],
        "ats": [at for _, at in wanted],
    }
    async with conn.cursor(binary=True) as cursor:
        await cursor.execute(_READ_LABELS, values)
        return {(row[0], row[1]): Label(row[2], row[3], row[4]) for row in await cursor.fetchall()}


async def farm_by_vehicle(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    bucket: Bucket,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    vehicle_ids: Sequence[int] | None = None,
    changes: DayColumns = NO_CHANGES,
) -> list[FarmBucket]:
    """Return what each truck did on the farm's own ground and off it, in buckets of local days, by time and truck.

    `changes` is added to the days it names, as in the statistics of fuel, so that both speak of the same distance.
    """
    values = {
        "fleet_id": fleet_id,
        "bucket": bucket,
        "from_at": from_at,
        "to_at": to_at,
        "vehicle_ids": None if vehicle_ids is None else list(vehicle_ids),
        "change_vehicles": changes.vehicle_ids,
        "change_dates": changes.local_dates,
        "change_m": changes.distances_m,
    }
    async with conn.cursor(binary=True, row_factory=class_row(FarmBucket)) as cursor:
        await cursor.execute(_FARM_BY_VEHICLE, values)
        return await cursor.fetchall()

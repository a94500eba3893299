"""All SQL of episodes as they are read, and of what people say to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from psycopg import AsyncConnection
from psycopg.rows import class_row

from keitora.db.sql import load
from keitora.episodes.ids import EpisodeKey
from keitora.episodes.model import LATE_S, NEWS_S
from keitora.errors import NotFoundError

Order = Literal["asc", "desc"]

_ROWS_OF: Final = load("keitora.episodes", "episode_rows")
_ROWS: Final = _ROWS_OF.replace(b"{episodes}", b"episode")
_FILTER: Final = b"""
  AND (%(vehicle_ids)s::integer[] IS NULL OR e.vehicle_id = ANY (%(vehicle_ids)s))
  AND (%(kinds)s::text[] IS NULL OR e.kind = ANY (%(kinds)s))
  AND (%(is_open)s::boolean IS NULL OR (e.closed_at IS NULL) = %(is_open)s)
  AND (%(from_at)s::timestamptz IS NULL OR e.opened_at >= %(from_at)s)
  AND (%(to_at)s::timestamptz IS NULL OR e.opened_at < %(to_at)s)
"""
# What is sampled late is heard of late: an hour without coverage, a week of history in one burst. The second line says
# nothing that the others do not, but an index knows it.
_HEARD: Final = b"""
  AND e.noticed_at + coalesce(told.delay_s, 0) * interval '1 second' >= %(heard_from)s::timestamptz
  AND e.noticed_at >= %(heard_from)s::timestamptz - %(news_s)s * interval '1 second'
  AND coalesce(told.delay_s, 0) <= %(news_s)s
"""
_PAST: Final = b" (%(after_at)s::timestamptz, %(after_vehicle_id)s::integer, %(after_kind)s::text))\n"
_KEY: Final = b"AND (%(after_at)s::timestamptz IS NULL OR (e.opened_at, e.vehicle_id, e.kind) "
_AFTER: Final[dict[Order, bytes]] = {"asc": _KEY + b">" + _PAST, "desc": _KEY + b"<" + _PAST}
_ORDER_BY: Final[dict[Order, bytes]] = {
    "asc": b"ORDER BY e.opened_at, e.vehicle_id, e.kind\n",
    "desc": b"ORDER BY e.opened_at DESC, e.vehicle_id DESC, e.kind DESC\n",
}
_LIMIT: Final = b"LIMIT %(limit)s"


def _page(order: Order) -> bytes:
    """Return the statement of a page; cut first, for how late each was told costs a look into the samples."""
    chosen = b"SELECT * FROM episode AS e WHERE e.fleet_id = %(fleet_id)s" + _FILTER + _AFTER[order]
    cut = b"(" + chosen + _ORDER_BY[order] + _LIMIT + b")"
    return _ROWS_OF.replace(b"{episodes}", cut) + _ORDER_BY[order]


def _news(order: Order) -> bytes:
    return _ROWS + _FILTER + _HEARD + _AFTER[order] + _ORDER_BY[order] + _LIMIT


_PAGES: Final[dict[Order, bytes]] = {"asc": _page("asc"), "desc": _page("desc")}
_NEWS: Final[dict[Order, bytes]] = {"asc": _news("asc"), "desc": _news("desc")}
_ONE: Final = _ROWS + b"AND e.vehicle_id = %(vehicle_id)s AND e.kind = %(kind)s AND e.opened_at = %(opened_at)s"
_ACKNOWLEDGE: Final = """
INSERT INTO episode_acknowledgement
    (fleet_id, vehicle_id, kind, anchor_at, acknowledged_by, acknowledged_at, note)
SELECT fleet_id, vehicle_id, kind, opened_at, %(acknowledged_by)s, %(acknowledged_at)s, %(note)s FROM episode
WHERE fleet_id = %(fleet_id)s AND vehicle_id = %(vehicle_id)s AND kind = %(kind)s AND opened_at = %(opened_at)s
"""


@dataclass(frozen=True, slots=True)
class StoredEpisode:
    """An episode with its truck's name, how late it was told (s), and who has acknowledged it."""

    vehicle_id: int
    vehicle_name: str
    kind: str
    opened_at: datetime
    noticed_at: datetime
    closed_at: datetime | None
    ended_by: str | None
    severity: str
    unit: str
    bound_value: float
    first_value: float
    last_value: float | None
    peak_value: float
    mean_value: float
    sample_count: int
    lat: float | None
    lon: float | None
    delay_s: int | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str | None

    @property
    def is_late(self) -> bool:
        """Tell whether the sample that told of it came late."""
        return self.delay_s is not None and self.delay_s > LATE_S

    @property
    def heard_at(self) -> datetime:
        """When the sample that told of it arrived; that sample's own time if it is no longer kept."""
        return self.noticed_at + timedelta(seconds=self.delay_s or 0)

    @property
    def key(self) -> EpisodeKey:
        """Return what names it."""
        return EpisodeKey(self.vehicle_id, self.kind, self.opened_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeFilter:
    """Which episodes: opened in [from_at, to_at), of these trucks and kinds, open or over; None leaves it open.

    `heard_from`: those heard of from then on, but not later than NEWS_S after they were noticed.
    """

    heard_from: datetime | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    vehicle_ids: Sequence[int] | None = None
    kinds: Sequence[str] | None = None
    is_open: bool | None = None


async def list_episodes(
    conn: AsyncConnection,
    *,
    fleet_id: int,
    which: EpisodeFilter,
    order: Order,
    limit: int,
    after: EpisodeKey | None = None,
) -> list[StoredEpisode]:
    """Return up to `limit` episodes by their opening, in that order from `after` on (which is not among them)."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_ids": None if which.vehicle_ids is None else list(which.vehicle_ids),
        "kinds": None if which.kinds is None else list(which.kinds),
        "is_open": which.is_open,
        "from_at": which.from_at,
        "to_at": which.to_at,
        "heard_from": which.heard_from,
        "news_s": NEWS_S,
        "after_at": after.opened_at if after else None,
        "after_vehicle_id": after.vehicle_id if after else None,
        "after_kind": after.kind if after else None,
        "limit": limit,
    }
    async with conn.cursor(binary=True, row_factory=class_row(StoredEpisode)) as cursor:
        await cursor.execute((_NEWS if which.heard_from else _PAGES)[order], values)
        return await cursor.fetchall()


async def find_episode(conn: AsyncConnection, *, fleet_id: int, key: EpisodeKey) -> StoredEpisode | None:
    """Return one of the fleet's episodes."""
    values = {"fleet_id": fleet_id, "vehicle_id": key.vehicle_id, "kind": key.kind, "opened_at": key.opened_at}
    async with conn.cursor(binary=True, row_factory=class_row(StoredEpisode)) as cursor:
        await cursor.execute(_ONE, values)
        return await cursor.fetchone()


async def acknowledge_episode(
    conn: AsyncConnection, *, fleet_id: int, key: EpisodeKey, by: str, at: datetime, note: str | None
) -> None:
    """Note that somebody has seen an episode. Raises NotFoundError if the fleet has no such episode."""
    values = {
        "fleet_id": fleet_id,
        "vehicle_id": key.vehicle_id,
        "kind": key.kind,
        "opened_at": key.opened_at,
        "acknowledged_by": by,
        "acknowledged_at": at,
        "note": note,
    }
    done = await conn.execute(_ACKNOWLEDGE, values)
    if not done.rowcount:
        raise NotFoundError("there is no such episode")


_READ_RESTED: Final = load("keitora.episodes", "read_rested_days")


@dataclass(frozen=True, slots=True)
class StoredRestedDay:
    """A truck's rested 12 V battery on a local day."""

    vehicle_id: int
    vehicle_name: str
    local_date: date
    rest_battery_v: float
    rest_ambient_temp_c: float | None


async def read_rested_days(conn: AsyncConnection, *, fleet_id: int, after_date: date) -> list[StoredRestedDay]:
    """Return the rested batteries of the trucks in service after a local date, truck by truck, day by day."""
    async with conn.cursor(binary=True, row_factory=class_row(StoredRestedDay)) as cursor:
        await cursor.execute(_READ_RESTED, {"fleet_id": fleet_id, "after_date": after_date})
        return await cursor.fetchall()

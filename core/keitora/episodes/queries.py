"""All SQL of episodes: the derived rows, what people say to them, and how the rules are set."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from psycopg import AsyncConnection, Connection, sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from keitora.books.rows import EpisodeRow
from keitora.clock import instant
from keitora.db.sql import load
from keitora.episodes.ids import EpisodeKey
from keitora.episodes.learnt import LEARNT
from keitora.episodes.model import LATE_S, NEWS_S, Kind, Limits
from keitora.episodes.settings import ON, RuleSettingError, RuleSettings, check, merge
from keitora.errors import NotFoundError

_LOG: Final = logging.getLogger(__name__)

_COLUMNS: Final = ("vehicle_id", "fleet_id", *(item.name for item in fields(EpisodeRow)))
_KEPT: Final = tuple(name for name in _COLUMNS if name not in {"vehicle_id", "opened_at", "kind"})
_SAVE: Final = sql.SQL(
    """
    INSERT INTO episode AS stored ({columns}) VALUES ({values})
    ON CONFLICT (vehicle_id, opened_at, kind) DO UPDATE SET {updates}
    WHERE ({stored}) IS DISTINCT FROM ({new})
    """
).format(
    columns=sql.SQL(", ").join(map(sql.Identifier, _COLUMNS)),
    values=sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS)),
    updates=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in _KEPT),
    stored=sql.SQL(", ").join(sql.SQL("stored.{}").format(sql.Identifier(name)) for name in _KEPT),
    new=sql.SQL(", ").join(sql.SQL("excluded.{}").format(sql.Identifier(name)) for name in _KEPT),
)
_REMOVE: Final = """
DELETE FROM episode AS e
WHERE e.vehicle_id = %(vehicle_id)s AND e.noticed_at > %(after)s AND e.noticed_at <= %(until)s
  AND e.kind <> ALL (%(learnt)s)
  AND NOT EXISTS (
    SELECT FROM unnest(%(kinds)s::text[], %(opened)s::timestamptz[]) AS made (kind, opened_at)
    WHERE made.kind = e.kind AND made.opened_at = e.opened_at
  )
"""


@dataclass(frozen=True, slots=True)
class Since:
    """A stretch of samples that was folded again: after one moment up to another (Unix ms; None is without end).

    `lasting` are the kind and beginning (Unix ms) of what was open at its end: that row is told later, or is known.
    """

    after_ms: int | None
    until_ms: int | None
    lasting: Sequence[tuple[str, int]] = ()


def save_episodes(
    conn: Connection[Any], *, vehicle_id: int, fleet_id: int, rows: Sequence[EpisodeRow], went_over: Since | None
) -> int:
    """Store the episodes of a fold. Those noticed in a stretch that was folded again, and not made again, go.

    A row that did not change is left alone. Returns how many became other than they were.
    """
    changed = 0
    with conn.cursor() as cursor:
        if went_over is not None:
            after_ms, until_ms = went_over.after_ms, went_over.until_ms
            parameters = {
                "vehicle_id": vehicle_id,
                "after": "-infinity" if after_ms is None else instant(after_ms),
                "until": "infinity" if until_ms is None else instant(until_ms),
                "learnt": [one.kind for one in LEARNT],
                "kinds": [*(row.kind for row in rows), *(kind for kind, _ in went_over.lasting)],
                "opened": [*(row.opened_at for row in rows), *(instant(began_ms) for _, began_ms in went_over.lasting)],
            }
            cursor.execute(_REMOVE, parameters)
            changed += cursor.rowcount
        if rows:
            common = {"vehicle_id": vehicle_id, "fleet_id": fleet_id}
            cursor.executemany(
                _SAVE, [common | {item.name: getattr(row, item.name) for item in fields(row)} for row in rows]
            )
            changed += cursor.rowcount
    return changed


_REMOVE_LEARNT: Final = """
DELETE FROM episode AS e
WHERE e.vehicle_id = %(vehicle_id)s AND e.kind = ANY (%(learnt)s)
  AND NOT EXISTS (
    SELECT FROM unnest(%(kinds)s::text[], %(opened)s::timestamptz[]) AS made (kind, opened_at)
    WHERE made.kind = e.kind AND made.opened_at = e.opened_at
  )
"""


def save_learnt_episodes(conn: Connection[Any], *, vehicle_id: int, fleet_id: int, rows: Sequence[EpisodeRow]) -> None:
    """Store the episodes learnt of a truck in place of those learnt before; one that did not change is left alone."""
    parameters = {
        "vehicle_id": vehicle_id,
        "learnt": [one.kind for one in LEARNT],
        "kinds": [row.kind for row in rows],
        "opened": [row.opened_at for row in rows],
    }
    conn.execute(_REMOVE_LEARNT, parameters)
    save_episodes(conn, vehicle_id=vehicle_id, fleet_id=fleet_id, rows=rows, went_over=None)


# --- how the rules are set -------------------------------------------------------------------------------------------

_READ_SETTINGS: Final = """
SELECT s.vehicle_id, s.kind, s.is_on, s.limits
FROM rule_setting AS s JOIN vehicle AS v ON v.fleet_id = s.fleet_id AND v.vehicle_id = %(vehicle_id)s
WHERE s.vehicle_id IS NULL OR s.vehicle_id = v.vehicle_id
ORDER BY s.vehicle_id NULLS FIRST, s.kind
"""
_SAVE_SETTING: Final = """
INSERT INTO rule_setting (fleet_id, vehicle_id, kind, is_on, limits, entered_by)
VALUES (%(fleet_id)s, %(vehicle_id)s, %(kind)s, %(is_on)s, %(limits)s, %(entered_by)s)
ON CONFLICT (fleet_id, vehicle_id, kind) DO UPDATE SET
    is_on = excluded.is_on, limits = excluded.limits, entered_by = excluded.entered_by, entered_at = now()
"""
_LIST_SETTINGS: Final = """
SELECT v.name AS vehicle_name, s.kind, s.is_on, s.limits
FROM rule_setting AS s LEFT JOIN vehicle AS v USING (fleet_id, vehicle_id)
WHERE s.fleet_id = %(fleet_id)s ORDER BY s.kind, v.name NULLS FIRST
"""
_FORGET_SETTING: Final = """
DELETE FROM rule_setting
WHERE fleet_id = %(fleet_id)s AND vehicle_id IS NOT DISTINCT FROM %(vehicle_id)s::integer AND kind = %(kind)s
"""


def read_rule_settings(conn: Connection[Any], *, vehicle_id: int) -> RuleSettings:
    """Return what differs from the defaults for a truck, its own settings before its fleet's.

    A stored setting that the rule no longer understands counts for nothing and is written to the log: a new version
    must not stop a truck from being derived.
    """
    layers: list[RuleSettings] = []
    for truck_id, kind, is_on, limits in conn.execute(_READ_SETTINGS, {"vehicle_id": vehicle_id}):
        chosen: dict[str, Any] = dict(limits) if _is_understood(kind, limits, truck_id) else {}
        layers.append({kind: chosen if is_on is None else {ON: is_on} | chosen})
    return merge(*layers)


def _is_understood(kind: str, limits: Mapping[str, Any], vehicle_id: int | None) -> bool:
    try:
        check(Kind(kind), limits)
    except (ValueError, RuleSettingError) as error:
        _LOG.warning("a setting of vehicle %s is left out: %s", vehicle_id or "(all)", error)
        return False
    return True


def save_rule_setting(
    conn: Connection[Any],
    *,
    fleet_id: int,
    vehicle_id: int | None,
    kind: Kind,
    thresholds: Mapping[str, Any],
    is_on: bool | None,
    entered_by: str,
) -> Limits:
    """Set a rule for a truck (None: for the whole fleet) and return the limits it then has.

    The trucks it speaks of are derived anew. Raises RuleSettingError for thresholds that cannot be.
    """
    limits = check(kind, thresholds)
    values = {
        "fleet_id": fleet_id,
        "vehicle_id": vehicle_id,
        "kind": kind,
        "is_on": is_on,
        "limits": Jsonb(limits.model_dump(mode="json", include=set(thresholds))),
        "entered_by": entered_by,
    }
    conn.execute(_SAVE_SETTING, values)
    return limits


@dataclass(frozen=True, slots=True)
class StoredRuleSetting:
    """What a truck (None: the fleet) has set differently from a rule's defaults."""

    vehicle_name: str | None
    kind: str
    is_on: bool | None
    limits: dict[str, Any]


def list_rule_settings(conn: Connection[Any], *, fleet_id: int) -> list[StoredRuleSetting]:
    """Return what a fleet has set of the rules."""
    with conn.cursor(row_factory=class_row(StoredRuleSetting)) as cursor:
        return cursor.execute(_LIST_SETTINGS, {"fleet_id": fleet_id}).fetchall()


def forget_rule_setting(conn: Connection[Any], *, fleet_id: int, vehicle_id: int | None, kind: Kind) -> bool:
    """Let a rule be as the fleet (or its own default) has it again; tell whether it was set at all."""
    values = {"fleet_id": fleet_id, "vehicle_id": vehicle_id, "kind": kind}
    return conn.execute(_FORGET_SETTING, values).rowcount > 0


# --- reading and acknowledging ---------------------------------------------------------------------------------------

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
_AFTER: Final = b"(%(after_at)s::timestamptz, %(after_vehicle_id)s::integer, %(after_kind)s::text)"
_PLACES: Final[dict[Order, bytes]] = {
    "asc": b"AND (%(after_at)s::timestamptz IS NULL OR (e.opened_at, e.vehicle_id, e.kind) > "
    + _AFTER + b") ORDER BY e.opened_at, e.vehicle_id, e.kind LIMIT %(limit)s",
    "desc": b"AND (%(after_at)s::timestamptz IS NULL OR (e.opened_at, e.vehicle_id, e.kind) < "
    + _AFTER + b") ORDER BY e.opened_at DESC, e.vehicle_id DESC, e.kind DESC LIMIT %(limit)s",
}  # fmt: skip
# The page first: how late each was told costs a look into the samples.
_ORDER_BY: Final[dict[Order, bytes]] = {
    order: place[place.index(b"ORDER BY") : place.index(b"LIMIT")] for order, place in _PLACES.items()
}
_PAGES: Final[dict[Order, bytes]] = {
    order: _ROWS_OF.replace(
        b"{episodes}", b"(SELECT * FROM episode AS e WHERE e.fleet_id = %(fleet_id)s" + _FILTER + place + b")"
    )
    + _ORDER_BY[order]
    for order, place in _PLACES.items()
}
_NEWS: Final[dict[Order, bytes]] = {order: _ROWS + _FILTER + _HEARD + place for order, place in _PLACES.items()}
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


_READ_SETTINGS_OF: Final = """
SELECT vehicle_id, is_on, limits FROM rule_setting WHERE fleet_id = %(fleet_id)s AND kind = %(kind)s
"""


async def read_settings_of(conn: AsyncConnection, *, fleet_id: int, kind: Kind) -> dict[int | None, Mapping[str, Any]]:
    """Return what a fleet (under None) and its trucks have set of a rule."""
    rows = await (await conn.execute(_READ_SETTINGS_OF, {"fleet_id": fleet_id, "kind": kind})).fetchall()
    return {
        vehicle_id: (dict(limits) if _is_understood(kind, limits, vehicle_id) else {})
        | ({} if is_on is None else {ON: is_on})
        for vehicle_id, is_on, limits in rows
    }


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

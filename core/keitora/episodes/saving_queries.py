"""All SQL that stores episodes: those of a fold, and those learnt of a truck. The caller commits."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from psycopg import Connection, sql

from keitora.books.rows import EpisodeRow
from keitora.clock import instant
from keitora.episodes.learnt import LEARNT

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

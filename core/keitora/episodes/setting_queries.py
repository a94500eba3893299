"""All SQL of how the rules are set, by a fleet and by truck. The caller commits."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from psycopg import AsyncConnection, Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from keitora.episodes.model import Kind, Limits
from keitora.episodes.settings import ON, RuleSettingError, RuleSettings, check, merge

_LOG: Final = logging.getLogger(__name__)

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

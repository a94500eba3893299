"""From what a fleet has set to the limits of every rule. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from json import dumps, loads
from typing import Any, Final

from pydantic import ValidationError

from keitora.episodes.catalogue import MEANINGS
from keitora.episodes.driverless import DriverlessLimits
from keitora.episodes.model import Kind, Limits, Terms
from keitora.episodes.silence import SilentLimits
from keitora.errors import KeitoraError

RuleSettings = Mapping[str, Mapping[str, Any]]
"""What differs from the defaults, by kind: thresholds by name, and under `on` whether the rule is on at all."""

ON: Final = "on"


class RuleSettingError(KeitoraError):
    """A rule cannot be set so; the text says which threshold, and what it may be."""


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Every rule that is on, with its limits, its times, and the version of what it makes."""

    limits: Mapping[Kind, Limits]
    terms: Mapping[str, Terms]
    versions: Mapping[Kind, str]


def rule_book(settings: RuleSettings) -> RuleBook:
    """Return the limits in force; raises RuleSettingError for settings that `check` would refuse."""
    return _rule_book(dumps(settings, sort_keys=True))


@lru_cache(maxsize=256)
def _rule_book(text: str) -> RuleBook:
    settings: RuleSettings = loads(text)
    limits: dict[Kind, Limits] = {}
    for kind, meaning in MEANINGS.items():
        chosen = dict(settings.get(kind, {}))
        if meaning.is_folded and chosen.pop(ON, meaning.is_on):
            limits[kind] = check(kind, chosen)
    return RuleBook(
        limits=limits,
        terms={kind: one.terms for kind, one in limits.items()},
        versions={kind: _version(kind, one) for kind, one in limits.items()},
    )


def silence_limits(fleets: Mapping[str, Any], trucks: Mapping[str, Any]) -> SilentLimits | None:
    """Return when a truck counts as silent, from what its fleet and it have set; None if the rule is off."""
    limits = rule_book(merge({Kind.SILENT: fleets}, {Kind.SILENT: trucks})).limits.get(Kind.SILENT)
    return limits if isinstance(limits, SilentLimits) else None


def driverless_limits(fleets: Mapping[str, Any], trucks: Mapping[str, Any]) -> DriverlessLimits | None:
    """Return when a trip's driver must be named, from what a fleet and a truck have set; None if the rule is off."""
    chosen = dict(merge({Kind.DRIVERLESS: fleets}, {Kind.DRIVERLESS: trucks})[Kind.DRIVERLESS])
    if not chosen.pop(ON, MEANINGS[Kind.DRIVERLESS].is_on):
        return None
    return DriverlessLimits.model_validate(chosen)


def check(kind: Kind, thresholds: Mapping[str, Any]) -> Limits:
    """Return a rule's limits with these thresholds in place of its own. Raises RuleSettingError for what cannot be."""
    model = MEANINGS[kind].limits
    try:
        limits = model.model_validate(thresholds)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors())
        raise RuleSettingError(f"{kind}: {told} (there are: {', '.join(model.model_fields)})") from error
    for upper, lower in _ORDERED:
        high, low = getattr(limits, upper, None), getattr(limits, lower, None)
        if high is not None and low is not None and high < low:
            raise RuleSettingError(f"{kind}: {upper} ({high:g}) must not be below {lower} ({low:g})")
    return limits


_ORDERED: Final = (
    ("over_rpm", "clear_rpm"),
    ("over_c", "clear_c"),
    ("clear_pct", "below_pct"),
    ("clear_v", "below_v"),
    ("sound_v", "below_v"),
)
"""Pairs that make the hysteresis: the first must not be below the second."""


def _version(kind: Kind, limits: Limits) -> str:
    digest = sha256(limits.model_dump_json(round_trip=True).encode()).hexdigest()
    return f"{MEANINGS[kind].version}-{digest[:8]}"


def version_of(settings: RuleSettings) -> str:
    """Return a short name of all rules in force: equal rules, equal name."""
    versions = rule_book(settings).versions
    return sha256(dumps(versions, sort_keys=True).encode()).hexdigest()[:12]


def merge(*layers: RuleSettings) -> RuleSettings:
    """Return the settings of all layers, later ones (the truck's) before earlier ones (the fleet's)."""
    merged: dict[str, dict[str, Any]] = {}
    for layer in layers:
        for kind, chosen in layer.items():
            merged.setdefault(kind, {}).update(chosen)
    return merged

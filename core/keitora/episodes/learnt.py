"""What shows only when fill-ups, levels and litres used are held against each other: rows that are learnt, not folded.

A loss is fuel that went without being driven: theft, or a leak. A mismatch is a tank whose litres filled do not fit the
litres estimated, by the factor of its time: theft, a leak, a wrong entry, a missed one. Pure.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeVar

from pydantic import Field

from keitora.books.rows import EpisodeRow
from keitora.episodes.model import Kind, Limits, Meaning

_ON: Final = "on"


class FuelLossLimits(Limits):
    """3 L: less than a jerrycan's half cannot be told from a sender's wavering; thieves take ten."""

    least_l: float = Field(default=3.0, ge=1, le=1000, description="Told from so many litres on (L)")


class TankMismatchLimits(Limits):
    """4 L: a tank that is a tenth of 40 L off is what a pump that shuts off early explains."""

    least_l: float = Field(default=4.0, ge=1, le=1000, description="Told from so many litres on (L)")


FUEL_LOSS = Meaning(
    kind=Kind.FUEL_LOSS,
    severity="warning",
    unit="L",
    limits=FuelLossLimits,
    name_en="Fuel gone without being driven",
    name_ja="走行以外の燃料減少",
    en="The tank holds less than before, and the truck did not use it: theft, or a leak.",
    ja="走行で使っていないのに燃料が減りました(盗難または漏れの疑い)。",
    is_folded=False,
    is_learnt=True,
)
TANK_MISMATCH = Meaning(
    kind=Kind.TANK_MISMATCH,
    severity="note",
    unit="L",
    limits=TankMismatchLimits,
    name_en="Tank does not fit",
    name_ja="給油量の不一致",
    en="From one full tank to the next, far more or less was filled in than the truck used: a wrong or missed entry, a "
    "leak, or theft.",
    ja="満タンから次の満タンまでの給油量が使用量と大きく違います(入力の誤り・漏れ・漏れた給油記録・盗難の疑い)。",
    is_folded=False,
    is_learnt=True,
)
LEARNT: Final = (FUEL_LOSS, TANK_MISMATCH)

Chosen = TypeVar("Chosen", bound=Limits)


def learnt_limits(settings: Mapping[str, Mapping[str, Any]], model: type[Chosen]) -> Chosen | None:
    """Return a learnt rule's limits as they are set; None if the rule is off."""
    [meaning] = [one for one in LEARNT if one.limits is model]
    chosen = dict(settings.get(meaning.kind, {}))
    return model.model_validate(chosen) if chosen.pop(_ON, meaning.is_on) else None


def loss_row(
    from_at: datetime, to_at: datetime, volume_l: float, limits: FuelLossLimits, *, lat: float | None, lon: float | None
) -> EpisodeRow:
    """Return the episode of fuel that went between two moments."""
    return _row(FUEL_LOSS, limits, limits.least_l, (from_at, to_at), value=volume_l, lat=lat, lon=lon)


def mismatch_row(from_at: datetime, to_at: datetime, more_l: float, limits: TankMismatchLimits) -> EpisodeRow:
    """Return the episode of a tank into which so much more (negative: less) was filled than was used."""
    return _row(TANK_MISMATCH, limits, limits.least_l, (from_at, to_at), value=more_l)


def _row(
    meaning: Meaning,
    limits: Limits,
    bound: float,
    during: tuple[datetime, datetime],
    *,
    value: float,
    lat: float | None = None,
    lon: float | None = None,
) -> EpisodeRow:
    digest = sha256(limits.model_dump_json(round_trip=True).encode()).hexdigest()
    return EpisodeRow(
        kind=meaning.kind,
        opened_at=during[0],
        noticed_at=during[1],
        closed_at=during[1],
        ended_by="clear",
        severity=meaning.severity,
        unit=meaning.unit,
        bound_value=bound,
        first_value=value,
        last_value=value,
        peak_value=value,
        mean_value=value,
        sample_count=1,
        lat=lat,
        lon=lon,
        rule_version=f"{meaning.version}-{digest[:8]}",
    )

"""What a charge brought and cost: measured, entered, or by the learnt battery and the tariff. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from keitora.energy.model import CHARGER_EFFICIENCY, ChargeEntry, StoredCharge
from keitora.energy.pack import Pack
from keitora.energy.tariff import Contract, charge_cost, contract_at

NEAR: Final = timedelta(hours=1)
"""So far from a charge at most is its entry; charges further apart than twice that share no entry."""

EnergySource = Literal["measured", "entered", "soc"]
CostSource = Literal["entered", "tariff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCharge:
    """A charge with its energy and cost; None is not known.

    `added_kwh` arrived in the battery, `drawn_kwh` was taken from the wall; `plus_minus_kwh` is of what arrived.
    """

    charge: StoredCharge
    entry: ChargeEntry | None
    added_kwh: float | None
    plus_minus_kwh: float | None
    drawn_kwh: float | None
    energy_source: EnergySource | None
    cost: Decimal | None
    currency: str | None
    cost_source: CostSource | None


def matched(charges: Sequence[StoredCharge], entries: Sequence[ChargeEntry]) -> dict[datetime, ChargeEntry]:
    """Return each charge's entry by its start: the nearest within an hour of it, each entry once."""
    found: dict[datetime, ChargeEntry] = {}
    for entry in sorted(entries, key=lambda entry: (entry.filled_at, entry.fill_up_id)):
        near = [
            (_apart(charge, entry.filled_at), charge.started_at)
            for charge in charges
            if charge.vehicle_id == entry.vehicle_id
            and charge.started_at not in found
            and _apart(charge, entry.filled_at) <= NEAR
        ]
        if near:
            found[min(near)[1]] = entry
    return found


def _apart(charge: StoredCharge, at: datetime) -> timedelta:
    return max(timedelta(0), charge.started_at - at, at - charge.heard_at)


def tell(
    charge: StoredCharge,
    *,
    entry: ChargeEntry | None,
    pack: Pack | None,
    contracts: Sequence[Contract],
    place_id: int | None,
    zone: ZoneInfo,
) -> ToldCharge:
    """Return what a charge brought and cost. An entry's price counts before the tariff's."""
    added_kwh, plus_minus_kwh, source = _added(charge, entry, pack)
    drawn_kwh = entry.energy_kwh if entry is not None else added_kwh and added_kwh / CHARGER_EFFICIENCY
    cost: Decimal | None = None
    currency: str | None = None
    cost_source: CostSource | None = None
    contract = contract_at(contracts, charge.started_at.astimezone(zone).date(), place_id)
    if entry is not None and entry.total_price is not None:
        cost, currency, cost_source = entry.total_price, entry.currency, "entered"
    elif contract is not None and drawn_kwh is not None:
        cost = charge_cost(
            contract.tariff, started_at=charge.started_at, ended_at=charge.heard_at, drawn_kwh=drawn_kwh, zone=zone
        )
        currency, cost_source = contract.currency, "tariff"
    return ToldCharge(
        charge=charge,
        entry=entry,
        added_kwh=added_kwh,
        plus_minus_kwh=plus_minus_kwh,
        drawn_kwh=drawn_kwh,
        energy_source=source,
        cost=cost,
        currency=currency,
        cost_source=cost_source,
    )


def _added(
    charge: StoredCharge, entry: ChargeEntry | None, pack: Pack | None
) -> tuple[float | None, float | None, EnergySource | None]:
    if charge.measured_kwh is not None:
        return charge.measured_kwh, 0.02 * charge.measured_kwh, "measured"
    if entry is not None:
        return CHARGER_EFFICIENCY * entry.energy_kwh, 0.05 * entry.energy_kwh, "entered"
    if pack is None or charge.from_soc_pct is None or charge.to_soc_pct is None:
        return None, None, None
    added_kwh = -pack.energy_kwh(charge.from_soc_pct, charge.to_soc_pct)
    return added_kwh, abs(added_kwh) * pack.uncertainty_ratio, "soc"

"""Charges and batteries as they are read back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

CHARGER_EFFICIENCY: Final = 0.88
"""What arrives in the battery of what the wall gives: an on-board charger loses 10 to 15 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCharge:
    """A charge as the fold made it. `ended_at` None: it lasts, as far as is known; `measured_kwh` arrived."""

    vehicle_id: int
    started_at: datetime
    ended_at: datetime | None
    heard_at: datetime
    lat: float | None
    lon: float | None
    from_soc_pct: float | None
    to_soc_pct: float | None
    measured_kwh: float | None
    hv_voltage_v: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeEntry:
    """A charge as somebody entered it: what the charger or meter drew (kWh), and what was paid."""

    fill_up_id: int
    vehicle_id: int
    filled_at: datetime
    energy_kwh: float
    total_price: Decimal | None
    currency: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCharge:
    """What a charge drew (kWh) and cost by its meter or receipt, to be stored."""

    charged_at: datetime
    energy_kwh: float
    total_price: Decimal | None
    currency: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPack:
    """What a per cent of charge holds in [valid_from, valid_to); see `keitora.energy.pack`."""

    vehicle_id: int
    valid_from: datetime | None
    valid_to: datetime | None
    kwh_a_pct_at_half: float
    slope_ratio_a_pct: float
    uncertainty_ratio: float
    swing_count: int

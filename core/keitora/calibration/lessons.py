"""What is learnt of a truck beside its fuel factors, each from stored rows and entries alone.

Its battery, its rates of money and CO2, refuels and losses of its tank, whether it was there when it was filled up, and
the episodes that follow from these. Any of it can be made anew at any time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import Connection

from keitora.books.rows import EpisodeRow
from keitora.calibration.model import Learnt
from keitora.energy.charges import matched, tell
from keitora.energy.model import CHARGER_EFFICIENCY
from keitora.energy.pack import Swing
from keitora.energy.queries import (
    read_charge_places,
    read_charges_of,
    read_contracts_of,
    read_entries_of,
    read_swings,
    save_seasons,
)
from keitora.energy.seasons import DatedSwing, Season, season_at, seasons
from keitora.episodes.learnt import FuelLossLimits, TankMismatchLimits, learnt_limits, loss_row, mismatch_row
from keitora.episodes.saving_queries import save_learnt_episodes
from keitora.episodes.setting_queries import read_rule_settings
from keitora.fillups.levels import TankEvent, tank_events
from keitora.fillups.presence import presence_when
from keitora.fillups.queries import read_levels, read_unplaced, save_presence, save_tank_events
from keitora.fuel.methods import FuelMethod
from keitora.prices.queries import read_paid, read_prices_of, save_rates
from keitora.prices.rates import Known, Paid, country_of, rates

UsedByMethod = Callable[[datetime, datetime], tuple[Mapping[FuelMethod, float], float]]
"""Tells the litres estimated between two moments by method, and what share of the engine's running they cover."""
_KNOWN_ENOUGH: Final = 0.5


@dataclass(frozen=True, slots=True)
class Pupil:
    """A truck to be learnt from, with what its fleet has set."""

    vehicle_id: int
    fleet_id: int
    tank_l: float | None
    energy: str
    battery_kwh: float | None
    currency: str
    country: str | None
    time_zone: str


def learn_battery(conn: Connection[Any], pupil: Pupil) -> list[Season]:
    """Learn what a per cent of charge holds, store and return it. Of a truck that is not electric nothing is left."""
    if pupil.energy != "electric":
        save_seasons(conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id, seasons=[])
        return []
    swings = read_swings(conn, vehicle_id=pupil.vehicle_id)
    charges = read_charges_of(conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id)
    entries = matched(charges, read_entries_of(conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id))
    for charge in charges:
        entry = entries.get(charge.started_at)
        if entry is None or charge.measured_kwh is not None or charge.ended_at is None:
            continue
        if charge.from_soc_pct is not None and charge.to_soc_pct is not None:
            added_kwh = CHARGER_EFFICIENCY * entry.energy_kwh
            swing = Swing(from_soc_pct=charge.from_soc_pct, to_soc_pct=charge.to_soc_pct, energy_kwh=-added_kwh)
            swings.append(DatedSwing(charge.ended_at, swing))
    found = seasons(swings, nominal_kwh=pupil.battery_kwh)
    save_seasons(conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id, seasons=found)
    return found


def learn_rates(conn: Connection[Any], pupil: Pupil, battery: Sequence[Season]) -> None:
    """Learn what a litre or a kilowatt-hour cost and stand for, day by day, and store it."""
    zone = ZoneInfo(pupil.time_zone)
    contracts = [one for one in read_contracts_of(conn, fleet_id=pupil.fleet_id) if one.currency == pupil.currency]
    own, fleet = read_paid(
        conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id, energy=pupil.energy, currency=pupil.currency
    )
    charges: list[Paid] = []
    if pupil.energy == "electric":
        stored = read_charges_of(conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id)
        entries = matched(stored, read_entries_of(conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id))
        places = read_charge_places(conn, vehicle_id=pupil.vehicle_id)
        for charge in stored:
            season = season_at(battery, charge.started_at)
            told = tell(
                charge,
                entry=entries.get(charge.started_at),
                pack=None if season is None else season.pack,
                contracts=contracts,
                place_id=places.get(charge.started_at),
                zone=zone,
            )
            if told.cost is not None and told.added_kwh and told.currency == pupil.currency:
                charges.append(Paid(charge.started_at.astimezone(zone).date(), told.cost, told.added_kwh))
    known = Known(
        energy=pupil.energy,
        country=country_of(pupil.country, pupil.currency),
        currency=pupil.currency,
        zone=zone,
        prices=read_prices_of(conn, fleet_id=pupil.fleet_id, energy=pupil.energy, currency=pupil.currency),
        own_fills=own,
        fleet_fills=fleet,
        charges=charges,
        contracts=contracts,
    )
    save_rates(conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id, rates=rates(known))


def learn_tank(conn: Connection[Any], pupil: Pupil, learnt: Learnt, used_by_method: UsedByMethod) -> list[TankEvent]:
    """Find refuels and losses by the tank's level, store and return them. None without the tank's litres."""
    if pupil.tank_l is None or pupil.energy == "electric":
        save_tank_events(conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id, events=[])
        return []

    def used(from_at: datetime, to_at: datetime) -> float | None:
        litres, known_ratio = used_by_method(from_at, to_at)
        if known_ratio < _KNOWN_ENOUGH:
            return None
        return sum(one * _factor(learnt, method, from_at) for method, one in litres.items())

    found = tank_events(read_levels(conn, vehicle_id=pupil.vehicle_id), tank_l=pupil.tank_l, used=used)
    save_tank_events(conn, fleet_id=pupil.fleet_id, vehicle_id=pupil.vehicle_id, events=found)
    return found


def _factor(learnt: Learnt, method: FuelMethod, at: datetime) -> float:
    for one in learnt.factors:
        if (
            one.method is method
            and (one.from_at is None or at >= one.from_at)
            and (one.to_at is None or at < one.to_at)
        ):
            return one.factor
    return 1.0


def learn_presence(conn: Connection[Any], pupil: Pupil) -> None:
    """Find out of each fill-up with a place whether the truck was there, and store it."""
    for one in read_unplaced(conn, vehicle_id=pupil.vehicle_id):
        told = presence_when(one.seen, filled_at=one.filled_at, lat=one.lat, lon=one.lon, derived_to=one.derived_to)
        if told != one.presence:
            save_presence(conn, fill_up_id=one.fill_up_id, presence=told)


def learn_episodes(conn: Connection[Any], pupil: Pupil, learnt: Learnt, events: Sequence[TankEvent]) -> None:
    """Tell of tanks that fit no factor and of litres that went without being driven, as the fleet has set the rules."""
    settings = read_rule_settings(conn, vehicle_id=pupil.vehicle_id)
    rows: list[EpisodeRow] = []
    loss_limits = learnt_limits(settings, FuelLossLimits)
    if loss_limits is not None:
        losses = (one for one in events if one.kind == "loss" and one.volume_l >= loss_limits.least_l)
        rows += [
            loss_row(one.from_at, one.to_at, one.volume_l, loss_limits, lat=one.lat, lon=one.lon) for one in losses
        ]
    mismatch_limits = learnt_limits(settings, TankMismatchLimits)
    if mismatch_limits is not None:
        rows += [
            mismatch_row(one.from_at, one.to_at, one.filled_l - one.expected_l, mismatch_limits)
            for one in learnt.jumps
            if abs(one.filled_l - one.expected_l) >= mismatch_limits.least_l
        ]
    save_learnt_episodes(conn, vehicle_id=pupil.vehicle_id, fleet_id=pupil.fleet_id, rows=rows)

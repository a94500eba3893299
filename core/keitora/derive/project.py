"""From what the fold remembers to rows: trips, stops, idling and days, settled or as far as they are known. Pure."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from statistics import median
from typing import Any, Literal

from keitora.books.battery import Battery, BatterySums, Charge, Tank
from keitora.books.rows import ChargeRow, DayRow, IdlingRow, StopRow, TankRow, TripDayRow, TripRow
from keitora.books.state import Day, Idling, Leg, State
from keitora.books.totals import Totals, sum_of
from keitora.clock import instant
from keitora.energy.follow import is_charge
from keitora.fillups.tank import ENOUGH
from keitora.fuel.meter import known_fuel_l, litres_by_method, method_of
from keitora.trips.distance import DistanceSource, choose_source, metres


def trip(leg: Leg) -> TripRow:
    """Return the trip's row, from its first to its last movement."""
    whole = sum_of(leg.settled)
    best, second = _sources(leg, whole)
    fuel_l = known_fuel_l(whole)
    method = energy_method(leg, whole)
    sums = whole.battery or BatterySums()
    return TripRow(
        started_at=instant(leg.started_ms),
        ended_at=instant(leg.moved_ms),
        start_lat=leg.start.lat if leg.start else None,
        start_lon=leg.start.lon if leg.start else None,
        end_lat=leg.end.lat if leg.end else None,
        end_lon=leg.end.lon if leg.end else None,
        distance_m=None if best is DistanceSource.UNKNOWN else metres(whole, best),
        distance_source=best.value,
        distance_second_m=None if second is DistanceSource.UNKNOWN else metres(whole, second),
        moving_s=whole.moving_s,
        idle_s=whole.idle_s,
        gap_s=whole.gap_s,
        max_speed_kmh=whole.max_speed_kmh or None,
        climb_m=whole.climb_m if whole.altitude_count else None,
        engine_known_s=whole.engine_known_s,
        engine_on_s=whole.engine_on_s,
        fuel_l=fuel_l,
        fuel_plus_minus_l=None if fuel_l is None else whole.fuel_plus_minus_l,
        **_litres(whole, fuel_l),
        fuel_method=None if fuel_l is None else method_of(whole),
        fuel_known_s=whole.fuel_known_s,
        **_energy(only(whole, method)),
        energy_method=method,
        soc_from_pct=leg.soc_from_pct,
        soc_to_pct=None if leg.soc_from_pct is None else leg.soc_from_pct - sums.soc_used_pct,
        hv_voltage_v=sums.voltage_vs / sums.voltage_s if sums.voltage_s > 0 else None,
        idle_l=0.0 if fuel_l is None else whole.idle_l,
        sample_count=whole.sample_count,
    )


def stop(state: State, *, ended_ms: int | None) -> StopRow:
    """Return the row of the stop that began at `state.stood_since_ms`."""
    whole = state.standing
    fuel_l = known_fuel_l(whole)
    rest = state.leg.start if state.leg is not None and state.leg.start is not None else state.rest
    return StopRow(
        started_at=instant(state.stood_since_ms or 0),
        ended_at=None if ended_ms is None else instant(ended_ms),
        lat=rest.lat if rest else None,
        lon=rest.lon if rest else None,
        engine_known_s=whole.engine_known_s,
        engine_on_s=whole.engine_on_s,
        fuel_l=fuel_l,
        fuel_plus_minus_l=None if fuel_l is None else whole.fuel_plus_minus_l,
        **_litres(whole, fuel_l),
        fuel_known_s=whole.fuel_known_s,
    )


def day(local_date: str, books: Day) -> DayRow:
    """Return a day's row."""
    totals = books.totals
    fuel_l = known_fuel_l(totals)
    return DayRow(
        local_date=date.fromisoformat(local_date),
        trip_count=books.trip_count,
        distance_m=None if books.is_unmeasured or totals.located_count == 0 else books.distance_m,
        moving_s=totals.moving_s,
        idle_s=totals.idle_s,
        gap_s=totals.gap_s,
        engine_known_s=totals.engine_known_s,
        engine_on_s=totals.engine_on_s,
        max_speed_kmh=totals.max_speed_kmh or None,
        fuel_l=fuel_l,
        fuel_plus_minus_l=None if fuel_l is None else totals.fuel_plus_minus_l,
        **_litres(totals, fuel_l),
        fuel_known_s=totals.fuel_known_s,
        **_energy(totals),
        idle_l=0.0 if fuel_l is None else totals.idle_l,
        sample_count=totals.sample_count,
        odometer_km=books.odometer_km,
        odometer_at=None if books.odometer_ms is None else instant(books.odometer_ms),
        rest_battery_v=books.rest_battery_v,
        rest_ambient_temp_c=books.rest_ambient_temp_c,
    )


def trip_days(leg: Leg) -> list[TripDayRow]:
    """Return the trip's shares of its local days."""
    whole = sum_of(leg.settled)
    best, _ = _sources(leg, whole)
    method = energy_method(leg, whole)
    return [_share(leg, local_date, only(totals, method), best) for local_date, totals in leg.settled.items()]


def _share(leg: Leg, local_date: str, totals: Totals, best: DistanceSource) -> TripDayRow:
    fuel_l = known_fuel_l(totals)
    return TripDayRow(
        started_at=instant(leg.started_ms),
        local_date=date.fromisoformat(local_date),
        distance_m=None if best is DistanceSource.UNKNOWN else metres(totals, best),
        moving_s=totals.moving_s,
        idle_s=totals.idle_s,
        gap_s=totals.gap_s,
        engine_known_s=totals.engine_known_s,
        engine_on_s=totals.engine_on_s,
        fuel_l=fuel_l,
        fuel_plus_minus_l=None if fuel_l is None else totals.fuel_plus_minus_l,
        **_litres(totals, fuel_l),
        fuel_known_s=totals.fuel_known_s,
        **_energy(totals),
        idle_l=0.0 if fuel_l is None else totals.idle_l,
    )


def _litres(totals: Totals, fuel_l: float | None) -> dict[str, float]:
    return {f"{method}_l": 0.0 if fuel_l is None else litres for method, litres in litres_by_method(totals).items()}


def idling(period: Idling, *, lasts: bool) -> IdlingRow:
    """Return the row of an engine that ran while the truck stood; `lasts`: it still does."""
    knows_fuel = period.fuel_known_s > 0
    return IdlingRow(
        started_at=instant(period.started_ms),
        ended_at=None if lasts else instant(period.lasts_ms),
        lasted_s=(period.lasts_ms - period.started_ms) / 1000,
        lat=period.place.lat if period.place else None,
        lon=period.place.lon if period.place else None,
        fuel_l=period.fuel_l if knows_fuel else None,
        fuel_plus_minus_l=period.fuel_plus_minus_l if knows_fuel else None,
        fuel_known_s=period.fuel_known_s,
    )


def open_days(state: State) -> dict[str, Day]:
    """Return the days not yet handed out, the open trip and stop counted in as far as they are known."""
    days = deepcopy(state.days)
    leg = state.leg
    if leg is None:
        return days
    standing = deepcopy(leg.pending)
    if leg.confirmed:
        book_trip(days, leg)
    else:
        for local_date, totals in leg.settled.items():
            standing.setdefault(local_date, Totals()).add(totals)
    for local_date, totals in standing.items():
        totals.stand_still()
        book_standing(days, local_date, totals)
    return days


def book_trip(days: dict[str, Day], leg: Leg) -> None:
    """Add a trip's shares to its days; the trip counts on the day it began."""
    whole = sum_of(leg.settled)
    best, _ = _sources(leg, whole)
    method = energy_method(leg, whole)
    for local_date, totals in leg.settled.items():
        books = days.setdefault(local_date, Day())
        books.distance_m += metres(totals, best)
        books.is_unmeasured = books.is_unmeasured or best is DistanceSource.UNKNOWN
        books.totals.add(only(totals, method))
    days.setdefault(leg.start_day, Day()).trip_count += 1


def book_standing(days: dict[str, Day], local_date: str, totals: Totals) -> None:
    """Add what was used standing to its day."""
    books = days.get(local_date)
    if books is None:
        books = days[local_date] = Day()
    books.totals.add(totals)


def _sources(leg: Leg, whole: Totals) -> tuple[DistanceSource, DistanceSource]:
    return choose_source(whole, (leg.moved_ms - leg.started_ms) / 1000, repeated=not leg.wheels_changed)


EnergyMethod = Literal["measured", "soc"]


def energy_method(leg: Leg, whole: Totals) -> EnergyMethod | None:
    """Return how a trip's energy is known: measured for nine tenths of it, else by state of charge, else for half."""
    lasted_s = (leg.moved_ms - leg.started_ms) / 1000
    if whole.energy_known_s > 0 and whole.energy_known_s >= 0.9 * lasted_s:
        return "measured"
    if whole.battery is not None and whole.battery.soc_count > 1:
        return "soc"
    return "measured" if whole.energy_known_s > 0 and whole.energy_known_s >= 0.5 * lasted_s else None


def only(totals: Totals, method: EnergyMethod | None) -> Totals:
    """Return sums with the energy of one method alone, so that no kilowatt-hour counts twice in a day."""
    if totals.battery is None and (method == "measured" or totals.energy_known_s == 0):
        return totals
    sums = replace(totals.battery or BatterySums())
    if method != "soc":
        sums.soc_used_pct = sums.soc_moment_pct2 = 0.0
    if method == "measured":
        return replace(totals, battery=sums)
    return replace(totals, battery=sums, energy_kwh=0.0, energy_known_s=0.0)


def _energy(totals: Totals) -> dict[str, Any]:
    sums = totals.battery or BatterySums()
    return {
        "energy_kwh": totals.energy_kwh if totals.energy_known_s > 0 else None,
        "soc_used_pct": sums.soc_used_pct,
        "soc_moment_pct2": sums.soc_moment_pct2,
    }


def charge(one: Charge, *, lasts: bool) -> ChargeRow:
    """Return the row of a charge; `lasts`: it goes on, as far as is known."""
    is_measured = one.measured_s > 0 and one.measured_s >= 0.9 * (one.heard_ms - one.started_ms) / 1000
    return ChargeRow(
        started_at=instant(one.started_ms),
        ended_at=None if lasts else instant(one.heard_ms),
        heard_at=instant(one.heard_ms),
        lat=one.place.lat if one.place else None,
        lon=one.place.lon if one.place else None,
        from_soc_pct=one.from_soc_pct,
        to_soc_pct=one.to_soc_pct,
        measured_kwh=one.measured_kwh if is_measured else None,
        hv_voltage_v=one.voltage_vs / one.voltage_s if one.voltage_s > 0 else None,
    )


def open_charge(battery: Battery) -> list[ChargeRow]:
    """Return the row of the charge that goes on, if one does."""
    one = battery.charge
    return [charge(one, lasts=True)] if one is not None and is_charge(one) else []


def tank_level(tank: Tank) -> TankRow:
    """Return the row of a level of the tank."""
    return TankRow(
        started_at=instant(tank.started_ms or 0),
        ended_at=instant(tank.ended_ms),
        lat=tank.place.lat if tank.place else None,
        lon=tank.place.lon if tank.place else None,
        first_pct=tank.first_pct,
        last_pct=median(tank.readings_pct),
        reading_count=tank.count,
    )


def open_level(tank: Tank) -> list[TankRow]:
    """Return the row of the level as it stands, if it has settled."""
    return [tank_level(tank)] if tank.started_ms is not None and tank.count >= ENOUGH else []

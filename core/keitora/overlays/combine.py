"""Sums of trips put together, and of parts cut out of one. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from keitora.overlays.model import Share, Shares
from keitora.trips.model import StoredTrip


def combined(parts: Sequence[StoredTrip]) -> StoredTrip:
    """Return several trips as one, from the first's start to the last's end. A sum is unknown if no part knows it."""
    if len(parts) == 1:
        return parts[0]
    first, last = parts[0], parts[-1]
    longest = max(parts, key=lambda part: part.distance_m or 0.0)
    thirstiest = max(parts, key=lambda part: part.fuel_l or 0.0)
    return replace(
        last,
        started_at=first.started_at,
        start_lat=first.start_lat,
        start_lon=first.start_lon,
        distance_m=_sum(part.distance_m for part in parts),
        distance_source=longest.distance_source,
        distance_second_m=None
        if any(part.distance_second_m is None for part in parts)
        else _sum(part.distance_second_m for part in parts),
        moving_s=sum(part.moving_s for part in parts),
        idle_s=sum(part.idle_s for part in parts),
        gap_s=sum(part.gap_s for part in parts),
        max_speed_kmh=max((part.max_speed_kmh for part in parts if part.max_speed_kmh is not None), default=None),
        climb_m=_sum(part.climb_m for part in parts),
        engine_known_s=sum(part.engine_known_s for part in parts),
        engine_on_s=sum(part.engine_on_s for part in parts),
        fuel_l=_sum(part.fuel_l for part in parts),
        fuel_plus_minus_l=_sum(part.fuel_plus_minus_l for part in parts),
        fuel_calibrated_ratio=thirstiest.fuel_calibrated_ratio,
        measured_l=sum(part.measured_l for part in parts),
        maf_l=sum(part.maf_l for part in parts),
        speed_density_l=sum(part.speed_density_l for part in parts),
        absolute_load_l=sum(part.absolute_load_l for part in parts),
        road_load_l=sum(part.road_load_l for part in parts),
        fuel_method=thirstiest.fuel_method,
        fuel_known_s=sum(part.fuel_known_s for part in parts),
        energy_kwh=_sum(part.energy_kwh for part in parts),
        energy_plus_minus_kwh=_sum(part.energy_plus_minus_kwh for part in parts),
        soc_from_pct=first.soc_from_pct,
        idle_l=sum(part.idle_l for part in parts),
        cost=_sum(part.cost for part in parts),
        cost_plus_minus=_sum(part.cost_plus_minus for part in parts),
        idle_cost=_sum(part.idle_cost for part in parts),
        co2_kg=_sum(part.co2_kg for part in parts),
    )


def cut_out(trip: StoredTrip, from_at: datetime, to_at: datetime, shares: Shares) -> StoredTrip:
    """Return the part of a trip between two moments; its sums are those shares of the whole's."""
    if from_at == trip.started_at and to_at == trip.ended_at:
        return trip
    begin, end = share_before(trip, from_at, shares), share_before(trip, to_at, shares)
    distance, moving = end.distance - begin.distance, end.moving - begin.moving
    engine, fuel, time = end.engine - begin.engine, end.fuel - begin.fuel, end.time - begin.time
    last = to_at == trip.ended_at
    return replace(
        trip,
        started_at=from_at,
        ended_at=to_at,
        start_lat=trip.start_lat if from_at == trip.started_at else begin.lat,
        start_lon=trip.start_lon if from_at == trip.started_at else begin.lon,
        end_lat=trip.end_lat if last else end.lat,
        end_lon=trip.end_lon if last else end.lon,
        distance_m=_part(trip.distance_m, distance),
        distance_second_m=_part(trip.distance_second_m, distance),
        moving_s=trip.moving_s * moving,
        idle_s=trip.idle_s * time,
        gap_s=trip.gap_s * time,
        climb_m=_part(trip.climb_m, distance),
        engine_known_s=trip.engine_known_s * time,
        engine_on_s=trip.engine_on_s * engine,
        fuel_l=_part(trip.fuel_l, fuel),
        fuel_plus_minus_l=_part(trip.fuel_plus_minus_l, fuel),
        measured_l=trip.measured_l * fuel,
        maf_l=trip.maf_l * fuel,
        speed_density_l=trip.speed_density_l * fuel,
        absolute_load_l=trip.absolute_load_l * fuel,
        road_load_l=trip.road_load_l * fuel,
        fuel_known_s=trip.fuel_known_s * engine,
        energy_kwh=_part(trip.energy_kwh, fuel),
        energy_plus_minus_kwh=_part(trip.energy_plus_minus_kwh, fuel),
        soc_from_pct=trip.soc_from_pct if from_at == trip.started_at else None,
        soc_to_pct=trip.soc_to_pct if last else None,
        idle_l=trip.idle_l * time,
        cost=_part(trip.cost, fuel),
        cost_plus_minus=_part(trip.cost_plus_minus, fuel),
        idle_cost=_part(trip.idle_cost, time),
        co2_kg=_part(trip.co2_kg, fuel),
        is_latest=trip.is_latest and last,
    )


def share_before(trip: StoredTrip, at: datetime, shares: Shares) -> Share:
    """Return what part of a trip lay before a moment: as read from its trace, else by time."""
    if at <= trip.started_at:
        return Share(0.0, 0.0, 0.0, 0.0, 0.0)
    if at >= trip.ended_at:
        return Share(1.0, 1.0, 1.0, 1.0, 1.0)
    known = shares.get((trip.vehicle_id, at))
    if known is not None:
        return known
    part = (at - trip.started_at) / (trip.ended_at - trip.started_at)
    return Share(part, part, part, part, part)


def _part(value: float | None, share: float) -> float | None:
    return None if value is None else value * share


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None

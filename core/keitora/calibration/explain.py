"""A trip's litres, told from its samples to what is shown. Pure, but for the rows it is given."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from keitora.books.sample import Sample
from keitora.books.truck import Truck
from keitora.fuel.air import volumetric_efficiency
from keitora.fuel.estimate import flow
from keitora.fuel.methods import FuelMethod
from keitora.fuel.reading import EngineReading

_SIGNALS = (
    "engine_rpm", "fuel_rate_lph", "maf_gs", "map_kpa", "intake_temp_c", "absolute_load_pct", "lambda_ratio",
    "throttle_pct", "fuel_system_code", "speed_kmh", "gnss_speed_kmh", "altitude_m", "ignition_on", "battery_v",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToldTrip:
    """A trip as it is told: litres and their ± after calibration, energy by the battery as learnt, cost and CO2."""

    vehicle_name: str
    started_at: datetime
    ended_at: datetime
    distance_m: float | None
    engine_known_s: float
    engine_on_s: float
    fuel_known_s: float
    estimated_l: float | None
    fuel_l: float | None
    plus_minus_l: float | None
    energy_kwh: float | None = None
    plus_minus_kwh: float | None = None
    energy_method: str | None = None
    soc_from_pct: float | None = None
    soc_to_pct: float | None = None
    kwh_a_pct_at_half: float | None = None
    slope_ratio_a_pct: float | None = None
    swing_count: int | None = None
    cost: float | None = None
    currency: str | None = None
    co2_kg: float | None = None
    price_per_l: float | None = None
    price_per_kwh: float | None = None
    price_source: str | None = None


@dataclass(frozen=True, slots=True)
class MethodShare:
    """Litres of one method, and the factor of their time; None where it was not learnt."""

    method: str
    litres: float
    factor: float | None
    uncertainty_ratio: float | None
    tank_count: int | None


def explain(trip: ToldTrip, shares: Sequence[MethodShare], samples: Sequence[Sample], truck: Truck) -> Iterator[str]:
    """Yield the lines that lead from a trip's samples to its litres."""
    yield f"{trip.vehicle_name}, {trip.started_at:%Y-%m-%d %H:%M:%S} to {trip.ended_at:%H:%M:%S} UTC"
    yield f"Truck: {_truck(truck)}"
    heard = {name: sum(getattr(sample, name) is not None for sample in samples) for name in _SIGNALS}
    told = ", ".join(f"{name} {count}" for name, count in heard.items() if count)
    yield f"Samples: {len(samples)} ({told or 'no signal of engine or movement'})"
    if truck.energy == "electric":
        yield from _energy(trip)
        yield from _money(trip)
        return
    yield (
        f"Engine: known for {trip.engine_known_s:.0f} s, ran for {trip.engine_on_s:.0f} s, "
        f"its fuel known for {trip.fuel_known_s:.0f} s"
    )
    yield from _moment(samples, truck)
    for one in shares:
        yield _share(one)
    if trip.fuel_l is None or trip.plus_minus_l is None:
        yield "Litres: not known. Too little of the engine's running, or of its fuel, was heard."
        return
    yield f"Litres: {trip.estimated_l or 0:.3f} estimated, {trip.fuel_l:.3f} told, ± {trip.plus_minus_l:.3f}"
    if trip.distance_m and trip.fuel_l > 0:
        km = trip.distance_m / 1000
        yield f"Economy: {km:.2f} km / {trip.fuel_l:.3f} L = {km / trip.fuel_l:.2f} km/L"
    yield from _money(trip)


def _energy(trip: ToldTrip) -> Iterator[str]:
    if trip.energy_kwh is None:
        yield "Energy: not known. Neither power nor a state of charge with a learnt battery was heard for long enough."
        return
    told = f"Energy: {trip.energy_kwh:.3f} kWh, ± {trip.plus_minus_kwh or 0:.3f}"
    if trip.energy_method == "soc":
        yield (
            f"State of charge: {trip.soc_from_pct or 0:.1f} to {trip.soc_to_pct or 0:.1f} %; a per cent holds "
            f"{trip.kwh_a_pct_at_half or 0:.4f} kWh at half charge, {100 * (trip.slope_ratio_a_pct or 0):.2f} % more "
            f"for each per cent above it (learnt from {trip.swing_count or 0} drives and charges)"
        )
        yield told
    else:
        yield f"{told}: the integral of voltage and current, or of power"
    if trip.distance_m and trip.energy_kwh > 0:
        km = trip.distance_m / 1000
        yield f"Economy: {km:.2f} km / {trip.energy_kwh:.3f} kWh = {km / trip.energy_kwh:.2f} km/kWh"


def _money(trip: ToldTrip) -> Iterator[str]:
    if trip.cost is not None:
        price, unit = (trip.price_per_l, "L") if trip.price_per_l is not None else (trip.price_per_kwh, "kWh")
        yield f"Cost: {trip.cost:.2f} {trip.currency}, at {price or 0:.2f} a {unit} (by {trip.price_source})"
    if trip.co2_kg is not None:
        yield f"CO2: {trip.co2_kg:.2f} kg"


def _truck(truck: Truck) -> str:
    displacement = "displacement unknown" if truck.displacement_cc is None else f"{truck.displacement_cc:g} cc"
    weight = "weight unknown" if truck.kerb_kg is None else f"{truck.kerb_kg:g} kg"
    return f"{truck.energy}, {displacement}, {truck.induction} induction, {weight}, {truck.fuel_density_gpl:g} g/L"


def _share(one: MethodShare) -> str:
    if one.factor is None:
        return f"  {one.method}: {one.litres:.3f} L, no factor learnt yet"
    return (
        f"  {one.method}: {one.litres:.3f} L × {one.factor:.3f} (± {100 * (one.uncertainty_ratio or 0):.0f} %, "
        f"from {one.tank_count} full tanks) = {one.litres * one.factor:.3f} L"
    )


def _moment(samples: Sequence[Sample], truck: Truck) -> Iterator[str]:
    """Yield one moment worked out with its numbers: that of the highest flow the engine's own signals tell."""
    best: tuple[float, FuelMethod, Sample] | None = None
    for sample in samples:
        reading = EngineReading(
            engine_rpm=sample.engine_rpm,
            fuel_rate_lph=sample.fuel_rate_lph,
            maf_gs=sample.maf_gs,
            map_kpa=sample.map_kpa,
            intake_temp_c=sample.intake_temp_c,
            baro_kpa=sample.baro_kpa,
            absolute_load_pct=sample.absolute_load_pct,
            lambda_ratio=sample.lambda_ratio,
            lambda_answers=bool(sample.lambda_ratio),
        )
        found = flow(reading, truck)
        if found and found.method and (best is None or found.fuel_lph > best[0]):
            best = (found.fuel_lph, found.method, sample)
    if best is not None:
        lph, method, sample = best
        yield f"Highest flow: {_formula(method, sample, truck)} = {lph:.2f} L/h ({method})"


def _formula(method: FuelMethod, sample: Sample, truck: Truck) -> str:
    ratio = sample.lambda_ratio or 1.0
    burnt = f"· 3600 / (14.7 · λ {ratio:.3f} · {truck.fuel_density_gpl:g})"
    if method is FuelMethod.MEASURED:
        return "as told by the engine"
    if method is FuelMethod.MAF:
        return f"{sample.maf_gs:.2f} g/s {burnt}"
    litres = (truck.displacement_cc or 0.0) / 1000
    if method is FuelMethod.ABSOLUTE_LOAD:
        return f"{sample.absolute_load_pct:.1f} % · 1.184 g/L · {litres:g} L · {sample.engine_rpm:.0f}/120 {burnt}"
    rpm, pressure = sample.engine_rpm or 0.0, sample.map_kpa or 1.0
    efficiency = truck.volumetric_efficiency or volumetric_efficiency(
        engine_rpm=rpm, map_kpa=pressure, induction=truck.induction, baro_kpa=sample.baro_kpa
    )
    kelvin = (sample.intake_temp_c or 0.0) + 273.15
    return f"{rpm:.0f}/120 · VE {efficiency:.2f} · {litres:g} L · {pressure:.0f} kPa · 3.4845/{kelvin:.0f} K {burnt}"

"""The fuel and energy used between two samples, from the engine's and the battery's last values."""

from typing import Final

from keitora.books.sample import Sample
from keitora.books.state import Engine, Held
from keitora.books.totals import Totals
from keitora.books.truck import Truck
from keitora.fuel.cut import CUT_ABOVE_RPM, OVERRUN_KPA
from keitora.fuel.estimate import RUNNING_RPM, Flow, flow
from keitora.fuel.methods import (
    ABSOLUTE_LOAD,
    MAF,
    MEASURED,
    ROAD_LOAD,
    SPEED_DENSITY,
    UNCERTAINTY,
    FuelMethod,
)
from keitora.fuel.reading import EngineReading

HOLD_MS: Final = 10_000
"""A flow or power is carried on for so long at most; a longer silence is unknown, not the last value."""
SLOW_HOLD_MS: Final = 120_000
"""What changes slowly, and loggers ask for rarely: intake air, barometer, fuel system, ignition, starter battery."""
_IDLE_RPM: Final = 1100.0
_SAME_THROTTLE_PCT: Final = 0.5
_REST_MS: Final = 30 * 60_000
_JUST_NOW_MS: Final = 3_000


def meter(engine: Engine, sample: Sample, truck: Truck, totals: Totals, *, alive: bool = True) -> None:
    """Take in the sample's engine signals and add what was used since the last ones to `totals`.

    Loggers ask for one signal after the other, so a moment is put together from the last values, each with its age.
    A running engine whose values have not changed for long (`alive` is False) is an unknown one.
    """
    if _take(engine, sample):
        if sample.throttle_pct is not None:
            _note_idle_throttle(engine, sample)
        _meter_fuel(engine, sample.at_ms, truck, totals, alive=alive)
    _meter_energy(engine, sample, totals)


def _take(engine: Engine, sample: Sample) -> bool:
    """Note the engine's signals; return whether there was any. Spelt out: once a sample."""
    at_ms, taken = sample.at_ms, False
    if sample.engine_rpm is not None:
        engine.rpm.value, engine.rpm.at_ms, taken = sample.engine_rpm, at_ms, True
    if sample.fuel_rate_lph is not None:
        engine.fuel_rate.value, engine.fuel_rate.at_ms, taken = sample.fuel_rate_lph, at_ms, True
    if sample.maf_gs is not None:
        engine.maf.value, engine.maf.at_ms, taken = sample.maf_gs, at_ms, True
    if sample.map_kpa is not None:
        engine.pressure.value, engine.pressure.at_ms, taken = sample.map_kpa, at_ms, True
    if sample.intake_temp_c is not None:
        engine.intake.value, engine.intake.at_ms, taken = sample.intake_temp_c, at_ms, True
    if sample.lambda_ratio is not None:
        engine.ratio.value, engine.ratio.at_ms, taken = sample.lambda_ratio, at_ms, True
    taken = _take_rare(engine, sample) or taken
    if sample.lambda_ratio:
        engine.lambda_answers = True  # some loggers send 0 for a signal the truck does not have
    return taken


def _take_rare(engine: Engine, sample: Sample) -> bool:
    at_ms, taken = sample.at_ms, False
    if sample.absolute_load_pct is not None:
        engine.load.value, engine.load.at_ms, taken = sample.absolute_load_pct, at_ms, True
    if sample.throttle_pct is not None:
        engine.throttle.value, engine.throttle.at_ms, taken = sample.throttle_pct, at_ms, True
    if sample.baro_kpa is not None:
        engine.baro.value, engine.baro.at_ms, taken = sample.baro_kpa, at_ms, True
    if sample.fuel_system_code is not None:
        engine.fuel_system.value, engine.fuel_system.at_ms, taken = sample.fuel_system_code, at_ms, True
    return taken


def _note_idle_throttle(engine: Engine, sample: Sample) -> None:
    """Remember where the throttle rests: its lowest position of half an hour at idle, or at revs on an empty manifold.

    A truck that hardly idles and answers slowly shows its rest on the overrun alone.
    """
    rpm = engine.rpm.within(sample.at_ms, HOLD_MS)
    if rpm is None or sample.throttle_pct is None:
        return
    kpa = engine.pressure.within(sample.at_ms, _JUST_NOW_MS)
    is_overrun = rpm >= CUT_ABOVE_RPM and kpa is not None and kpa < OVERRUN_KPA
    if not is_overrun and not RUNNING_RPM < rpm < _IDLE_RPM:
        return
    rest: Held = engine.idle_throttle
    lowest = rest.within(sample.at_ms, _REST_MS)
    if lowest is None or sample.throttle_pct <= lowest + _SAME_THROTTLE_PCT:
        rest.value = sample.throttle_pct if lowest is None else min(lowest, sample.throttle_pct)
        rest.at_ms = sample.at_ms


def _reading(engine: Engine, at_ms: int) -> EngineReading:
    """Put a moment together from the last values that are not too old. Spelt out: once a sample."""
    since_ms, slow_ms = at_ms - HOLD_MS, at_ms - SLOW_HOLD_MS
    rpm, rate, maf, pressure = engine.rpm, engine.fuel_rate, engine.maf, engine.pressure
    intake, baro, load, ratio = engine.intake, engine.baro, engine.load, engine.ratio
    system, throttle, idle = engine.fuel_system, engine.throttle, engine.idle_throttle
    return EngineReading(
        rpm.value if rpm.at_ms >= since_ms else None,
        rate.value if rate.at_ms >= since_ms else None,
        maf.value if maf.at_ms >= since_ms else None,
        pressure.value if pressure.at_ms >= since_ms else None,
        intake.value if intake.at_ms >= slow_ms else None,
        baro.value if baro.at_ms >= slow_ms else None,
        load.value if load.at_ms >= since_ms else None,
        ratio.value if ratio.at_ms >= since_ms else None,
        engine.lambda_answers,
        int(system.value) if system.at_ms >= since_ms else None,
        throttle.value if throttle.at_ms >= since_ms else None,
        idle.value if idle.at_ms >= at_ms - _REST_MS else None,
    )


def _meter_fuel(engine: Engine, at_ms: int, truck: Truck, totals: Totals, *, alive: bool) -> None:
    rpm = engine.rpm.within(at_ms, HOLD_MS)
    now = flow(_reading(engine, at_ms), truck)
    if rpm is not None and rpm >= RUNNING_RPM and not alive:
        rpm = now = None  # no engine turns so evenly: the dongle repeats itself
    lasted_s = (at_ms - engine.flow_at_ms) / 1000
    if rpm is not None and 0 < lasted_s <= HOLD_MS / 1000:
        totals.engine_known_s += lasted_s
        if rpm >= RUNNING_RPM:
            totals.engine_on_s += lasted_s
        if now is not None:
            _add_flow(totals, now, engine.flow_lph, lasted_s)
    engine.flow_lph = now.fuel_lph if now else None
    engine.flow_at_ms = at_ms


def _add_flow(totals: Totals, now: Flow, before_lph: float | None, lasted_s: float) -> None:
    if now.method is None:
        return  # the engine stands
    mean_lph = now.fuel_lph if before_lph is None else (now.fuel_lph + before_lph) / 2
    add_fuel(totals, now.method, mean_lph, lasted_s)


def add_fuel(totals: Totals, method: FuelMethod, mean_lph: float, lasted_s: float) -> None:
    """Add what flowed over a time to the litres of its method, and to what is known and how surely."""
    used_l = mean_lph * lasted_s / 3600
    totals.fuel_known_s += lasted_s
    # A method's error is the same all day: it does not average out.
    totals.fuel_plus_minus_l += used_l * UNCERTAINTY[method]
    if method is MEASURED:
        totals.measured_l += used_l
    elif method is MAF:
        totals.maf_l += used_l
    elif method is SPEED_DENSITY:
        totals.speed_density_l += used_l
    elif method is ABSOLUTE_LOAD:
        totals.absolute_load_l += used_l
    else:
        totals.road_load_l += used_l


def _meter_energy(engine: Engine, sample: Sample, totals: Totals) -> None:
    if sample.hv_voltage_v is not None:
        engine.voltage.value, engine.voltage.at_ms = sample.hv_voltage_v, sample.at_ms
    if sample.hv_current_a is not None:
        engine.current.value, engine.current.at_ms = sample.hv_current_a, sample.at_ms
    power_kw = sample.hv_power_kw
    if power_kw is None and (sample.hv_voltage_v is not None or sample.hv_current_a is not None):
        volts = engine.voltage.within(sample.at_ms, HOLD_MS)
        amps = engine.current.within(sample.at_ms, HOLD_MS)
        power_kw = volts * amps / 1000 if volts is not None and amps is not None else None
    if power_kw is None:
        return
    lasted_s = (sample.at_ms - engine.power_at_ms) / 1000
    if engine.power_kw is not None and 0 < lasted_s <= HOLD_MS / 1000:
        totals.energy_known_s += lasted_s
        totals.energy_kwh -= (power_kw + engine.power_kw) / 2 * lasted_s / 3600  # into the battery is positive
    engine.power_kw = power_kw
    engine.power_at_ms = sample.at_ms


def litres_by_method(totals: Totals) -> dict[FuelMethod, float]:
    """Return the litres got by each method, best method first."""
    return {
        MEASURED: totals.measured_l,
        MAF: totals.maf_l,
        SPEED_DENSITY: totals.speed_density_l,
        ABSOLUTE_LOAD: totals.absolute_load_l,
        ROAD_LOAD: totals.road_load_l,
    }


def method_of(totals: Totals) -> FuelMethod | None:
    """Return the method most of the litres were got by, or None where no litre was."""
    litres = litres_by_method(totals)
    best = max(litres, key=litres.__getitem__)
    return best if litres[best] > 0 else None


def known_fuel_l(totals: Totals) -> float | None:
    """Return the litres used, or None where too little is known to say.

    Known is a stretch whose engine state was known for half of the time, and its flow for half of the time it ran;
    the unknown rest of it is not filled up.
    """
    whole_s = totals.moving_s + totals.idle_s
    if totals.engine_known_s <= 0 or totals.engine_known_s < 0.5 * whole_s:
        return None
    return totals.fuel_l if totals.fuel_known_s >= 0.5 * totals.engine_on_s else None

"""Forget what says nothing any more, so that states which once differed come to be equal. Pure, but for the state."""

from typing import Final

from keitora.books.state import LONG_AGO_MS, Engine, Positions, Road, State, Wheels
from keitora.derive.count import HOLD_MS
from keitora.energy.follow import forget_battery
from keitora.fuel.meter import SLOW_HOLD_MS
from keitora.fuel.road_meter import SILENCE_MS
from keitora.trips.movement import HUNG_MS

LONG_MS: Final = 6 * 3600_000
ASLEEP_MS: Final = 14 * 24 * 3600_000
"""An electric truck may stand at the cable, silent, for so long."""


def forget_stale(state: State, at_ms: int) -> None:
    """Forget held values that are too old to be used. Called at checkpoints, while the truck is on no trip."""
    _forget_engine(state.engine, at_ms)
    _forget_wheels(state.wheels, at_ms)
    _forget_positions(state.positions, at_ms)
    if at_ms - state.road.at_ms > SILENCE_MS:
        state.road = Road()
    state.odometer.forget(at_ms, LONG_MS)
    state.warmth.forget(at_ms, LONG_MS)
    forget_battery(state.battery, at_ms, ASLEEP_MS)
    if at_ms - state.tank.rolled_ms > LONG_MS:
        state.tank.rolled_ms = LONG_AGO_MS


def _forget_engine(engine: Engine, at_ms: int) -> None:
    for held in (engine.rpm, engine.maf, engine.pressure):
        held.forget(at_ms, HUNG_MS)
    for held in (engine.fuel_rate, engine.ratio, engine.voltage, engine.current, engine.load, engine.throttle):
        held.forget(at_ms, HOLD_MS)
    for held in (engine.fuel_system, engine.baro, engine.ignition, engine.starter_battery):
        held.forget(at_ms, SLOW_HOLD_MS)
    engine.idle_throttle.forget(at_ms, LONG_MS)
    engine.intake.forget(at_ms, SLOW_HOLD_MS)
    if engine.ratio.at_ms == LONG_AGO_MS:
        engine.lambda_answers = False
    if at_ms - engine.flow_at_ms > HOLD_MS:
        engine.flow_lph, engine.flow_at_ms = None, 0
    if at_ms - engine.power_at_ms > HOLD_MS:
        engine.power_kw, engine.power_at_ms = None, 0


def _forget_wheels(wheels: Wheels, at_ms: int) -> None:
    wheels.speed.forget(at_ms, HUNG_MS)
    if wheels.speed.at_ms == LONG_AGO_MS:
        wheels.fix = wheels.anchor = None
        wheels.far_count, wheels.doubted = 0, False
        wheels.path_waiting_m = wheels.path_counted_m = 0.0
    if at_ms - wheels.alive_ms > HUNG_MS:
        wheels.alive_ms = LONG_AGO_MS
    if at_ms - wheels.changed_ms > HUNG_MS:
        wheels.changed_ms = LONG_AGO_MS


def _forget_positions(positions: Positions, at_ms: int) -> None:
    if positions.last is not None and at_ms - positions.last.at_ms > LONG_MS:
        positions.last = positions.device_id = None
        positions.blind_m = 0.0
    if positions.suspect is not None and at_ms - positions.suspect.at_ms > LONG_MS:
        positions.suspect, positions.suspect_count = None, 0

"""A demo truck's life: drive, stop, drive, for ever. Pure; the same state gives the same life.

An outing is one way and the stop after it. What happens in it depends only on the state it starts from, so a simulator
that was restarted goes through the outing again and leaves out the rows that were sent before.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from keitora_sim.recording import Row
from keitora_sim.truck.drive import Simulation
from keitora_sim.truck.model import Logger, Moment, Spec, State
from keitora_sim.truck.sensors import Sensors
from keitora_sim.truck.valley import VALLEY

_SHORT_STOP_S = (20, 110)
_LONG_STOP_S = (330, 560)  # long enough to end a trip
_IDLES_BELOW_S = 45
_REFUEL_BELOW_SHARE = 0.25
_CHARGE_BELOW_PCT = 30.0
_CHARGER_KW = 25.0
_CHARGE_S = 1500
_FIELDS = ("orchard", "terraces")
_WORKS_THERE = 0.6
_HARSH_PER_KM = 0.3
_PHONE_MOVING, _PHONE_STANDING = timedelta(seconds=10), timedelta(seconds=30)


def beginning(truck: Spec, at: datetime) -> State:
    """Return a truck on the morning of its first day in the demo."""
    rng = Random(f"{truck.key}:beginning")  # noqa: S311 -- reproducible, not secret
    tank_l = truck.engine.tank_l * rng.uniform(0.35, 0.95) if truck.engine else 0.0
    return State(
        at=at,
        place=rng.choice(truck.rounds),
        odometer_km=round(rng.uniform(18_000, 140_000), 1),
        tank_l=tank_l,
        soc_pct=rng.uniform(65, 95),
    )


def life(truck: Spec, state: State) -> Iterator[tuple[Row, State]]:
    """Yield a truck's rows for ever, each with the state its outing started from."""
    while True:
        start = state
        phone_due_at = start.at + _PHONE_MOVING
        simulation = Simulation(truck, start, VALLEY, seed=start.at.isoformat())
        sensors = Sensors(truck, VALLEY, Random(f"{start.at.isoformat()}:sensors"))  # noqa: S311 -- reproducible
        for moment in outing(truck, simulation, Random(f"{truck.key}:{start.at.isoformat()}")):  # noqa: S311 -- same
            row = sensors.row(moment)
            if truck.logger is Logger.PHONE:
                if moment.at < phone_due_at:
                    continue
                phone_due_at = moment.at + (_PHONE_MOVING if moment.speed_ms else _PHONE_STANDING)
            yield row, start
        state = simulation.state


def outing(truck: Spec, simulation: Simulation, rng: Random) -> Iterator[Moment]:
    """Yield a stop's end, a way, and the stop after it."""
    elsewhere = [place for place in truck.rounds if place != simulation.state.place]
    yield from simulation.starting()
    yield from simulation.standing(rng.randint(4, 12), is_on=True)
    simulation.loads(rng.uniform(0, 2 * truck.load_kg))
    simulation.drives_as(truck.temper, harsh_per_km=rng.choice((0.0, 0.0, _HARSH_PER_KM)))
    yield from simulation.driving_to(rng.choice(elsewhere))
    if simulation.state.place in _FIELDS and rng.random() < _WORKS_THERE:
        yield from simulation.creeping(rows=rng.randint(1, 3), row_m=rng.uniform(30, 60), pause_s=(5, 25))
    yield from _stop(truck, simulation, rng)


def _stop(truck: Spec, simulation: Simulation, rng: Random) -> Iterator[Moment]:
    if truck.motor and simulation.state.soc_pct < _CHARGE_BELOW_PCT:
        yield from simulation.standing(3, is_on=False)
        yield from simulation.standing(_CHARGE_S, is_on=False, charge_kw=_CHARGER_KW)
        return
    is_low = truck.engine is not None and simulation.state.tank_l < _REFUEL_BELOW_SHARE * truck.engine.tank_l
    seconds = rng.randint(*(_LONG_STOP_S if is_low or rng.random() < truck.rest_share else _SHORT_STOP_S))
    if seconds < _IDLES_BELOW_S:
        yield from simulation.standing(seconds, is_on=True)
        return
    yield from simulation.standing(seconds // 2, is_on=False)
    if is_low:
        simulation.refuel()
    yield from simulation.standing(seconds - seconds // 2, is_on=False)


def resumed(truck: Spec, state: State, sent_until: datetime) -> Iterator[tuple[Row, State]]:
    """Yield a truck's life from a kept state on, without the rows up to `sent_until`."""
    return ((row, start) for row, start in life(truck, state) if row.sampled_at > sent_until)

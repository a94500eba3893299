"""Air through a small engine: how much, at which manifold pressure, past which throttle. Pure.

Speed-density: the cylinders take in their volume every second turn, as full as the volumetric efficiency says. The
throttle is an orifice; below 0.528 of the outer pressure the flow through it is choked (isentropic flow, γ = 1.4).
"""

import math
from typing import Final

from keitora_sim.truck.model import Engine

_GAS_CONSTANT: Final = 287.05  # J/(kg K)
_GAMMA: Final = 1.4
_CHOKED: Final = 0.528
_WIDE_OPEN_GS_PER_KPA: Final = 1.05  # what a bore of 40 mm lets through, choked, for each kPa outside
_CLOSED_DEG: Final = 8.0
_WIDE_OPEN_PCT: Final = 86.0
THROTTLE_AT_REST_PCT: Final = 11.0
"""What the sensor shows with the foot off the pedal: at idle and on the overrun air comes by a valve beside it."""


def baro_kpa(altitude_m: float) -> float:
    """Return the pressure of the air at an altitude."""
    return 101.3 * math.exp(-altitude_m / 8400)


def air_flow_gs(engine: Engine, map_kpa: float, rpm: float, intake_c: float) -> float:
    """Return air flow (g/s) by speed-density, with the engine's one volumetric efficiency."""
    density_kgm3 = map_kpa * 1000 / (_GAS_CONSTANT * (intake_c + 273.15))
    return density_kgm3 * engine.displacement_cc * 1e-6 * engine.volumetric_efficiency * rpm / 120 * 1000


def tuned(engine: Engine, rpm: float) -> float:
    """Return how the true efficiency differs from that one over engine speed: resonance, within 2 %."""
    return 1 + 0.02 * math.sin(2 * math.pi * rpm / engine.most_torque_rpm)


def map_of(engine: Engine, air_gs: float, rpm: float, intake_c: float) -> float:
    """Return the manifold pressure (kPa) at which that much air flows."""
    return air_gs / (air_flow_gs(engine, 1.0, rpm, intake_c) * tuned(engine, rpm))


def throttle_pct(engine: Engine, air_gs: float, map_kpa: float, outside_kpa: float) -> float:
    """Return what the throttle's sensor shows for a flow at a pressure drop. A blower pumps: behind it, no drop."""
    if engine.boost_kpa and map_kpa > 0.9 * outside_kpa:
        share = 0.55 + 0.45 * min(1.0, (map_kpa - 0.9 * outside_kpa) / (engine.boost_kpa + 0.1 * outside_kpa))
    else:
        ratio = min(0.995, max(_CHOKED, map_kpa / outside_kpa))
        share = air_gs / (_WIDE_OPEN_GS_PER_KPA * outside_kpa * _flow(ratio) / _flow(_CHOKED))
    closed = math.cos(math.radians(_CLOSED_DEG))
    opened_deg = math.degrees(math.acos(max(0.0, closed - min(1.0, share) * closed)))
    opened_share = (opened_deg - _CLOSED_DEG) / (90 - _CLOSED_DEG)
    return min(100.0, THROTTLE_AT_REST_PCT + opened_share * (_WIDE_OPEN_PCT - THROTTLE_AT_REST_PCT))


def _flow(ratio: float) -> float:
    """Return the flow function of an orifice at a ratio of pressures."""
    return math.sqrt(max(1e-9, ratio ** (2 / _GAMMA) - ratio ** ((_GAMMA + 1) / _GAMMA)))

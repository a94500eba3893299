"""OVMS v3: which metric is which signal. Pure tables; units are the metrics' native ones, as sent."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keitora_ingestor.decode.scalars import Target

TYRE_COLUMNS: Final = ("tyre_front_left_kpa", "tyre_front_right_kpa", "tyre_rear_left_kpa", "tyre_rear_right_kpa")
"""The order of `v.t.pressure`."""

METRICS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        "v.p.latitude": Target("lat"),
        "v.p.longitude": Target("lon"),
        "v.p.altitude": Target("altitude_m"),
        "v.p.direction": Target("heading_deg"),
        "v.p.gpsspeed": Target("gnss_speed_kmh"),
        "v.p.gpshdop": Target("hdop_ratio"),
        "v.p.satcount": Target("satellite_count"),
        "v.p.speed": Target("speed_kmh"),
        "v.p.acceleration": Target("accel_forward_ms2"),
        "v.p.odometer": Target("odometer_km"),
        "v.e.on": Target("ignition_on"),
        "v.e.throttle": Target("pedal_pct"),
        "v.e.gear": Target("gear_number"),
        "v.e.temp": Target("ambient_temp_c"),
        "v.b.12v.voltage": Target("battery_v"),
        "v.b.soc": Target("soc_pct"),
        "v.b.soh": Target("soh_pct"),
        "v.b.voltage": Target("hv_voltage_v"),
        "v.b.current": Target("hv_current_a", -1.0),  # OVMS counts what flows out as positive
        "v.b.power": Target("hv_power_kw", -1.0),
        "v.b.temp": Target("hv_temp_c"),
        "v.b.range.est": Target("range_km"),
        "v.c.charging": Target("charging_on"),
        "m.net.sq": Target("signal_dbm"),
    }
)
"""Columns by metric, for electric trucks."""

O2_METRICS: Final[Mapping[str, Target | None]] = MappingProxyType(
    {
        "v.b.temp": Target("coolant_temp_c"),
        "v.i.temp": Target("intake_temp_c"),
        "v.m.temp": Target("oil_temp_c"),
        "v.m.rpm": Target("engine_rpm"),
        "v.b.soc": Target("fuel_level_pct"),
        "v.e.handbrake": None,  # engine not running, said once more
    }
)
"""What the generic OBD-II module (vehicle type O2) puts into an electric car's metrics; None: nothing of use."""

IGNORED: Final = frozenset({"v.p.gpstime", "v.vin", "v.type"})
IGNORED_PREFIXES: Final = ("v.b.c.", "m.", "s.")
"""The cells of the battery (hundreds of numbers), the module and its server connection."""

TRIP_LOG: Final[Mapping[int, str]] = MappingProxyType(
    {1: "v.p.latitude", 2: "v.p.longitude", 3: "v.p.altitude", 5: "v.p.odometer", 9: "v.b.soc", 10: "v.b.range.est",
     17: "v.b.soh", 24: "v.e.temp", 26: "v.b.temp", 27: "v.i.temp", 28: "v.m.temp"}
)  # fmt: skip
GRID_LOG: Final[Mapping[int, str]] = MappingProxyType(
    {1: "v.p.latitude", 2: "v.p.longitude", 3: "v.p.altitude", 20: "v.c.kwh", 21: "v.c.kwh.grid", 27: "v.b.soc",
     28: "v.b.range.est", 31: "v.b.voltage", 32: "v.b.temp", 35: "v.e.temp", 37: "v.b.soh", 44: "v.p.odometer"}
)  # fmt: skip
"""Metrics of a log record by the place of their field after the header; field 0 tells whether the fix is good."""

LOGS: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType({"*-LOG-Trip": TRIP_LOG, "*-LOG-Grid": GRID_LOG})


EVENTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vehicle.on": "ign_on",
        "vehicle.off": "ign_off",
        "vehicle.charge.start": "charge_start",
        "vehicle.charge.stop": "charge_stop",
        "vehicle.alarm.on": "alarm",
    }
)
"""Kinds of events by OVMS's name of them."""


def is_ignored(metric: str) -> bool:
    """Tell whether a metric says nothing of the truck that is kept."""
    return metric not in METRICS and (metric in IGNORED or metric.startswith(IGNORED_PREFIXES))


def target_of(metric: str, *, is_o2: bool) -> Target | None:
    """Return where a metric belongs on an electric truck or (`is_o2`) a petrol one; None where it has no column."""
    if is_o2 and metric in O2_METRICS:
        return O2_METRICS[metric]
    return METRICS.get(metric)

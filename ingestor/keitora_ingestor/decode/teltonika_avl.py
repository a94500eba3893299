"""Which canonical signal a Teltonika AVL id is. Values on the wire are raw integers; scale and sign are applied here.

From the AVL list of the FMC003 (firmware 03.28 and later). Ids without a canonical signal are kept as `x_io<id>`: 21
is bars, not dBm; 17, 18 and 19 are in the tracker's own axes; 12 and 13 are a model of consumption, not a measurement.
16 is the one odometer: 389 comes only now and then, and two odometers in one column would jump.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from keitora_ingestor.decode.mapped import Row, whole


class Avl(NamedTuple):
    """An AVL id's signal: raw * scale; `bits` is its width where it is signed (0 is unsigned)."""

    column: str
    scale: float = 1.0
    bits: int = 0


AVL: Final[Mapping[int, Avl]] = MappingProxyType(
    {
        16: Avl("odometer_km", 0.001),
        30: Avl("dtc_count"),
        31: Avl("engine_load_pct"),
        32: Avl("coolant_temp_c", bits=8),
        33: Avl("short_fuel_trim_pct", bits=8),
        35: Avl("map_kpa"),
        36: Avl("engine_rpm"),
        37: Avl("speed_kmh"),
        39: Avl("intake_temp_c", bits=8),
        40: Avl("maf_gs", 0.01),
        41: Avl("throttle_pct"),
        42: Avl("engine_run_s"),
        48: Avl("fuel_level_pct"),
        50: Avl("baro_kpa"),
        52: Avl("absolute_load_pct"),
        53: Avl("ambient_temp_c", bits=8),
        58: Avl("oil_temp_c"),
        60: Avl("fuel_rate_lph", 0.01),
        66: Avl("battery_v", 0.001),
        67: Avl("device_battery_v", 0.001),
        113: Avl("device_battery_pct"),
        182: Avl("hdop_ratio", 0.1),
        239: Avl("ignition_on"),
        390: Avl("fuel_volume_l", 0.1),
        410: Avl("charging_on"),
        411: Avl("soc_pct"),
        541: Avl("lambda_ratio", 0.01),
        542: Avl("map_kpa"),
        755: Avl("range_km"),
        1151: Avl("soh_pct"),
        1152: Avl("hv_temp_c", bits=8),
    }
)
SIGNED_KEPT: Final[Mapping[int, int]] = MappingProxyType({17: 16, 18: 16, 19: 16, 38: 8, 68: 16})
PRIVATE: Final = frozenset({256})
"""Ids that are not kept: 256 is the chassis number, which names a truck to outsiders."""


def put_avl(row: Row, avl_id: int, raw: object) -> None:
    """Fill a row's signal from an AVL id's raw value, or keep it as `x_io<id>`."""
    known = AVL.get(avl_id)
    if avl_id in PRIVATE:
        return
    if known is None:
        row.keep(f"io{avl_id}", _signed(raw, SIGNED_KEPT.get(avl_id, 0)))
    else:
        row.put(known.column, _signed(raw, known.bits), scale=known.scale)


def _signed(raw: object, bits: int) -> object:
    """Return a value that some gateways write as unsigned with its sign; anything else as it is."""
    value = whole(raw) if bits else None
    if value is None or not 2 ** (bits - 1) <= value < 2**bits:
        return raw
    return value - 2**bits

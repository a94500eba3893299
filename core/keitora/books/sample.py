"""What the fold reads of a stored sample."""

from typing import Final, NamedTuple


class Sample(NamedTuple):
    """One stored sample, as far as the fold cares. Times are Unix milliseconds; None means not sampled."""

    at_ms: int
    device_id: int
    lat: float | None = None
    lon: float | None = None
    altitude_m: float | None = None
    gnss_speed_kmh: float | None = None
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    odometer_km: float | None = None
    engine_rpm: float | None = None
    map_kpa: float | None = None
    maf_gs: float | None = None
    intake_temp_c: float | None = None
    lambda_ratio: float | None = None
    fuel_rate_lph: float | None = None
    hv_voltage_v: float | None = None
    hv_current_a: float | None = None
    hv_power_kw: float | None = None
    heading_deg: float | None = None
    accel_forward_ms2: float | None = None
    accel_left_ms2: float | None = None
    coolant_temp_c: float | None = None
    mil_on: bool | None = None
    dtc_count: int | None = None
    fuel_level_pct: float | None = None
    ignition_on: bool | None = None
    battery_v: float | None = None
    soc_pct: float | None = None
    ambient_temp_c: float | None = None
    absolute_load_pct: float | None = None
    baro_kpa: float | None = None
    throttle_pct: float | None = None
    fuel_system_code: int | None = None
    charging_on: bool | None = None


SIGNAL_FIELDS: Final[tuple[str, ...]] = Sample._fields[2:]

"""All canonical signals, in the order of their columns.

Columns, plausibility checks, the native format's keys, the documentation and the simulator are made from this table.
VSS paths: COVESA VSS 6.0 (paths under `Vehicle.OBD` are its OBD overlay). Ranges of OBD signals: what SAE J1979 can
express, narrowed to what a light vehicle can do, so that the sentinel 255 km/h or a MAP of 0 kPa is recognised.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keitora.signals.model import Kind, Signal

_F, _D, _I, _B = Kind.FLOAT, Kind.DOUBLE, Kind.INTEGER, Kind.FLAG
_ENGINE: Final = "Vehicle.Powertrain.CombustionEngine."
_PLACE: Final = "Vehicle.CurrentLocation."
_BATTERY: Final = "Vehicle.Powertrain.TractionBattery."
_TYRE: Final = "Vehicle.Chassis.Axle.{}.Wheel.{}.Tire.Pressure"


def _s(  # noqa: PLR0917 -- a row of the table below
    column: str, wire: str, kind: Kind, unit: str, lo: float, hi: float, vss: str | None, en: str, ja: str
) -> Signal:
    return Signal(column=column, wire=wire, kind=kind, unit=unit, minimum=lo, maximum=hi, vss=vss, en=en, ja=ja)


# fmt: off
SIGNALS: Final[tuple[Signal, ...]] = (
    # where it is
    _s("lat", "lat", _D, "deg", -90, 90, _PLACE + "Latitude", "Latitude (WGS 84)", "緯度"),
    _s("lon", "lon", _D, "deg", -180, 180, _PLACE + "Longitude", "Longitude (WGS 84)", "経度"),
    _s("altitude_m", "alt", _F, "m", -450, 6000, _PLACE + "Altitude", "Altitude", "標高"),
    _s("gnss_speed_kmh", "gspd", _F, "km/h", 0, 200, None, "Speed measured by the satellite receiver", "GNSS速度"),
    _s("heading_deg", "hdg", _F, "deg", 0, 360, _PLACE + "Heading", "Course over ground, north = 0", "進行方向"),
    _s("accuracy_m", "hacc", _F, "m", 0, 100_000, _PLACE + "HorizontalAccuracy", "Radius of confidence of the position", "位置精度"),
    _s("satellite_count", "sat", _I, "1", 0, 100, None, "Satellites used", "衛星数"),
    _s("hdop_ratio", "hdop", _F, "1", 0, 100, None, "Horizontal dilution of precision", "HDOP"),
    # how it moves
    _s("speed_kmh", "spd", _F, "km/h", 0, 200, "Vehicle.Speed", "Speed from the wheels", "車速"),
    _s("odometer_km", "odo", _D, "km", 0, 2_000_000, "Vehicle.TraveledDistance", "Odometer", "走行距離計"),
    _s("accel_forward_ms2", "ax", _F, "m/s2", -40, 40, "Vehicle.Acceleration.Longitudinal", "Acceleration, forward positive (ISO 8855)", "前後加速度"),
    _s("accel_left_ms2", "ay", _F, "m/s2", -40, 40, "Vehicle.Acceleration.Lateral", "Acceleration, left positive (ISO 8855)", "左右加速度"),
    _s("accel_up_ms2", "az", _F, "m/s2", -40, 40, "Vehicle.Acceleration.Vertical", "Acceleration, up positive (ISO 8855)", "上下加速度"),
    _s("gear_number", "gear", _I, "1", -1, 10, "Vehicle.Powertrain.Transmission.CurrentGear", "Gear, 0 neutral, -1 reverse", "ギア"),
    # the engine
    _s("engine_rpm", "rpm", _F, "rpm", 0, 12_000, _ENGINE + "Speed", "Engine speed", "エンジン回転数"),
    _s("coolant_temp_c", "ect", _F, "degC", -40, 160, _ENGINE + "EngineCoolant.Temperature", "Coolant temperature", "冷却水温"),
    _s("oil_temp_c", "eot", _F, "degC", -40, 200, _ENGINE + "EngineOil.Temperature", "Oil temperature", "油温"),
    _s("intake_temp_c", "iat", _F, "degC", -40, 150, "Vehicle.OBD.IntakeTemp", "Intake air temperature", "吸気温"),
    _s("map_kpa", "map", _F, "kPa", 5, 254, _ENGINE + "MAP", "Intake manifold absolute pressure", "吸気管圧力"),
    _s("maf_gs", "maf", _F, "g/s", 0, 400, _ENGINE + "MAF", "Mass air flow", "吸入空気量"),
    _s("throttle_pct", "tps", _F, "%", 0, 100, "Vehicle.OBD.ThrottlePosition", "Throttle position", "スロットル開度"),
    _s("pedal_pct", "ped", _F, "%", 0, 100, "Vehicle.Chassis.Accelerator.PedalPosition", "Accelerator pedal", "アクセル開度"),
    _s("engine_load_pct", "load", _F, "%", 0, 100, "Vehicle.OBD.EngineLoad", "Calculated load (PID 04)", "エンジン負荷"
    ), _s("absolute_load_pct", "aload", _F, "%", 0, 400, "Vehicle.OBD.AbsoluteLoad", "Absolute load (PID 43)", "絶対負荷"), _s(
        "lambda_ratio", "lam", _F, "1", 0, 2, "Vehicle.OBD.CommandedEquivalenceRatio", "Air to fuel against stoichiometric (PID 44)", "空燃比λ"),
    _s("short_fuel_trim_pct", "stft", _F, "%", -100, 100, "Vehicle.OBD.ShortTermFuelTrim1", "Short-term fuel trim", "短期燃料補正"),
    _s("long_fuel_trim_pct", "ltft", _F, "%", -100, 100, "Vehicle.OBD.LongTermFuelTrim1", "Long-term fuel trim", "長期燃料補正"),
    _s("baro_kpa", "baro", _F, "kPa", 40, 115, "Vehicle.OBD.BarometricPressure", "Barometric pressure", "大気圧"),
    _s("fuel_system_code", "fss", _I, "1", 0, 31, "Vehicle.OBD.FuelSystem1Status", "Fuel system status (PID 03)", "燃料系統状態"),
    _s("engine_run_s", "rt", _F, "s", 0, 65_535, "Vehicle.OBD.RunTime", "Time since engine start (PID 1F)", "始動後時間"),
    _s("mil_on", "mil", _B, "1", 0, 1, "Vehicle.OBD.Status.IsMILOn", "Engine warning lamp", "警告灯"),
    _s("dtc_count", "dtcn", _I, "1", 0, 127, "Vehicle.Diagnostics.DTCCount", "Stored trouble codes", "故障コード数"),
    # fuel
    _s("fuel_rate_lph", "fr", _F, "L/h", 0, 100, "Vehicle.OBD.FuelRate", "Fuel rate measured by the engine (PID 5E, 9D)", "燃料流量"),
    _s("fuel_level_pct", "fl", _F, "%", 0, 100, "Vehicle.Powertrain.FuelSystem.RelativeLevel", "Tank level", "燃料残量"
    ), _s(
        "fuel_volume_l", "flv", _F, "L", 0, 200, "Vehicle.Powertrain.FuelSystem.AbsoluteLevel", "Fuel in the tank", "燃料量"),
    # electricity
    _s("ignition_on", "ign", _B, "1", 0, 1, "Vehicle.LowVoltageSystemState", "Ignition on", "イグニッション"),
    _s("battery_v", "v12", _F, "V", 0, 36, "Vehicle.LowVoltageBattery.CurrentVoltage", "Starter battery voltage", "バッテリー電圧"),
    _s("soc_pct", "soc", _F, "%", 0, 100, _BATTERY + "StateOfCharge.Current", "Traction battery charge", "充電率"),
    _s("soh_pct", "soh", _F, "%", 0, 120, _BATTERY + "StateOfHealth", "Traction battery health", "電池健全度"),
    _s("hv_voltage_v", "hvv", _F, "V", 0, 1000, _BATTERY + "CurrentVoltage", "Traction battery voltage", "駆動用電圧"),
    _s("hv_current_a", "hva", _F, "A", -1000, 1000, _BATTERY + "CurrentCurrent", "Traction battery current, into the battery positive", "駆動用電流"),
    _s("hv_power_kw", "hvp", _F, "kW", -500, 500, _BATTERY + "CurrentPower", "Traction battery power, into the battery positive", "駆動用電力"),
    _s("hv_temp_c", "hvt", _F, "degC", -40, 100, _BATTERY + "Temperature.Average", "Traction battery temperature", "駆動用電池温度"),
    _s("range_km", "rng", _F, "km", 0, 2000, "Vehicle.Powertrain.Range", "Range left by the truck's own estimate", "航続可能距離"),
    _s("charging_on", "chg", _B, "1", 0, 1, _BATTERY + "Charging.IsCharging", "Traction battery is charging", "充電中"),
    # body
    _s("ambient_temp_c", "amb", _F, "degC", -60, 70, "Vehicle.Exterior.AirTemperature", "Outside temperature", "外気温"
    ), _s(
        "tyre_front_left_kpa", "tpfl", _F, "kPa", 0, 1000, _TYRE.format("Row1", "Left"), "Tyre pressure, front left", "左前輪空気圧"),
    _s("tyre_front_right_kpa", "tpfr", _F, "kPa", 0, 1000, _TYRE.format("Row1", "Right"), "Tyre pressure, front right", "右前輪空気圧"),
    _s("tyre_rear_left_kpa", "tprl", _F, "kPa", 0, 1000, _TYRE.format("Row2", "Left"), "Tyre pressure, rear left", "左後輪空気圧"),
    _s("tyre_rear_right_kpa", "tprr", _F, "kPa", 0, 1000, _TYRE.format("Row2", "Right"), "Tyre pressure, rear right", "右後輪空気圧"),
    # the logger itself
    _s("device_battery_pct", "batt", _F, "%", 0, 100, None, "Charge of the logger's or phone's own battery", "端末電池残量"),
    _s("device_battery_v", "vb", _F, "V", 0, 20, None, "Voltage of the logger's own battery", "端末電池電圧"),
    _s("signal_dbm", "rssi", _F, "dBm", -150, 0, None, "Strength of the radio signal", "電波強度"),
)
# fmt: on

BY_COLUMN: Final[Mapping[str, Signal]] = MappingProxyType({signal.column: signal for signal in SIGNALS})
BY_WIRE: Final[Mapping[str, Signal]] = MappingProxyType({signal.wire: signal for signal in SIGNALS})
COLUMNS: Final[tuple[str, ...]] = tuple(BY_COLUMN)

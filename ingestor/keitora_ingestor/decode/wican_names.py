"""What WiCAN's users and vehicle profiles call a signal, and which one it is."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keitora.signals.registry import COLUMNS
from keitora_ingestor.decode.pids import column_of
from keitora_ingestor.decode.scalars import GS_TO_LPH, MILE_KM, PSI_KPA, Target

_PID_KEY: Final = re.compile(
    r"(?:(?:01|0x)?(?P<bare>[0-9a-f]{2})|01(?P<tail>[0-9a-f]{2})[-_ ].*|(?P<named>[0-9a-f]{2})-.*)",
    re.IGNORECASE | re.DOTALL,
)
_MONITOR_STATUS: Final = 0x01
_UNSCALED: Final = frozenset({0x03, 0x66, 0x9D})
"""PIDs whose number WiCAN passes on without a formula, or with one of its own."""
_SECOND_CHOICE: Final = frozenset({"socd", "controlmodulevolt", "controlmodulevoltage"})
_SECOND_CHOICE_PIDS: Final = frozenset({0x42, 0x5B})

_NAMES: Final[Mapping[str, str]] = {
    "speed_kmh": "speed vehiclespeed carspeed vss",
    "odometer_km": "odometer odo",
    "gear_number": "gear pcmgear currentgear",
    "engine_rpm": "rpm enginespeed",
    "coolant_temp_c": "coolanttmp coolanttemp coolanttemperature coolant ect "
    "enginecoolanttmp enginecoolanttemp enginecoolanttemperature",
    "oil_temp_c": "engineoiltemp engineoiltmp engineoiltemperature oiltemp oiltemperature",
    "intake_temp_c": "intakeairtmp intakeairtemp intakeairtemperature intaketemp iat",
    "map_kpa": "map intakemaniabspress intakemanifoldpressure intakemanifoldabsolutepressure manifoldpressure",
    "maf_gs": "maf mafrate mafairflowrate massairflow",
    "throttle_pct": "throttle throttlepos throttleposition tps",
    "pedal_pct": "pedal acceleratorpedal pedalposition acceleratorpedalposition absthrottleposd",
    "engine_load_pct": "load engineload calcengineload calculatedload calculatedengineload",
    "absolute_load_pct": "absload absloadvalue absoluteload",
    "lambda_ratio": "lambda fuelaircmdequiv commandedequivalenceratio",
    "short_fuel_trim_pct": "stft shortfueltrim shortfueltrimbank1 shorttermfueltrim",
    "long_fuel_trim_pct": "ltft longfueltrim longfueltrimbank1 longtermfueltrim",
    "baro_kpa": "baro absbaropres barometricpressure",
    "engine_run_s": "runtime timesinceengstart timesinceenginestart",
    "mil_on": "mil checkengine",
    "dtc_count": "dtcs numdtcs",
    "fuel_rate_lph": "enginefuelrate",
    "fuel_level_pct": "fuel fuellevel fueltanklevel",
    "fuel_volume_l": "fuell",
    "ignition_on": "ignition",
    "battery_v": "lvv batteryvoltage controlmodulevolt controlmodulevoltage",
    "soc_pct": "soc socd stateofcharge",
    "soh_pct": "soh stateofhealth",
    "hv_voltage_v": "hvv",
    "hv_temp_c": "hvta",
    "range_km": "range",
    "charging_on": "charging ischarging",
    "ambient_temp_c": "tmpa ambienttemp ambientairtemp ambienttemperature outsidetemp",
}
_OTHER_UNITS: Final[Mapping[str, Target]] = {
    "odometermi": Target("odometer_km", MILE_KM),
    "fuelrate": Target("fuel_rate_lph", GS_TO_LPH),
    "pcmfuelrate": Target("fuel_rate_lph", GS_TO_LPH),
    "tyrepfl": Target("tyre_front_left_kpa", PSI_KPA),
    "tyrepfr": Target("tyre_front_right_kpa", PSI_KPA),
    "tyreprl": Target("tyre_rear_left_kpa", PSI_KPA),
    "tyreprr": Target("tyre_rear_right_kpa", PSI_KPA),
}


def plain(name: str) -> str:
    """Return a name without case and punctuation: `ENGINE_RPM`, `EngineRPM` and `engine rpm` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


ALIASES: Final[Mapping[str, Target]] = MappingProxyType(
    {
        **{plain(column): Target(column) for column in COLUMNS},
        **{name: Target(column) for column, names in _NAMES.items() for name in names.split()},
        **_OTHER_UNITS,
    }
)
"""Where a plain name belongs. Canonical columns are names too."""


def pid_of(key: str) -> int | None:
    """Return the PID a key is named after (`0C-EngineRPM`, `010C`, `0x0C`, `0C`), or None."""
    found = _PID_KEY.fullmatch(key.strip())
    return int(next(group for group in found.groups() if group), 16) if found else None


def is_monitor_status(key: str) -> bool:
    """Tell whether a key's value is PID 01 whole: four bytes as one number."""
    return pid_of(key) == _MONITOR_STATUS


def target_of(key: str) -> Target | None:
    """Return where the value of a key belongs: by its PID where it is named after one, else by its name."""
    pid = pid_of(key)
    if pid is not None:
        column = None if pid in _UNSCALED else column_of(pid)
        return None if column is None else Target(column)
    return ALIASES.get(plain(key))


def is_second_choice(key: str) -> bool:
    """Tell whether another key of the same message for the same column tells it better."""
    return pid_of(key) in _SECOND_CHOICE_PIDS or plain(key) in _SECOND_CHOICE

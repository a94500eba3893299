"""Service 01 of SAE J1979: what the bytes of a PID say. Pure tables; no transport."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from keitora_ingestor.decode.scalars import GS_TO_LPH

SERVICE_ANSWER: Final = 0x41
Formula = Callable[[bytes], float | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a PID. `name` is a canonical column, or `x_…` (unit at its end) where there is none."""

    name: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class Pid:
    """One PID: how many bytes follow its number, and the values they hold."""

    number: int
    size: int
    readings: tuple[Reading, ...]


def _word(data: bytes) -> int:
    return int.from_bytes(data[:2], "big")


def _percent(data: bytes) -> float:
    return data[0] * 100 / 255


def _celsius(data: bytes) -> float:
    return data[0] - 40


def _trim(data: bytes) -> float:
    return (data[0] - 128) * 100 / 128


def _byte(data: bytes) -> float:
    return data[0]


def _air_a_gs(data: bytes) -> float | None:
    return int.from_bytes(data[1:3], "big") / 32 if data[0] & 1 else None


def _one(number: int, size: int, name: str, formula: Formula) -> Pid:
    return Pid(number, size, (Reading(name, formula),))


_LAMP: Final = Pid(
    0x01,
    4,
    (Reading("mil_on", lambda data: data[0] >> 7), Reading("dtc_count", lambda data: data[0] & 0x7F)),
)
PIDS: Final[Mapping[int, Pid]] = MappingProxyType(
    {
        pid.number: pid
        for pid in (
            _LAMP,
            _one(0x03, 2, "fuel_system_code", _byte),
            _one(0x04, 1, "engine_load_pct", _percent),
            _one(0x05, 1, "coolant_temp_c", _celsius),
            _one(0x06, 1, "short_fuel_trim_pct", _trim),
            _one(0x07, 1, "long_fuel_trim_pct", _trim),
            _one(0x0B, 1, "map_kpa", _byte),
            _one(0x0C, 2, "engine_rpm", lambda data: _word(data) / 4),
            _one(0x0D, 1, "speed_kmh", _byte),
            _one(0x0E, 1, "x_timing_advance_deg", lambda data: data[0] / 2 - 64),
            _one(0x0F, 1, "intake_temp_c", _celsius),
            _one(0x10, 2, "maf_gs", lambda data: _word(data) / 100),
            _one(0x11, 1, "throttle_pct", _percent),
            _one(0x1C, 1, "x_obd_standard_code", _byte),
            _one(0x1F, 2, "engine_run_s", _word),
            _one(0x21, 2, "x_mil_distance_km", _word),
            _one(0x2F, 1, "fuel_level_pct", _percent),
            _one(0x31, 2, "x_cleared_distance_km", _word),
            _one(0x33, 1, "baro_kpa", _byte),
            _one(0x42, 2, "battery_v", lambda data: _word(data) / 1000),
            _one(0x43, 2, "absolute_load_pct", lambda data: _word(data) * 100 / 255),
            _one(0x44, 2, "lambda_ratio", lambda data: 2 * _word(data) / 65_536),
            _one(0x46, 1, "ambient_temp_c", _celsius),
            _one(0x49, 1, "pedal_pct", _percent),
            _one(0x4A, 1, "x_pedal_e_pct", _percent),
            _one(0x4D, 2, "x_mil_time_min", _word),
            _one(0x4E, 2, "x_cleared_time_min", _word),
            _one(0x51, 1, "x_fuel_type_code", _byte),
            _one(0x52, 1, "x_ethanol_pct", _percent),
            _one(0x5A, 1, "x_relative_pedal_pct", _percent),
            _one(0x5B, 1, "soc_pct", _percent),
            _one(0x5C, 1, "oil_temp_c", _celsius),
            _one(0x5E, 2, "fuel_rate_lph", lambda data: _word(data) / 20),
            _one(0x66, 5, "maf_gs", _air_a_gs),
            _one(0x9D, 4, "fuel_rate_lph", lambda data: _word(data) / 50 * GS_TO_LPH),
            _one(0xA6, 4, "odometer_km", lambda data: int.from_bytes(data[:4], "big") / 10),
        )
    }
)
"""Every PID that is read, by its number."""


def column_of(number: int) -> str | None:
    """Return the column of a PID that holds one value with a column, else None."""
    pid = PIDS.get(number)
    if pid is None or len(pid.readings) != 1 or pid.readings[0].name.startswith("x_"):
        return None
    return pid.readings[0].name


def read_pid(number: int, data: bytes) -> dict[str, float]:
    """Return a PID's values by column or `x_…` name; nothing for an unknown PID or too few bytes."""
    pid = PIDS.get(number)
    if pid is None or len(data) < pid.size:
        return {}
    values = ((reading.name, reading.formula(data)) for reading in pid.readings)
    return {name: value for name, value in values if value is not None}


def read_answer(answer: bytes) -> dict[str, float]:
    """Return the values of an answer to service 01: 0x41, then each PID with its bytes, up to the first unknown."""
    found: dict[str, float] = {}
    if not answer or answer[0] != SERVICE_ANSWER:
        return found
    rest = answer[1:]
    while rest and (pid := PIDS.get(rest[0])) is not None and len(rest) > pid.size:
        found.update(read_pid(pid.number, rest[1 : 1 + pid.size]))
        rest = rest[1 + pid.size :]
    return found

"""obd2-mqtt (ESP32 with a Bluetooth ELM327): a state a topic, as plain text."""

import re
from collections.abc import Mapping
from typing import Final

from pydantic_core import from_json

from keitora.errors import DecodeError
from keitora.samples.model import Decoded
from keitora_ingestor.decode.bounds import Incoming
from keitora_ingestor.decode.foreign_units import converted, is_convertible
from keitora_ingestor.decode.scalars import read_scalar
from keitora_ingestor.decode.single import block_by_arrival, extra_name, text_of

SOURCE: Final = "obd2mqtt"
_ADAPTER: Final = re.compile(r"([0-9A-Fa-f]{12}(?:-[0-9]{4})?)_(.+)", re.DOTALL)
_CONNECTION: Final = {"connected": True, "connection lost": False}
_PLACE: Final = {"latitude": "lat", "longitude": "lon", "gps_accuracy": "accuracy_m"}

COLUMNS: Final[Mapping[str, str]] = {
    "engineLoad": "engine_load_pct",
    "throttle": "throttle_pct",
    "rpm": "engine_rpm",
    "speed": "speed_kmh",
    "engineCoolantTemp": "coolant_temp_c",
    "oilTemp": "oil_temp_c",
    "ambientAirTemp": "ambient_temp_c",
    "mafRate": "maf_gs",
    "fuelLevel": "fuel_level_pct",
    "fuelRate": "fuel_rate_lph",
    "batteryVoltage": "battery_v",
    "intakeAirTemp": "intake_temp_c",
    "manifoldPressure": "map_kpa",
    "odometer": "odometer_km",
    "engineRunning": "ignition_on",
    "milState": "mil_on",
    "numDTCs": "dtc_count",
    "internalBatteryVoltage": "device_battery_v",
    "internalBatteryLevel": "device_battery_pct",
    "signalQuality": "signal_dbm",
}
"""Canonical columns by the name of a state."""

UNITS: Final[Mapping[str, str]] = {
    "speed": "km/h",
    "odometer": "km",
    "fuelRate": "L/h",
    "engineCoolantTemp": "°C",
    "oilTemp": "°C",
    "ambientAirTemp": "°C",
    "intakeAirTemp": "°C",
    "manifoldPressure": "kPa",
    "mafRate": "g/s",
}
"""The unit of a state's column, where its profiles know others."""

_SILENT: Final = frozenset(
    {"cpuTemp", "freeMem", "uptime", "startTime", "reconnects", "ipAddress", "gsmLocation", "gpsLocation", "clearDTC"}
)
_OTHERS: Final = ("supportedPids_1_20", "supportedPids_21_40", "supportedPids_41_60", "supportedPids_61_80")
_KNOWN: Final = frozenset({*COLUMNS, *_SILENT, *_OTHERS, "connection", "dtc"})


def message(incoming: Incoming) -> Decoded:
    """Decode a message of `obd2mqtt/<ident>_<state>[/attributes]`; the device key is `<ident>`."""
    levels = incoming.levels
    if len(levels) < 2:
        raise DecodeError("bad_topic", "a topic is obd2mqtt/<ident>_<state>")
    device_key, state = split_field(levels[1])
    nothing = Decoded(source=SOURCE, device_key=device_key)
    if levels[2:] == ("attributes",):
        return _place(incoming, device_key) if state == "gpsLocation" else nothing
    if levels[2:] or state in _SILENT or state in _OTHERS:
        return nothing
    text = text_of(incoming.body())
    if state == "connection":
        if text not in _CONNECTION:
            raise DecodeError("bad_shape", "a connection is 'connected' or 'connection lost'")
        return Decoded(source=SOURCE, device_key=device_key, state={"on": _CONNECTION[text]})
    if not text:
        return nothing
    column = COLUMNS.get(state)
    if column is not None:
        expected = UNITS.get(state)
        value: object = read_scalar(text)
        if expected is not None:
            value = converted(value, incoming.units_of(SOURCE, device_key).get(state, expected), expected)
        return _row(incoming, device_key, {column: value}, {})
    kept = _codes(text) if state == "dtc" else read_scalar(text)
    return _row(incoming, device_key, {}, {extra_name(state): kept})


def discovery(incoming: Incoming) -> Decoded:
    """Decode Home Assistant's announcement of a state (`homeassistant/<kind>/obd2mqtt/<ident>_<state>/config`).

    It carries no sample, but the unit in which the state will come. Raises DecodeError `foreign_unit` for a unit that
    is not known: values in it would be taken for metric ones, so the device's profile must be changed.
    """
    device_key, state = split_field(incoming.levels[3])
    body = incoming.body()
    expected = UNITS.get(state)
    if body and expected is not None:
        announced = _object(body)
        unit = announced.get("unit_of_measurement", announced.get("unit_of_meas"))
        if unit is not None:
            if not is_convertible(str(unit), expected):
                raise DecodeError(
                    "foreign_unit", f"{state} comes in {str(unit)[:20]!r}, not {expected!r}: use metric states"
                )
            return Decoded(source=SOURCE, device_key=device_key, units={state: str(unit)})
    return Decoded(source=SOURCE, device_key=device_key)


def split_field(field: str) -> tuple[str, str]:
    """Return the identifier and the state of a topic's `<ident>_<state>`.

    An identifier is the adapter's address, alone or with four digits of the modem's number, or a name of the user's;
    such a name may hold underscores as long as the state is a known one. Raises DecodeError `bad_topic`.
    """
    adapter = _ADAPTER.fullmatch(field)
    if adapter:
        return adapter[1], adapter[2]
    known = max((state for state in _KNOWN if field.endswith(f"_{state}")), key=len, default=None)
    ident, state = (field[: -len(known) - 1], known) if known else field.partition("_")[::2]
    if not ident or not state:
        raise DecodeError("bad_topic", "a topic is obd2mqtt/<ident>_<state>")
    return ident, state


def _row(incoming: Incoming, device_key: str, columns: dict[str, object], extra: dict[str, object]) -> Decoded:
    return Decoded(source=SOURCE, device_key=device_key, block=block_by_arrival(incoming, columns, extra))


def _place(incoming: Incoming, device_key: str) -> Decoded:
    body = incoming.body()
    said = _object(body) if body else {}
    return _row(incoming, device_key, {column: said.get(key) for key, column in _PLACE.items()}, {})


def _codes(text: str) -> str:
    """Return the trouble codes of `{"dtc":["P0171"]}` as `P0171,…`; none is an empty text."""
    codes = _object(text.encode()).get("dtc")
    if not isinstance(codes, list):
        raise DecodeError("bad_shape", "trouble codes are a list under dtc")
    return ",".join(str(code) for code in codes)


def _object(body: bytes) -> dict[str, object]:
    try:
        said = from_json(body)
    except ValueError as error:
        raise DecodeError("bad_json", str(error)) from error
    if not isinstance(said, dict):
        raise DecodeError("bad_shape", "a JSON object is expected")
    return said

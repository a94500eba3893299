"""What a truck's logger makes of the truth: noise, resolution, and only the signals it has."""

from random import Random

from keitora.signals.check import Value
from keitora_sim.recording import Row
from keitora_sim.truck.air import baro_kpa
from keitora_sim.truck.model import Combustion, Logger, Moment, Spec
from keitora_sim.truck.road import Network

_GPS_NOISE_M = 2.0
_DRIFT_KEPT = 0.97  # a second: errors of a receiver wander, they do not jump
_OBD = frozenset({Logger.OBD_MAP, Logger.OBD_MAF})
_WHEELS = frozenset({Logger.OBD_MAP, Logger.OBD_MAF, Logger.EV, Logger.KLINE})
_KLINE_SLOW = ("map_kpa", "coolant_temp_c", "throttle_pct", "intake_temp_c")
_SLOSH_S = 2.5  # how long a tank's surface swings
_SENDER_S = 20.0  # how slowly a sender's needle follows


class Sensors:
    """The sensors of one truck, with the slow errors of its receiver."""

    def __init__(self, truck: Spec, network: Network, rng: Random) -> None:
        self._truck = truck
        self._network = network
        self._rng = rng
        self._east_error_m = rng.gauss(0, _GPS_NOISE_M)
        self._north_error_m = rng.gauss(0, _GPS_NOISE_M)
        self._altitude_error_m = rng.gauss(0, 4)
        self._tilt_pct = 0.0
        self._shown_pct: float | None = None
        self._asked = 0

    def row(self, moment: Moment) -> Row:
        """Return what the logger writes down of a moment."""
        values = self._satellites(moment)
        logger = self._truck.logger
        if logger is Logger.PHONE:
            values["device_battery_pct"] = 90 if moment.is_on else 84
            return Row(moment.at, values)
        values["battery_v"] = round(moment.battery_v + self._rng.gauss(0, 0.04), 2)
        values["ignition_on"] = moment.is_on
        if logger in _WHEELS and moment.is_on:
            values["speed_kmh"] = round(moment.speed_ms * 3.6)
        if moment.combustion and logger in _OBD:
            values |= self._engine(moment, moment.combustion)
        if moment.combustion and logger is Logger.KLINE:
            values |= self._slow_engine(moment, moment.combustion)
        if moment.electric:
            values |= self._traction(moment)
        return Row(moment.at, values)

    def _satellites(self, moment: Moment) -> dict[str, Value]:
        fresh = (1 - _DRIFT_KEPT**2) ** 0.5 * _GPS_NOISE_M
        self._east_error_m = _DRIFT_KEPT * self._east_error_m + self._rng.gauss(0, fresh)
        self._north_error_m = _DRIFT_KEPT * self._north_error_m + self._rng.gauss(0, fresh)
        self._altitude_error_m = 0.99 * self._altitude_error_m + self._rng.gauss(0, 0.5)
        lat, lon = self._network.position(moment.east_m + self._east_error_m, moment.north_m + self._north_error_m)
        speed_kmh = abs(moment.speed_ms * 3.6 + self._rng.gauss(0, 0.25))
        values: dict[str, Value] = {
            "lat": round(lat, 6),
            "lon": round(lon, 6),
            "altitude_m": round(moment.altitude_m + self._altitude_error_m, 1),
            "gnss_speed_kmh": round(speed_kmh, 1),
            "accuracy_m": round(self._rng.uniform(2.5, 5), 1),
        }
        if moment.speed_ms > 1:
            values["heading_deg"] = round((moment.heading_deg + self._rng.gauss(0, 1.5)) % 360, 1)
        return values

    def _engine(self, moment: Moment, engine: Combustion) -> dict[str, Value]:
        baro = baro_kpa(moment.altitude_m)
        values: dict[str, Value] = {
            "engine_rpm": round(engine.rpm * 4) / 4,
            "coolant_temp_c": round(engine.coolant_c),
            "intake_temp_c": round(engine.intake_c),
            "throttle_pct": round(engine.throttle_pct, 1),
            "engine_load_pct": round(engine.load_pct, 1),
            "lambda_ratio": round(engine.lambda_ratio, 4),
            "baro_kpa": round(baro),
            "engine_run_s": round(engine.run_s),
            "odometer_km": round(moment.odometer_km, 1),
        }
        if self._truck.logger is Logger.OBD_MAP:
            values["map_kpa"] = round(engine.map_kpa)
        else:
            values["maf_gs"] = round(engine.air_gs, 2)
        if self._truck.engine:
            values["fuel_level_pct"] = self._level_pct(moment, 100 * engine.tank_l / self._truck.engine.tank_l)
        return values

    def _slow_engine(self, moment: Moment, engine: Combustion) -> dict[str, Value]:
        """Return what K-line allows: about two answers a second, engine speed always, the others in turn."""
        said = self._engine(moment, engine) | {"map_kpa": round(engine.map_kpa)}
        self._asked = (self._asked + 1) % len(_KLINE_SLOW)
        return {name: said[name] for name in ("engine_rpm", _KLINE_SLOW[self._asked])}

    def _level_pct(self, moment: Moment, true_pct: float) -> float:
        """Return what the gauge says: the surface swings with the truck, the needle follows slowly, in steps of 0.4."""
        swing = 0.9 * moment.accel_ms2 + 0.6 * moment.lateral_ms2 + self._rng.gauss(0, 0.25)
        self._tilt_pct += (swing - self._tilt_pct) / _SLOSH_S
        seen_pct = true_pct + self._tilt_pct
        if self._shown_pct is None or abs(seen_pct - self._shown_pct) > 8:  # key on, or just filled up
            self._shown_pct = seen_pct
        self._shown_pct += (seen_pct - self._shown_pct) / _SENDER_S
        return round(round(min(100.0, max(0.0, self._shown_pct)) / 0.4) * 0.4, 1)

    def _traction(self, moment: Moment) -> dict[str, Value]:
        electric = moment.electric
        motor = self._truck.motor
        if electric is None or motor is None:
            return {}
        return {
            "soc_pct": round(electric.soc_pct * 2) / 2,
            "hv_voltage_v": round(electric.voltage_v, 1),
            "hv_current_a": round(electric.current_a, 1),
            "charging_on": electric.is_charging,
            "range_km": round(electric.soc_pct / 100 * motor.battery_kwh / 0.13),
            "odometer_km": round(moment.odometer_km, 1),
        }

"""The trucks there are to choose from, read from `variants.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from keitora_sim.truck.model import Engine, Gearbox, Motor


class Variant(BaseModel):
    """One truck of the list. Exactly one of `displacement_cc` and `battery_kwh` is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    maker: str
    model: str
    chassis_code: str
    kerb_kg: float
    sources: tuple[str, ...]
    drag_area_m2: float = 1.1
    tank_l: float | None = None
    displacement_cc: float | None = None
    most_power_kw: float = 0.0
    most_power_rpm: float = 0.0
    most_torque_nm: float = 0.0
    most_torque_rpm: float = 0.0
    boost_kpa: float = 0.0
    gearbox: Gearbox = Gearbox.MANUAL
    ratios: tuple[float, ...] = ()
    final_ratio: float = 0.0
    indicated_efficiency: float = 0.305
    has_fuel_cut: bool = True
    battery_kwh: float | None = None
    motor_kw: float = 30.0

    @model_validator(mode="after")
    def _burns_or_draws(self) -> Self:
        if (self.displacement_cc is None) == (self.battery_kwh is None):
            raise ValueError("a truck has either displacement_cc or battery_kwh")
        return self

    @property
    def engine(self) -> Engine | None:
        """The engine, or None on an electric truck."""
        if self.displacement_cc is None or self.tank_l is None:
            return None
        return Engine(
            displacement_cc=self.displacement_cc,
            most_torque_nm=self.most_torque_nm,
            most_torque_rpm=self.most_torque_rpm,
            most_power_kw=self.most_power_kw,
            most_power_rpm=self.most_power_rpm,
            boost_kpa=self.boost_kpa,
            gearbox=self.gearbox,
            ratios=self.ratios,
            final_ratio=self.final_ratio,
            tank_l=self.tank_l,
            indicated_efficiency=self.indicated_efficiency,
            has_fuel_cut=self.has_fuel_cut,
        )

    @property
    def motor(self) -> Motor | None:
        """The electric drive, or None on a petrol truck."""
        return None if self.battery_kwh is None else Motor(battery_kwh=self.battery_kwh, most_kw=self.motor_kw)


@cache
def variants() -> Mapping[str, Variant]:
    """Return all trucks by key. Raises ValidationError if the file is wrong."""
    text = (files("keitora_sim.truck") / "variants.toml").read_text(encoding="utf-8")
    return {key: Variant.model_validate(body) for key, body in tomllib.loads(text).items()}

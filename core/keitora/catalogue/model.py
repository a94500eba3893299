"""The catalogue's entries, read from `trucks.toml`. A field that is None is not known; nothing is guessed."""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_Month = Field(default=None, pattern=r"^\d{4}(-\d{2})?$")


class CatalogueTruck(BaseModel):
    """A generation of a truck. Codes and years identify it; `confidence` grades those, not every figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    maker: str
    model: str
    generation: str | None = None
    chassis_2wd: tuple[str, ...] = ()
    chassis_4wd: tuple[str, ...] = ()
    sold_from: str | None = _Month
    sold_to: str | None = _Month
    on_sale: bool = False
    energy: Literal["petrol", "electric"] = "petrol"
    engine: str | None = None
    displacement_cc: float | None = None
    battery_gross_kwh: float | None = None
    induction: Literal["natural", "supercharged", "turbo"] | None = None
    fuel_system: Literal["carburettor", "injection"] | None = None
    tank_l: float | None = None
    kerb_kg_low: float | None = None
    kerb_kg_high: float | None = None
    rated_economy: str | None = None
    sources: tuple[str, ...]
    confidence: Literal["high", "medium", "low"]

    @property
    def chassis_codes(self) -> frozenset[str]:
        """All chassis codes it was sold under."""
        return frozenset((*self.chassis_2wd, *self.chassis_4wd))

    @property
    def kerb_kg(self) -> float | None:
        """Its weight where sources name one and not a range (kg)."""
        return self.kerb_kg_low if self.kerb_kg_low == self.kerb_kg_high else None


@cache
def trucks() -> Sequence[CatalogueTruck]:
    """Return all entries. Raises ValidationError if the file is wrong."""
    text = (files("keitora.catalogue") / "trucks.toml").read_text(encoding="utf-8")
    return tuple(CatalogueTruck.model_validate(body) for body in tomllib.loads(text)["truck"])

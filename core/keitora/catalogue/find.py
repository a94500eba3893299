"""From what stands on the papers to the catalogue: type-approval prefixes, frame numbers, build months. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from keitora.catalogue.model import CatalogueTruck, trucks

_PREFIX: Final = re.compile(r"^(?:[A-Z]{1,3}|\d[A-Z]{2})-(?=[A-Z])")
_FRAME: Final = re.compile(r"^([A-Z0-9]{2,6})-(\d{5,7})$")
_VIN: Final = re.compile(r"^[A-HJ-NPR-Z0-9]{17}$")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What all entries that a code may mean agree on; None is unknown or in dispute."""

    maker: str | None
    model: str | None
    energy: str | None
    displacement_cc: float | None
    induction: str | None
    has_fuel_cut: bool | None
    tank_l: float | None
    kerb_kg: float | None
    entries: tuple[CatalogueTruck, ...]


def chassis_code(text: str) -> str:
    """Return the chassis code in what was typed: `EBD-DA63T`, `da63t`, `DA63T-123456` and `M-S80P-TDK` are known forms.

    The prefix of the type approval (emission class) and what follows the code are taken off.
    """
    word = text.strip().upper().replace("－", "-").replace("ー", "-")
    frame = _FRAME.match(word)
    if frame:
        return frame[1]
    return _PREFIX.sub("", word).split("-")[0]


def frame_number(text: str) -> tuple[str, str] | None:
    """Return chassis code and serial number of a Japanese frame number (`DD51T-284117`); None if it is none.

    A frame number is not a VIN: it has no check digit and says nothing of the year.
    """
    found = _FRAME.match(text.strip().upper())
    return (found[1], found[2]) if found else None


def is_vin(text: str) -> bool:
    """Tell whether a text has the form of a 17-character VIN, which no truck of the home market carries."""
    return _VIN.match(text.strip().upper()) is not None


def look_up(code: str, built_on: date | None = None) -> Known | None:
    """Return what is known of a chassis code; None if the catalogue has none such.

    Where a code was used for several generations, only what they agree on is told, unless the build date tells them
    apart.
    """
    wanted = chassis_code(code)
    entries = tuple(truck for truck in trucks() if wanted in truck.chassis_codes)
    if built_on is not None:
        entries = tuple(truck for truck in entries if _was_built(truck, built_on)) or entries
    if not entries:
        return None
    cuts = [None if one.fuel_system is None else one.fuel_system == "injection" for one in entries]
    return Known(
        maker=_agreed([one.maker for one in entries]),
        model=_agreed([one.model for one in entries]),
        energy=_agreed([one.energy for one in entries]),
        displacement_cc=_agreed([one.displacement_cc for one in entries]),
        induction=_agreed([one.induction for one in entries]),
        has_fuel_cut=_agreed(cuts),
        tank_l=_agreed([one.tank_l for one in entries]),
        kerb_kg=_agreed([one.kerb_kg for one in entries]),
        entries=entries,
    )


def _agreed(values: Sequence[_T]) -> _T | None:
    return values[0] if all(value == values[0] for value in values) else None


def _was_built(truck: CatalogueTruck, built_on: date) -> bool:
    month = f"{built_on:%Y-%m}"
    begun = truck.sold_from is None or truck.sold_from[: len(month)] <= month[: len(truck.sold_from)]
    ended = truck.sold_to is not None and month[: len(truck.sold_to)] > truck.sold_to
    return begun and not ended

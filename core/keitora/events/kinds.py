"""The kinds of events, and what the detail of each one holds.

An event of another kind, or with another detail, is stored all the same: a crash must not be lost because of a typing
error in firmware. `keitora conform` tells of it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

KIND_PATTERN: Final = r"^[a-z][a-z0-9_]{1,31}$"

Code = Annotated[str, Field(max_length=16)]
Name = Annotated[str, Field(max_length=64)]


class Detail(BaseModel):
    """What any event may say. Keys that are not listed are kept as they are."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True, serialize_by_alias=True)

    lat: float | None = Field(default=None, ge=-90, le=90, description="Where it happened (deg, WGS 84)")
    lon: float | None = Field(default=None, ge=-180, le=180, description="Where it happened (deg, WGS 84)")
    text: str | None = Field(default=None, max_length=1000, description="In words")


class Boot(Detail):
    """The device has started."""

    cause: Name | None = Field(default=None, description="Why: power, watchdog, update, …")


class IgnitionOn(Detail):
    """The ignition was switched on."""


class IgnitionOff(Detail):
    """The ignition was switched off."""


class TroubleCodes(Detail):
    """Trouble codes of the engine have been set or cleared."""

    set: list[Code] = Field(default_factory=list, max_length=64, description="Codes that are new, as P0171")
    cleared: list[Code] = Field(default_factory=list, max_length=64, description="Codes that are gone")


class Crash(Detail):
    """The device felt a crash."""

    peak_ms2: float | None = Field(default=None, description="Largest acceleration (m/s²)")


class Tow(Detail):
    """The truck is carried or towed away: it moves with the ignition off."""


class Harsh(Detail):
    """Harsh driving, as the device judges it."""

    what: Literal["accelerate", "brake", "corner"] | None = Field(default=None, description="In which way")
    peak_ms2: float | None = Field(default=None, description="Largest acceleration (m/s²)")


class Overspeed(Detail):
    """The truck is faster than the device allows."""

    speed_kmh: float | None = Field(default=None, description="How fast (km/h)")


class PowerCut(Detail):
    """The device has lost the truck's 12 V and lives on its own battery."""

    v12: float | None = Field(default=None, description="Starter battery (V)")


class PowerBack(Detail):
    """The truck's 12 V is back."""

    v12: float | None = Field(default=None, description="Starter battery (V)")


class LowBattery(Detail):
    """The starter battery is weak, as the device judges it."""

    v12: float | None = Field(default=None, description="Starter battery (V)")


class Tamper(Detail):
    """Somebody meddles with the device: case opened, antenna cut, reception jammed."""

    what: Name | None = Field(default=None, description="With what: case, antenna, jamming, …")


class Button(Detail):
    """A button on the device was pressed."""

    name: Name | None = Field(default=None, description="Which one; `sos` calls for help")


class Geofence(Detail):
    """The truck has entered or left a place the device knows."""

    place: Name | None = Field(default=None, description="The place, as the device names it")
    to: Literal["enter", "leave"] | None = Field(default=None, description="Which of the two")


class Waypoint(Detail):
    """Somebody has marked a place on the device."""

    place: Name | None = Field(default=None, description="Its name")
    radius_m: float | None = Field(default=None, ge=0, description="Its radius (m); 0 or none: a mere point")


class Driver(Detail):
    """A driver has signed in or out at the device."""

    id: Name | None = Field(default=None, description="What was read: the card's or beacon's number")
    by: Name | None = Field(default=None, description="How: nfc, ibutton, beacon, pin, …")
    on: bool | None = Field(default=None, description="true: signed in, false: signed out")


class ChargeStart(Detail):
    """The traction battery is being charged."""

    soc: float | None = Field(default=None, description="Its charge (%)")


class ChargeStop(Detail):
    """The traction battery is no longer being charged."""

    soc: float | None = Field(default=None, description="Its charge (%)")


class Offline(Detail):
    """The broker has lost a phone's connection. Says nothing about the truck."""


class Alarm(Detail):
    """An alarm of the device's own that is none of the others."""

    name: Name | None = Field(default=None, description="The device's name for it")


class Note(Detail):
    """Words, for people."""


KINDS: Final[Mapping[str, type[Detail]]] = MappingProxyType(
    {
        "boot": Boot,
        "ign_on": IgnitionOn,
        "ign_off": IgnitionOff,
        "dtc": TroubleCodes,
        "crash": Crash,
        "tow": Tow,
        "harsh": Harsh,
        "overspeed": Overspeed,
        "power_cut": PowerCut,
        "power_back": PowerBack,
        "low_battery": LowBattery,
        "tamper": Tamper,
        "button": Button,
        "geofence": Geofence,
        "waypoint": Waypoint,
        "driver": Driver,
        "charge_start": ChargeStart,
        "charge_stop": ChargeStop,
        "offline": Offline,
        "alarm": Alarm,
        "note": Note,
    }
)
"""What is known of an event's detail, by its kind."""


def wrong_detail(kind: str, detail: Mapping[str, object]) -> str | None:
    """Return what does not fit about a detail of a known kind, in words; None if nothing, or the kind is unknown."""
    known = KINDS.get(kind)
    if known is None:
        return None
    try:
        known.model_validate(dict(detail))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return None

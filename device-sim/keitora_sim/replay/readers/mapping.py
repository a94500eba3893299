"""The mapping file of a plain CSV recording: which column is which signal. TOML, checked on reading."""

import tomllib
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from keitora.signals.registry import BY_COLUMN
from keitora_sim.recording import RecordingError
from keitora_sim.replay.readers.units import CONVERSIONS

_EXTRA = "x_"
_STRICT = ConfigDict(extra="forbid", frozen=True)
OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]


class TimeColumn(BaseModel):
    """Where the time of a row stands and how it is written."""

    model_config = _STRICT

    column: str | list[str] = Field(description="Column, or columns that are joined by a space (a date and a time)")
    format: str = Field(
        description="'iso', 'epoch_s', 'epoch_ms', 'elapsed_s' (since `start`), or as strptime: '%d.%m.%Y %H:%M:%S'"
    )
    zone: str | None = Field(default=None, description="IANA zone of times that name none, e.g. 'Asia/Tokyo'")
    start: AwareDatetime | None = Field(
        default=None, description="When elapsed_s was 0, with a zone; else --begin or --end says"
    )

    @field_validator("zone")
    @classmethod
    def _exists(cls, zone: str | None) -> str | None:
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (ZoneInfoNotFoundError, ValueError) as error:
                raise ValueError(f"no time zone '{zone}'; names look like 'Asia/Tokyo'") from error
        return zone

    @property
    def has_clock(self) -> bool:
        """Tell whether the times are points in time: elapsed seconds without a start are not."""
        return self.format != "elapsed_s" or self.start is not None

    @property
    def columns(self) -> list[str]:
        """Return the columns the time is joined from."""
        return [self.column] if isinstance(self.column, str) else self.column


class SignalColumn(BaseModel):
    """What a column holds: value = number × scale + offset, or a number in another unit."""

    model_config = _STRICT

    signal: str = Field(
        description="Canonical signal, e.g. 'speed_kmh'; or x_NAME for something there is no signal for"
    )
    unit: str | None = Field(default=None, description=f"Unit of the numbers, if another: {', '.join(CONVERSIONS)}")
    scale: float = 1
    offset: float = 0
    texts: dict[str, float] = Field(default_factory=dict, description="What words mean, such as ON = 1")
    drop: list[float] = Field(default_factory=list, description="Numbers in the file that mean 'no value'")

    @field_validator("signal")
    @classmethod
    def _known(cls, signal: str) -> str:
        if signal not in BY_COLUMN and not (signal.startswith(_EXTRA) and signal[len(_EXTRA) :].isidentifier()):
            raise ValueError(f"no signal '{signal}'; known are {', '.join(BY_COLUMN)}, or x_NAME for anything else")
        return signal

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.unit is None:
            return self
        if self.unit not in CONVERSIONS:
            raise ValueError(f"no unit '{self.unit}'; known are {', '.join(CONVERSIONS)}, else use scale and offset")
        if self.scale != 1 or self.offset:
            raise ValueError("either unit, or scale and offset")
        own = BY_COLUMN[self.signal].unit if self.signal in BY_COLUMN else None
        if CONVERSIONS[self.unit].unit != own:
            raise ValueError(f"'{self.unit}' cannot be made to {own or 'something of no known unit'}")
        return self

    @property
    def key(self) -> str:
        """Return the key of a row's values: the canonical column, or the bare name of an extra."""
        return self.signal.removeprefix(_EXTRA) if self.signal not in BY_COLUMN else self.signal

    def value_of(self, number: float) -> float:
        """Return the value of a number in the file."""
        if self.unit is not None:
            return CONVERSIONS[self.unit].of(number)
        return number if self.scale == 1 and not self.offset else number * self.scale + self.offset


class Mapping(BaseModel):
    """A whole mapping file."""

    model_config = _STRICT

    delimiter: OneCharacter = ","
    decimal: OneCharacter = "."
    encoding: str = "utf-8-sig"
    skip_lines: int = Field(default=0, ge=0, description="Lines before the header")
    time: TimeColumn
    columns: dict[str, SignalColumn] = Field(min_length=1, description="Column name → what it holds")


def parse_mapping(text: str) -> Mapping:
    """Return a mapping read from TOML. Raises RecordingError with every mistake in it."""
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RecordingError(
            f"the mapping file is not TOML: {error}; names other than plain letters stand in quotes"
        ) from error
    except ValidationError as error:
        mistakes = [f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()]
        raise RecordingError("the mapping file: " + "; ".join(mistakes)) from error

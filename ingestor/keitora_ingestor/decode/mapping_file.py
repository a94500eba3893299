"""The mapping file (TOML): which values of which topics are which signals. Its text is read here, never the file."""

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from keitora.errors import SetupError
from keitora.signals.registry import BY_WIRE, COLUMNS

Steps = tuple[str | int, ...]

_Item = TypeVar("_Item")
_STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,6})\]")
_POSITION: Final = frozenset({"lat", "lon"})


def steps_of(path: str) -> Steps:
    """Return a field path's steps: `a.b[0].c` is a, b, 0, c. Raises ValueError where it is none."""
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None or (found[1] is not None and path.startswith(".", at) == (at == 0)):
            raise ValueError(f"{path!r} is no field path; write it like a.b[0].c")
        steps.append(found[1] if found[1] is not None else int(found[2]))
        at = found.end()
    if not steps:
        raise ValueError("a field path is not empty; write it like a.b[0].c")
    return tuple(steps)


def follow(document: object, steps: Steps) -> object:
    """Return the value at a path of a JSON document, or None where there is none. No steps: the document itself."""
    for step in steps:
        if isinstance(document, dict):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document


def _known_signal(name: str) -> str:
    if name in COLUMNS:
        return name
    wire = BY_WIRE.get(name)
    near = [wire.column] if wire else get_close_matches(name, COLUMNS, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise ValueError(f"'{name}' is no signal; {hint}docs/reference/signals.md lists them by column")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"'{name}' is no time zone; write it like Asia/Tokyo or UTC") from error
    return name


def _path(path: str) -> str:
    steps_of(path)
    return path


def _template(topic: str) -> str:
    levels = topic.split("/")
    odd = [level for level in levels if not level or level == "#" or ("+" in level and level != "+")]
    odd += [level for level in levels if re.search(r"[{}]", level) and level not in ("{device}", "{field}")]
    if odd:
        raise ValueError(f"level '{odd[0]}' cannot be used; a level is a word, +, {{device}} or {{field}}")
    if levels.count("{device}") != 1 or levels.count("{field}") > 1:
        raise ValueError("write {device} as exactly one level of the topic, and {field} at most once")
    if not any(level not in ("+", "{device}", "{field}") for level in levels):
        raise ValueError("at least one level must be a fixed word, or the entry would swallow every format's messages")
    return topic


def _some(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    if not items:
        raise ValueError("is empty; write at least one")
    return items


_FieldPath = Annotated[str, AfterValidator(_path)]
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ValueRule(_Strict):
    """One value: where it is (`path` in JSON, `field` in the topic), and its signal as raw * scale + offset."""

    signal: Annotated[str, AfterValidator(_known_signal)]
    path: _FieldPath | None = None
    field: str | None = None
    scale: _Number = 1.0
    offset: _Number = 0.0
    words: Annotated[
        dict[str, _Number], AfterValidator(lambda words: {word.casefold(): words[word] for word in words})
    ] = Field(default={}, description="Numbers that words stand for, as {run = 1, stop = 0}")

    @cached_property
    def steps(self) -> Steps:
        """The path's steps; none where the payload itself is the value."""
        return () if self.path is None else steps_of(self.path)


class TimeRule(_Strict):
    """Where a message's own time is, how it is written, and whose clock it is."""

    path: _FieldPath
    format: Literal["s", "ms", "us", "ns", "iso"]
    zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    clock: Literal["network", "satellite"] = "network"

    @cached_property
    def steps(self) -> Steps:
        """The path's steps."""
        return steps_of(self.path)

    @cached_property
    def zone_info(self) -> ZoneInfo:
        """The zone of ISO times that name none."""
        return ZoneInfo(self.zone)


class Entry(_Strict):
    """One kind of message: its topic, its payload, what must hold of it, and its values."""

    topic: Annotated[str, AfterValidator(_template)]
    payload: Literal["json", "scalar"] = "json"
    when: dict[_FieldPath, str | bool | int | float] = {}
    values: Annotated[tuple[ValueRule, ...], AfterValidator(_some)]
    time: TimeRule | None = None

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The template's levels."""
        return tuple(self.topic.split("/"))

    @cached_property
    def conditions(self) -> tuple[tuple[Steps, object], ...]:
        """Paths, and what must be there for the entry to read a message."""
        return tuple((steps_of(path), expected) for path, expected in self.when.items())

    @property
    def topic_filter(self) -> str:
        """The MQTT filter of the template."""
        return "/".join("+" if level.startswith("{") else level for level in self.levels)

    def names(self, levels: tuple[str, ...]) -> dict[str, str] | None:
        """Return what {device} and {field} stand for in a topic, or None where the template does not fit it."""
        if len(levels) != len(self.levels):
            return None
        pairs = list(zip(self.levels, levels, strict=True))
        if not all(ours.startswith("{") or ours in ("+", theirs) for ours, theirs in pairs):
            return None
        return {ours[1:-1]: theirs for ours, theirs in pairs if ours.startswith("{")}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for check in (self._check_payload, self._check_fields, self._check_position):
            check()
        return self

    def _check_payload(self) -> None:
        paths = [rule.path for rule in self.values]
        if self.payload == "json" and None in paths:
            raise ValueError("a value of a JSON payload needs its 'path'; add it, or set payload = \"scalar\"")
        if self.payload == "scalar" and (any(paths) or self.when or self.time):
            raise ValueError("a scalar payload has no fields: remove 'path', 'when' and 'time'")

    def _check_fields(self) -> None:
        fields = [rule.field for rule in self.values]
        if "{field}" not in self.levels and any(name is not None for name in fields):
            raise ValueError("'field' needs a level {field} in the topic; add it there, or remove 'field'")
        if self.payload == "scalar" and "{field}" in self.levels and None in fields:
            raise ValueError("the topic has {field}: say with 'field' which of them each value is")
        if self.payload == "scalar" and len(set(fields)) != len(fields):
            raise ValueError("a scalar payload is one value: name each 'field' once, or only one value without {field}")

    def _check_position(self) -> None:
        found = _POSITION.intersection(rule.signal for rule in self.values)
        if found and (found != _POSITION or self.payload == "scalar"):
            raise ValueError("a position needs lat and lon from one JSON message; two halves never meet")


class _File(_Strict):
    entry: Annotated[tuple[Entry, ...], AfterValidator(_some)]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file that was understood; the first entry that fits a message reads it."""

    entries: tuple[Entry, ...]

    @property
    def topic_filters(self) -> tuple[str, ...]:
        """The MQTT filters to subscribe to, each once."""
        return tuple(dict.fromkeys(entry.topic_filter for entry in self.entries))


def compile_mapping(text: str, *, file: str = "mapping file") -> Mapping:
    """Return the mapping a file's text describes. Raises SetupError that names file, entry and key of each mistake."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{file}: this is not TOML: {error}; correct that place") from error
    try:
        return Mapping(_File.model_validate(document).entry)
    except ValidationError as error:
        lines = [f"{file}: {_explain(mistake, document)}" for mistake in error.errors(include_url=False)]
        raise SetupError("\n".join(lines)) from error


def _explain(mistake: ErrorDetails, document: dict[str, Any]) -> str:
    place = list(mistake["loc"])
    words = []
    if place[:1] == ["entry"] and len(place) > 1 and isinstance(place[1], int):
        topic = follow(document, ("entry", place[1], "topic"))
        words.append(f"entry {place[1] + 1}" + (f" (topic '{topic}')" if isinstance(topic, str) else ""))
        place = place[2:]
    words += [f"number {part + 1}" if isinstance(part, int) else f"key '{part}'" for part in place]
    return f"{', '.join(words) or 'the file'}: {_advice(mistake)}"


def _advice(mistake: ErrorDetails) -> str:
    cause = mistake.get("ctx", {}).get("error")
    if isinstance(cause, ValueError):
        return str(cause)
    if mistake["type"] == "missing":
        return "is missing; add it"
    if mistake["type"] == "extra_forbidden":
        return "is not known here; remove it or correct its spelling"
    return f"{mistake['msg']}; correct it (docs/reference/generic-mapper.md shows how)"

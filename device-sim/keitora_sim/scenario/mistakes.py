"""What is wrong with a scenario file, in words: the line, the place in it, and what to write instead. Pure."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import yaml
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from keitora_sim.faults.model import Faults
from keitora_sim.scenario.model import LoggerPart, Scenario, TruckPart

Path = Sequence[int | str]

_MODELS: Final[Mapping[str, type[BaseModel]]] = {"trucks": TruckPart, "logger": LoggerPart, "faults": Faults}
_A_NUMBER: Final = "write a number"
_INSTEAD: Final[Mapping[str, str]] = {
    "tuple_type": "write a list, each thing on a line of its own after a hyphen, or [one, two]",
    "model_type": "write settings, `{name: …}` or one a line",
    "model_attributes_type": "write settings, `{name: …}` or one a line",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "int_parsing": "write a whole number",
    "int_type": "write a whole number",
    "int_from_float": "write a whole number",
    "float_parsing": _A_NUMBER,
    "float_type": _A_NUMBER,
    "string_type": "write a text",
    "date_parsing": "write a date that there is, as 2026-04-07",
    "date_type": "write a date, as 2026-04-07",
    "date_from_datetime_parsing": "write a date that there is, as 2026-04-07",
    "string_too_short": "write a text that is not empty",
    "too_short": "write at least one",
}


def told(error: ErrorDetails, root: yaml.Node | None) -> str:
    """Return a mistake with its line, its place (list items counted from 1) and what to write instead."""
    path = error["loc"]
    where = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
    line = line_of(root, path)
    place = ": ".join(part for part in (f"line {line}" if line else "", where) if part)
    text = _text(error, path)
    return f"{place}: {text}" if place else text


def line_of(node: yaml.Node | None, path: Path) -> int | None:
    """Return the line (from 1) on which the thing at a path stands, or the nearest thing around it."""
    line = None
    for part in path:
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line


def said_twice(node: yaml.Node) -> tuple[str, int] | None:
    """Return a setting that is written twice in the same place, and the line of the second."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                return str(key.value), key.start_mark.line + 1
            seen.add(key.value)
            if twice := said_twice(value):
                return twice
    if isinstance(node, yaml.SequenceNode):
        return next((twice for value in node.value if (twice := said_twice(value))), None)
    return None


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None


def _text(error: ErrorDetails, path: Path) -> str:
    kind, given = error["type"], error["input"]
    if kind in _INSTEAD:
        return f"{_short(given)} cannot be: {_INSTEAD[kind]}"
    match kind:
        case "value_error":
            return error["msg"].removeprefix("Value error, ")
        case "missing":
            return f"is missing: {_described(path)}"
        case "string_pattern_mismatch":
            return f"'{given}' cannot be: {_described(path)}, 3 to 24 characters"
    return _of_choices(error, path)


def _of_choices(error: ErrorDetails, path: Path) -> str:
    """Return the text of a mistake that has a list or a bound to choose from."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        known = list(_model_at(path[:-1]).model_fields)
        return f"there is no such setting{_nearest(str(path[-1]), known)}; there are {', '.join(known)}"
    if kind == "literal_error":
        known = [word.strip(" '") for word in str(context["expected"]).replace(" or ", ", ").split(",")]
        return f"'{given}' is none{_nearest(str(given), known)}; write one of {', '.join(known)}"
    if context.get("le") == 1:
        return f"{given} is no share: write 0 to 1, a tenth is 0.1"
    bound = error["msg"].removeprefix("Input should be ")
    return f"{_short(given)} cannot be: write what is {bound}" if context else error["msg"]


def _model_at(path: Path) -> type[BaseModel]:
    return next((_MODELS[part] for part in reversed(path) if isinstance(part, str) and part in _MODELS), Scenario)


def _described(path: Path) -> str:
    field: Any = _model_at(path[:-1]).model_fields.get(str(path[-1]))
    return (field.description if field is not None else None) or str(path[-1])


def _nearest(word: str, known: Sequence[str]) -> str:
    found = get_close_matches(word, known, n=1)
    return f", did you mean {found[0]}?" if found else ""


def _short(given: object) -> str:
    text = "nothing" if given is None else f"'{given}'" if isinstance(given, str) else str(given)
    return text if len(text) <= 40 else f"{text[:39]}…"

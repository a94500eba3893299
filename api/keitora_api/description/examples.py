"""An example for every field and every schema: from the examples of the answers and bodies they are part of. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schemas = dict[str, Any]

_KNOWN: Final[Mapping[str, Any]] = {
    "acknowledged_at": "2026-11-16T23:02:00Z",
    "acknowledged_by": "ken@example.org, person 3",
    "battery_kwh": 16.0,
    "built_on": "2014-06-01",
    "closed_at": "2026-11-16T22:41:00Z",
    "co2_kg_per_kwh": 0.423,
    "corrected_distance_km": 12.6,
    "corrected_end_at": "2026-11-16T22:34:00Z",
    "corrected_start_at": "2026-11-16T22:01:00Z",
    "disabled_at": "2026-11-20T03:00:00Z",
    "driver_id": 2,
    "driver_name": "健",
    "ended_by": "condition",
    "energy_method": "measured",
    "energy_plus_minus_kwh": 0.05,
    "engine_hours_anchored_at": "2026-11-16T09:12:00Z",
    "entry_id": 12,
    "every_hours_h": 250.0,
    "fuel_level_at": "2026-11-22T02:58:12Z",
    "fuel_level_pct": 62.0,
    "given_due_on": "2027-03-31",
    "last_value": 98.5,
    "left_hours_h": 41.5,
    "location": "body.items.17.volume_l",
    "months": [12, 1, 2],
    "newest_dead_letter_reason": "the payload is no JSON",
    "next_cursor": "1794816600000000_41",
    "next_due_on": "2027-03-31",
    "next_id": "7-mi1e9q4w",
    "other_at": "2026-11-16T23:40:00Z",
    "place_id": 1,
    "price_per_kwh": 36.2,
    "proposed": 28.4,
    "relative_economy_km": 412.6,
    "relative_economy_ratio": 1.06,
    "revoked_at": "2026-11-20T03:00:00Z",
    "soc_from_pct": 90.0,
    "soc_to_pct": 81.5,
    "step_s": 300.0,
    "typed": 284.0,
    "unit": "L",
    "visit_count": 3,
    "weekdays": [1, 2, 3, 4, 5],
    "with_trip_id": "7-mi1e9q4w",
    "withdrawn_at": "2026-11-17T02:00:00Z",
    "withdrawn_by": "manager, key 1",
}
"""For fields that are null, or left out, in every example."""
_MOMENTS: Final[Mapping[str, str]] = {"date-time": "2026-11-16T22:05:00Z", "date": "2026-11-17"}
_PYTHON: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def complete(schemas: Schemas) -> None:
    """Give each schema and each field an example.

    A field has the value it has in an example of its own schema, or of one that holds it; else what a field of the same
    name has elsewhere, for names mean the same everywhere; else one of what is allowed.
    """
    for name in list(schemas):
        for example in schemas[name].get("examples", ()):
            _spread({"$ref": name}, example, schemas)
    namesakes = _namesakes(schemas)
    for name, field in _without(schemas):
        _set(field, _fallback(name, field, namesakes))
    for schema in schemas.values():
        if "examples" not in schema:
            schema["examples"] = [_composed(schema, schemas)]
    for _, field in _without(schemas):
        _set(field, _of_parts(field, schemas))


def _without(schemas: Schemas) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the fields of which no example is known, or only a null."""
    for schema in schemas.values():
        for name, field in schema.get("properties", {}).items():
            if "$ref" not in field and field.get("examples") in (None, [None]):
                yield name, field


def _spread(schema: Mapping[str, Any], example: Any, schemas: Schemas) -> None:
    target = schemas.get(schema["$ref"].rpartition("/")[2], {})
    if not isinstance(example, Mapping) or not _fits(target, example):
        return
    _note(target, example)
    for name, field in target.get("properties", {}).items():
        if name not in example:
            continue
        value = example[name]
        if "$ref" not in field:
            _note(field, value)
        for part, below in _parts(field, value):
            _spread(part, below, schemas)


def _fits(target: Mapping[str, Any], example: Mapping[str, Any]) -> bool:
    # Of several shapes, the one the example has: told apart by what is constant.
    constants = {name: one["const"] for name, one in target.get("properties", {}).items() if "const" in one}
    return all(example.get(name, value) == value for name, value in constants.items())


def _note(target: dict[str, Any], value: Any) -> None:
    # A null tells little: it gives way to the first value there is.
    known = target.get("examples")
    if known is None or (known == [None] and value is not None):
        target["examples"] = [value]


def _parts(field: Mapping[str, Any], value: Any) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Yield the schemas below a field, with their parts of its example."""
    if value is None:
        return
    if "$ref" in field:
        yield field, value
    for one in (*field.get("anyOf", ()), *field.get("oneOf", ())):
        yield from _parts(one, value)
    if isinstance(value, list) and "items" in field:
        for item in value:
            yield from _parts(field["items"], item)
    if isinstance(value, Mapping) and isinstance(field.get("additionalProperties"), Mapping):
        for item in value.values():
            yield from _parts(field["additionalProperties"], item)


def _namesakes(schemas: Schemas) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for schema in schemas.values():
        for name, field in schema.get("properties", {}).items():
            found.setdefault(name, []).extend(one for one in field.get("examples", ()) if one is not None)
    return found


def _fallback(name: str, field: Mapping[str, Any], namesakes: Mapping[str, list[Any]]) -> Any:
    kinds = [one for one in field.get("anyOf", [field]) if one.get("type") != "null"]
    for kind in kinds:
        if "const" in kind or "enum" in kind:
            return kind.get("const", kind.get("enum", [None])[0])
    allowed = tuple(python for kind in kinds for python in _PYTHON.get(kind.get("type", ""), ()))
    moments = [_MOMENTS.get(kind.get("format", "")) for kind in kinds]
    for value in (*namesakes.get(name, ()), field.get("default"), _KNOWN.get(name), *moments):
        if isinstance(value, allowed) and isinstance(value, bool) == (allowed == (bool,)):
            return value
    return None


def _of_parts(field: Mapping[str, Any], schemas: Schemas) -> Any:
    for kind in field.get("anyOf", ()):
        if "$ref" in kind:
            return _first(kind, schemas)
        if "$ref" in kind.get("items", {}):
            return [_first(kind["items"], schemas)]
    return None


def _first(reference: Mapping[str, Any], schemas: Schemas) -> Any:
    return schemas[reference["$ref"].rpartition("/")[2]].get("examples", [None])[0]


def _set(field: dict[str, Any], value: Any) -> None:
    if value is not None:
        field["examples"] = [value]


def _composed(schema: Mapping[str, Any], schemas: Schemas) -> dict[str, Any]:
    """Return an example made of those of the fields."""
    return {
        name: _first(field, schemas) if "$ref" in field else field.get("examples", [None])[0]
        for name, field in schema.get("properties", {}).items()
    }

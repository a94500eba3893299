"""How single fields of a panel look. Pure."""

from collections.abc import Mapping

from keitora_dashboards.query import Json


def override(field: str, **properties: object) -> Json:
    """Return settings of one field; a property's name is written with `__` for a dot (`custom__width`)."""
    return {
        "matcher": {"id": "byName", "options": field},
        "properties": [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()],
    }


def number_override(**properties: object) -> Json:
    """Return settings of every number."""
    return {
        "matcher": {"id": "byType", "options": "number"},
        "properties": [{"id": name, "value": value} for name, value in properties.items()],
    }


def hidden(field: str) -> Json:
    """Return settings of a field that is there for links and layers, and is not shown."""
    return override(field, custom__hideFrom={"viz": True, "legend": False, "tooltip": False})


def words(texts: Mapping[str, str], colors: Mapping[str, str] | None = None) -> list[Json]:
    """Return mappings that show a code in words, and where given in a colour."""
    chosen = colors or {}
    options: Json = {}
    for place, (code, text) in enumerate(texts.items()):
        options[code] = {"index": place, "text": text} | ({"color": chosen[code]} if code in chosen else {})
    return [{"type": "value", "options": options}]


def unknown(text: str) -> list[Json]:
    """Return a mapping that shows a quotient of nothing by nothing as not known."""
    return [{"type": "special", "options": {"match": "null+nan", "result": {"index": 0, "text": text}}}]


def nothing(text: str) -> list[Json]:
    """Return mappings that show a text that is missing or empty in words."""
    empty = {"type": "special", "options": {"match": "empty", "result": {"index": 1, "text": text}}}
    return [*unknown(text), empty]


def steps(*bounds: tuple[float | None, str]) -> Json:
    """Return thresholds: each colour holds from its bound on; the first bound is None."""
    return {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in bounds]}

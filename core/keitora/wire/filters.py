"""MQTT topic filters: `+` is any level, `#` the level before it and all that follow."""

from collections.abc import Sequence


def overlap(one: str, other: str) -> bool:
    """Tell whether any topic falls under both filters."""
    return _meet(one.split("/"), other.split("/"))


def _meet(one: Sequence[str], other: Sequence[str]) -> bool:
    if one[:1] == ["#"] or other[:1] == ["#"]:
        return True
    if not one or not other:
        return not one and not other
    return (one[0] == other[0] or "+" in (one[0], other[0])) and _meet(one[1:], other[1:])

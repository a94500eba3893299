"""How what a Grafana has differs from what we want. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from keitora_dashboards.query import Json


@dataclass(frozen=True, slots=True)
class Item:
    """Something of ours in a Grafana: how it is called, what Grafana has (None: nothing), what it should have."""

    name: str
    found: Json | None
    wanted: Json

    def differences(self) -> list[str]:
        """Return where the two differ, as paths; nothing if Grafana has all that we want."""
        return [] if self.found is None else list(differences(self.found, self.wanted))


def differences(found: object, wanted: object, path: str = "") -> Iterator[str]:
    """Yield where what Grafana has is not what we want; parts it added are its own, and null is like nothing."""
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            yield path or "."
            return
        for part, value in wanted.items():
            yield from differences(found.get(part), value, f"{path}.{part}" if path else part)
    elif isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            yield path or "."
            return
        for place, (has, wants) in enumerate(zip(found, wanted, strict=True)):
            yield from differences(has, wants, f"{path}[{place}]")
    elif found != wanted or isinstance(found, bool) != isinstance(wanted, bool):
        yield path or "."


def holds(found: object, wanted: object) -> bool:
    """Tell whether Grafana has all that we want."""
    return next(differences(found, wanted), None) is None

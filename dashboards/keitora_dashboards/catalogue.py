"""Every dashboard there is, in every language. Pure."""

from collections.abc import Callable
from typing import Final

from keitora_dashboards.dashboard import Dashboard
from keitora_dashboards.fleet_overview import fleet_overview
from keitora_dashboards.texts import LANGUAGES, Texts

_ALL: Final[tuple[Callable[[Texts], Dashboard], ...]] = (fleet_overview,)


def dashboards() -> list[Dashboard]:
    """Return all dashboards, each in all languages."""
    return [make(Texts(language)) for make in _ALL for language in LANGUAGES]


def files() -> dict[str, str]:
    """Return what belongs in the folder of JSON files: the text of each, by name."""
    return {f"{dashboard.uid}.json": dashboard.as_text() for dashboard in dashboards()}

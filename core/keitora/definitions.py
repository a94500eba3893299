"""What each derived number means: one sentence each, for a fleet owner, in English and Japanese (definitions.toml).

The API's descriptions, the dashboards' panels and docs/reference/definitions.md take the sentence from here, so they
cannot disagree. Episodes have theirs with their rule (`keitora.episodes.catalogue.MEANINGS`).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Definition:
    """A derived number: what it is called and the sentence that defines it, in both languages."""

    key: str
    name_en: str
    name_ja: str
    en: str
    ja: str


def _read() -> dict[str, tuple[Definition, ...]]:
    chapters = tomllib.loads(files("keitora").joinpath("definitions.toml").read_text("utf-8"))
    return {
        chapter["title"]: tuple(Definition(key, **texts) for key, texts in chapter["numbers"].items())
        for chapter in chapters.values()
    }


CHAPTERS: Final[Mapping[str, tuple[Definition, ...]]] = MappingProxyType(_read())
"""All definitions, by the titles of the chapters they are told in."""

DEFINITIONS: Final[Mapping[str, Definition]] = MappingProxyType(
    {one.key: one for chapter in CHAPTERS.values() for one in chapter}
)


def definition(key: str) -> Definition:
    """Return the definition of a number. Raises KeyError for what has none: only a defined number is shown."""
    return DEFINITIONS[key]

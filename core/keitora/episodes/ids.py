"""An episode's public name, `{vehicle_id}-{kind}-{start in Unix milliseconds, base 36}`, and places in lists. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from keitora.base36 import base36
from keitora.errors import KeitoraError, NotFoundError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_NAME: Final = re.compile(r"([1-9][0-9]{0,8})-([a-z][a-z_]{1,40})-([0-9a-z]{1,9})")


@dataclass(frozen=True, slots=True)
class EpisodeKey:
    """What names an episode: its truck, its kind and its start (whole milliseconds, as the fold counts)."""

    vehicle_id: int
    kind: str
    opened_at: datetime


def episode_id(key: EpisodeKey) -> str:
    """Return the public name of an episode; it is also the name of the place just after it in a list."""
    return f"{key.vehicle_id}-{key.kind}-{base36((key.opened_at - _EPOCH) // _MILLISECOND)}"


def parse_episode_id(text: str) -> EpisodeKey:
    """Return what a public name means. Raises NotFoundError for anything that cannot name an episode."""
    found = _NAME.fullmatch(text)
    if not found:
        raise NotFoundError(f"there is no episode '{text[:60]}'")
    return EpisodeKey(int(found[1]), found[2], _EPOCH + int(found[3], 36) * _MILLISECOND)


def parse_cursor(text: str) -> EpisodeKey:
    """Return the episode after which to go on. Raises KeitoraError for what is no such place."""
    try:
        return parse_episode_id(text)
    except NotFoundError as error:
        raise KeitoraError("a cursor must be passed on as `next_cursor` gave it") from error

"""What the API tells: trips of all trucks and, where the server has them, episodes."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from keitora.errors import SetupError
from keitora_sim.score.model import Found, FoundEpisode, FoundTrip

_PAGE: Final = 1000
_TIMEOUT_S: Final = 60
_NOT_THERE: Final = 404


def fetch(base_url: str, key: str, *, from_at: datetime, to_at: datetime) -> Found:
    """Return trips and episodes that began in a time. Raises SetupError if the API does not answer or refuses."""
    span = {"from": from_at.isoformat(), "to": to_at.isoformat()}
    trips = [_trip(item) for item in _items(base_url, key, "/v1/trips", span) or ()]
    episodes = _items(base_url, key, "/v1/episodes", span)
    return Found(trips, None if episodes is None else [_episode(item) for item in episodes])


def _items(base_url: str, key: str, path: str, query: dict[str, str]) -> list[dict[str, Any]] | None:
    """Return all pages of a list; None where there is no such list."""
    found: list[dict[str, Any]] = []
    for page in _pages(base_url, key, path, query):
        if page is None:
            return None
        found += page["items"]
    return found


def _pages(base_url: str, key: str, path: str, query: dict[str, str]) -> Iterator[dict[str, Any] | None]:
    cursor: str | None = ""
    while cursor is not None:
        asked = {**query, "limit": str(_PAGE)} | ({"cursor": cursor} if cursor else {})
        page = _get(f"{base_url.rstrip('/')}{path}?{urllib.parse.urlencode(asked)}", key)
        yield page
        cursor = None if page is None else page.get("next_cursor")


def _get(url: str, key: str) -> dict[str, Any] | None:
    if not url.startswith(("http://", "https://")):
        raise SetupError(f"the API's address must begin with http:// or https://, not {url[:20]!r}")
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})  # noqa: S310 -- looked at above
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            page: dict[str, Any] = json.load(answer)
            return page
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _NOT_THERE:
                return None
            raise SetupError(f"the API answers {error.code} to {urllib.parse.urlsplit(url).path}") from error
    except OSError as error:
        raise SetupError(f"the API at {urllib.parse.urlsplit(url).netloc} does not answer: {error}") from error


def _trip(item: dict[str, Any]) -> FoundTrip:
    distance_km = item["distance_km"]
    return FoundTrip(
        truck=item["vehicle"]["name"],
        started_at=datetime.fromisoformat(item["started_at"]),
        ended_at=datetime.fromisoformat(item["ended_at"]),
        distance_m=None if distance_km is None else distance_km * 1000,
        fuel_l=item["fuel_l"],
        energy_kwh=item["energy_kwh"],
    )


def _episode(item: dict[str, Any]) -> FoundEpisode:
    closed = item.get("closed_at") or item.get("ended_at")
    return FoundEpisode(
        truck=item["vehicle"]["name"],
        kind=item["kind"],
        started_at=datetime.fromisoformat(item.get("opened_at") or item["started_at"]),
        ended_at=datetime.fromisoformat(closed) if closed else None,
    )

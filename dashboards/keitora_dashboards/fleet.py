"""How a fleet counts, asked of the API itself."""

import json
import urllib.error
import urllib.request
from typing import Final

from keitora_dashboards.datasource import KEY_HEADER
from keitora_dashboards.query import Json

_TIMEOUT_S: Final = 5.0


def read_fleet(api_url: str, key: str) -> Json | None:
    """Return the fleet the key belongs to; None if the API cannot be reached from here or does not know the key."""
    request = urllib.request.Request(f"{api_url}/v1/fleet", headers={KEY_HEADER: key})  # noqa: S310 -- checked: http(s)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 -- as above
            found = json.load(answer)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None

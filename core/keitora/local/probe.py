"""Ask a running API whether it is well."""

import http.client
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from keitora.errors import SetupError

_POLL_S: Final = 0.05


def api_answers(url: str, timeout_s: float = 2) -> bool:
    """Tell whether GET /healthz answers 200."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_s)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_for_api(url: str, check: Callable[[], None], within_s: float = 60) -> None:
    """Return when the API is well. `check` is called between tries and raises to give up."""
    deadline = time.monotonic() + within_s
    while not api_answers(url):
        check()
        if time.monotonic() > deadline:
            raise SetupError(f"the API does not answer on {url}/healthz")
        time.sleep(_POLL_S)

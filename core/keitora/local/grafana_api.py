"""What we ask of a private Grafana itself: whether it is well, and a token for `keitora dashboards push`."""

import base64
import http.client
import json
import secrets
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from keitora.errors import SetupError
from keitora.local.grafana import ADMIN

ACCOUNT: Final = "keitora"
_POLL_S: Final = 0.2
# Its first start makes a database of some hundred steps; on a small box with an SD card that takes minutes.
_READY_WITHIN_S: Final = 300
_TIMEOUT_S: Final = 15


def wait_until_ready(url: str, check: Callable[[], None], within_s: float = _READY_WITHIN_S) -> None:
    """Return when Grafana and its database answer. `check` is called between tries and raises to give up."""
    deadline = time.monotonic() + within_s
    while not answers(url):
        check()
        if time.monotonic() > deadline:
            raise SetupError(f"Grafana does not answer on {url}/api/health (waited {within_s:g} s)")
        time.sleep(_POLL_S)


def answers(url: str) -> bool:
    """Tell whether Grafana and its database are well."""
    try:
        status, told = _ask("GET", url, "/api/health", "")
    except SetupError:
        return False
    return status == 200 and told.get("database") == "ok"


def is_valid(url: str, token: str) -> bool:
    """Tell whether Grafana takes a token."""
    return _ask("GET", url, "/api/org", f"Bearer {token}")[0] == 200


def make_token(url: str, password: str) -> str:
    """Return a new token of our service account (role Admin), which is made where it is missing.

    Raises SetupError if the administrator's password is no longer the one we made.
    """
    word = base64.b64encode(f"{ADMIN}:{password}".encode()).decode()
    basic = f"Basic {word}"
    account = {"name": ACCOUNT, "role": "Admin", "isDisabled": False}
    status, made = _ask("POST", url, "/api/serviceaccounts", basic, account)
    number = made.get("id") if status == 201 else _find_account(url, basic, status)
    name = {"name": f"{ACCOUNT}-{secrets.token_hex(4)}"}
    status, made = _ask("POST", url, f"/api/serviceaccounts/{number}/tokens", basic, name)
    if status != 200 or not made.get("key"):
        raise SetupError(f"Grafana made no token ({status}): {made.get('message', made)}")
    return str(made["key"])


def _find_account(url: str, basic: str, refused: int) -> int:
    if refused == 401:
        raise SetupError(
            "Grafana's password of the user admin was changed, so its dashboards are left as they are; add a service "
            "account (role Admin) and a token in Grafana, and set KEITORA_GRAFANA_TOKEN"
        )
    _, told = _ask("GET", url, f"/api/serviceaccounts/search?perpage=100&page=1&query={ACCOUNT}", basic)
    for one in told.get("serviceAccounts") or []:
        if one.get("name") == ACCOUNT:
            return int(one["id"])
    raise SetupError(f"Grafana made no service account ({refused})")


def _ask(method: str, url: str, path: str, authorization: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON of an answer. Raises SetupError if there is none."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_TIMEOUT_S)
    headers = {"Content-Type": "application/json", "Authorization": authorization}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers if authorization else {})
        answer = connection.getresponse()
        told = json.loads(answer.read() or b"{}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SetupError(f"Grafana at {url} does not answer: {error}") from error
    finally:
        connection.close()
    return answer.status, told if isinstance(told, dict) else {}

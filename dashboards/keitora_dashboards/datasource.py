"""The data source through which Grafana reads the API. Pure."""

import hashlib
from typing import Final

from keitora_dashboards.query import PLUGIN, Json
from keitora_dashboards.variables import DATASOURCE_NAME, DATASOURCE_UID

KEY_HEADER: Final = "X-API-Key"
SECRET: Final = "apiKeyValue"  # noqa: S105 -- the name of a setting

_TIMEOUT_S: Final = 30
_MARK: Final = "keitoraKeyMark"


def datasource(api_url: str, key: str | None) -> Json:
    """Return the data source. Without a key, Grafana keeps the one it has."""
    base = api_url.rstrip("/")
    settings: Json = {
        "auth_method": "apiKey",
        "apiKeyKey": KEY_HEADER,
        "apiKeyType": "header",
        "allowedHosts": [base],
        "timeoutInSeconds": _TIMEOUT_S,
        # A page that needs the key and the database: otherwise Infinity says it is well without asking anybody.
        "customHealthCheckEnabled": True,
        "customHealthCheckUrl": f"{base}/v1/fleet",
    }
    made: Json = {
        "uid": DATASOURCE_UID,
        "name": DATASOURCE_NAME,
        "type": PLUGIN,
        "access": "proxy",
        "url": base,
        "isDefault": False,
        "jsonData": settings,
    }
    if key is not None:
        made["secureJsonData"] = {SECRET: key}
        settings[_MARK] = mark(key)
    return made


def mark(key: str) -> str:
    """Return by what to know a key again, as Grafana never shows one. Of 256 random bits it gives nothing away."""
    return hashlib.sha256(f"keitora-grafana:{key}".encode()).hexdigest()[:16]

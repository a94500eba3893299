"""Secrets in files, as Docker, Podman and systemd hand them over: `KEITORA_…_FILE` names a file with a value.

So a password is in no environment that others can look into, and in no address that is logged.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from keitora.errors import SetupError

SECRETS: Final[Mapping[str, str]] = {
    "KEITORA_DATABASE_URL": "the database's whole address",
    "KEITORA_DATABASE_PASSWORD": "the password of the user in KEITORA_DATABASE_URL, where that has none",
    "KEITORA_MQTT_URL": "the broker's whole address",
    "KEITORA_MQTT_PASSWORD": "the password of the user in KEITORA_MQTT_URL, where that has none",
    "KEITORA_INGESTOR_PASSWORD": "docker compose: of the database role of ingestor and derive workers",
    "KEITORA_API_PASSWORD": "docker compose: of the API's database role",
    "KEITORA_MQTT_INGESTOR_PASSWORD": "docker compose: of the ingestor at the broker",
    "KEITORA_GRAFANA_KEY": "the key by which Grafana reads the API",
    "KEITORA_GRAFANA_TOKEN": "Grafana's service account token",
}
_PASSWORDS: Final = {
    "KEITORA_DATABASE_URL": "KEITORA_DATABASE_PASSWORD",
    "KEITORA_MQTT_URL": "KEITORA_MQTT_PASSWORD",
}


def take() -> None:
    """Let this process see what the files hold. Raises SetupError, naming the variable, for one that cannot be read."""
    told = found(os.environ)
    for name in SECRETS:
        # What this process starts is given the values.
        os.environ.pop(f"{name}_FILE", None)
    os.environ.update(told)


def found(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables whose values are in files, and the addresses completed with their passwords."""
    told = {name: _read(f"{name}_FILE", path) for name in SECRETS if (path := env.get(f"{name}_FILE"))}
    if both := sorted(name for name in told if env.get(name)):
        raise SetupError(f"{both[0]} and {both[0]}_FILE are both set; say one of them")
    for name, password in _PASSWORDS.items():
        address, word = told.get(name) or env.get(name), told.get(password) or env.get(password)
        if address and word:
            told[name] = with_password(address, word)
    return told


def with_password(address: str, password: str) -> str:
    """Return an address with this password for its user; one that has a password, or no user, stays as it is."""
    parts = urlsplit(address)
    if parts.password is not None or not parts.username:
        return address
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def _read(name: str, path: str) -> str:
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{name}: cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if not value:
        raise SetupError(f"{name}: {path} is empty")
    return value

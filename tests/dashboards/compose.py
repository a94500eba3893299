"""docker-compose.yml as docker compose would read it: variables filled in from an .env."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]

Json = dict[str, Any]

# $$ is a dollar; ${NAME:?message} must be set; ${NAME:-default} may be.
_VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?P<how>:\?|:-)(?P<rest>[^}]*)\}|\$\{?(?P<bare>\w+)")


def text() -> str:
    return (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def parsed(env: dict[str, str]) -> Json:
    """Return the file with its variables filled in."""
    raw: Json = yaml.safe_load(text())
    filled: Json = fill(raw, env)
    return filled


def fill(value: Any, env: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: fill(part, env) for name, part in value.items()}
    if isinstance(value, list):
        return [fill(part, env) for part in value]
    return _VARIABLE.sub(lambda found: _filled(found, env), value) if isinstance(value, str) else value


def _filled(found: re.Match[str], env: dict[str, str]) -> str:
    assert not found["bare"], f"{found[0]}: say :? or :-, an unset variable is silently empty"
    if not found["name"]:
        return "$"
    if value := env.get(found["name"]):
        return value
    assert found["how"] == ":-", f"{found['name']} is not set"
    return str(found["rest"])


def variables() -> dict[str, str]:
    """Return the variables the file asks for, and how."""
    return {found["name"]: found["how"] for found in _VARIABLE.finditer(text()) if found["name"]}

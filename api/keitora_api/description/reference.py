"""The reference page of all routes, made from the application."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import SecretStr

from keitora_api.app import create_app
from keitora_api.rights import NOBODY_ASKED, RIGHTS
from keitora_api.settings import ServiceSettings

_MADE: Final = "<!-- Written by `keitora reference`; change the code it is made from instead. -->\n"
_ROLES: Final = ("manager", "driver", "viewer")
_SHARED: Final = frozenset({"fields", "Idempotency-Key"})


def routes_page() -> str:
    """Return the page of the API's routes: what each is called, who may use it, and what it can be asked."""
    # The address is of no database: nothing is opened to describe what there is.
    described = create_app(ServiceSettings(database_url=SecretStr("postgresql://nowhere/none"))).openapi()
    lines = [
        "# Routes of the HTTP API",
        "",
        _MADE,
        "*Name* is the operation's name in `/openapi.json`, by which generated clients go. *Who*: `m` manager,",
        "`d` driver, `v` viewer, `–` everybody, signed in or not; what a driver sees behind a route may be narrower.",
        "What holds for all of them, also `fields` and `Idempotency-Key`, is told in [the HTTP API](api.md).",
        "",
    ]
    for tag in described["tags"]:
        rows = list(_rows(described["paths"], tag["name"]))
        if rows:
            lines += [f"## {tag['name'].capitalize()}", "", tag["description"], ""]
            lines += ["| name | route | who | asked by | what |", "|---|---|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _rows(paths: dict[str, Any], tag: str) -> Iterator[str]:
    for path, told in paths.items():
        for method, operation in told.items():
            if operation["tags"][0] != tag:
                continue
            route = f"{method.upper()} {path}"
            asked = ", ".join(
                f"`{one['name']}`"
                for one in operation.get("parameters", ())
                if one["in"] != "path" and one["name"] not in _SHARED
            )
            yield f"| `{operation['operationId']}` | `{route}` | {_who(route)} | {asked} | {operation['summary']} |"


def _who(route: str) -> str:
    roles = RIGHTS.get(route, frozenset())
    return "–" if roles is NOBODY_ASKED else " ".join(role[0] for role in _ROLES if role in roles)

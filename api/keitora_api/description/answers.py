"""The problems each operation may answer with, where they follow from what it is rather than from what it does."""

from collections.abc import Iterator
from typing import Any, Final

from keitora_api import problems
from keitora_api.idempotency.once import TELLING_SECRETS, is_repeatable
from keitora_api.problems import Kind
from keitora_api.rights import NOBODY_ASKED, RIGHTS


def add_problems(method: str, path: str, operation: dict[str, Any]) -> None:
    """Add to an operation's answers what was not written beside its route; the answers are put in order."""
    told: dict[str, Any] = operation["responses"]
    for kind in _kinds(method, path, operation):
        told.setdefault(str(kind.status), problems.documented(kind)[kind.status])
    if is_repeatable(method, path):
        told["422"] = _EITHER
    operation["responses"] = dict(sorted(told.items()))


def _kinds(method: str, path: str, operation: dict[str, Any]) -> Iterator[Kind]:
    if RIGHTS.get(f"{method} {path}") is not NOBODY_ASKED:
        yield problems.FORBIDDEN  # also of a route for every role: a cookie that another site's page has sent along
    if any(one["name"] == "fields" for one in operation.get("parameters", ())):
        yield problems.UNKNOWN_FIELD
    if "requestBody" in operation:
        yield from (problems.TOO_LARGE, problems.TOO_SLOW)
    if f"{method} {path}" in TELLING_SECRETS:
        yield problems.CONFLICT


def _both(*kinds: Kind) -> dict[str, Any]:
    """Return what is told of two problems that share a status."""
    documented = [problems.documented(kind)[kind.status] for kind in kinds]
    content = dict(documented[0]["content"][problems.MEDIA_TYPE])
    examples = [one["content"][problems.MEDIA_TYPE]["example"] for one in documented]
    del content["example"]
    content["examples"] = {
        kind.slug: {"summary": kind.title, "value": example} for kind, example in zip(kinds, examples, strict=True)
    }
    return {
        "description": ", or: ".join(one["description"] for one in documented),
        "content": {problems.MEDIA_TYPE: content},
    }


_EITHER: Final = _both(problems.INVALID, problems.KEY_REUSED)

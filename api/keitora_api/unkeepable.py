"""Texts that no database holds, and where in a request they stand: JSON can say them, and addresses."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import Request
from pydantic import BaseModel

from keitora_api.problems import InvalidPart

NUL: Final = "a text holds no NUL"
HALF: Final = "a text holds whole characters: this has one half of a surrogate pair"
_LONGEST: Final = 200


def why_not(text: str) -> str | None:
    """Return why a text cannot be kept, or None if it can."""
    if "\0" in text:
        return NUL
    return HALF if any("\ud800" <= character <= "\udfff" for character in text) else None


def unkeepable(said: object, location: str) -> Iterator[InvalidPart]:
    """Yield what cannot be kept of what was said at a place of a request, the names of its parts included."""
    if isinstance(said, str):
        if (detail := why_not(said)) is not None:
            yield InvalidPart(location=location, detail=detail)
    elif isinstance(said, BaseModel):
        for name, value in said:
            yield from unkeepable(value, f"{location}.{name}")
    elif isinstance(said, Mapping):
        for name, value in said.items():
            if (detail := why_not(name)) is not None:
                yield InvalidPart(location=location, detail=f"{ascii(name)[:_LONGEST]}: {detail}")
            else:
                yield from unkeepable(value, f"{location}.{name}")
    elif isinstance(said, list | tuple):
        for number, value in enumerate(said):
            yield from unkeepable(value, f"{location}.{number}")


async def unkeepable_parts(request: Request) -> list[InvalidPart]:
    """Return which texts of a request, whose body was read, cannot be kept."""
    body = await _json(request)
    headers = {name: request.headers[name] for name in ("idempotency-key", "user-agent") if name in request.headers}
    places: tuple[tuple[object, str], ...] = (
        (request.path_params, "path"),
        (dict(request.query_params), "query"),
        (headers, "header"),
        (body, "body"),
    )
    return [part for said, location in places for part in unkeepable(said, location)]


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body() or b"null")
    except (ValueError, RecursionError):
        return None

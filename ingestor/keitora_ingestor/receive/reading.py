"""A request's body, within its bounds of size and time."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect, Request

from keitora.errors import KeitoraError

READ_FOR_ONE: Final = 4
"""So many times the bound is read, and thrown away, to tell a sender why: closing at once would cut the answer off."""


class TooLargeError(KeitoraError):
    """The body has more bytes than are accepted."""


class TooSlowError(KeitoraError):
    """The body did not come in time, or its sender is gone."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How large a body may be, and how long it may take."""

    most_bytes: int
    within_s: float


async def read_body(request: Request, limit: Limit) -> bytes:
    """Return the body as it was sent. Raises TooLargeError or TooSlowError."""
    body = bytearray()
    byte_count = 0
    request.state.is_cut = True  # until it is seen that nothing is left
    if _announced(request) > limit.most_bytes * READ_FOR_ONE:
        raise TooLargeError(f"at most {limit.most_bytes} bytes are accepted")
    try:
        async with asyncio.timeout(limit.within_s):
            async for part in request.stream():
                byte_count += len(part)
                if byte_count <= limit.most_bytes:
                    body += part
                elif byte_count > limit.most_bytes * READ_FOR_ONE:
                    raise TooLargeError(f"at most {limit.most_bytes} bytes are accepted")
    except (TimeoutError, ClientDisconnect) as error:
        raise TooSlowError(f"the body did not come within {limit.within_s:g} s") from error
    request.state.is_cut = False
    if byte_count > limit.most_bytes:
        raise TooLargeError(f"at most {limit.most_bytes} bytes are accepted")
    return bytes(body)


async def is_spent(request: Request, limit: Limit) -> bool:
    """Tell whether nothing of the body is left to come, so that the connection can be used again.

    A body that nobody has begun to read is read and thrown away for that.
    """
    if not hasattr(request.state, "is_cut"):
        with suppress(TooLargeError, TooSlowError):
            await read_body(request, limit)
    return not request.state.is_cut


def _announced(request: Request) -> int:
    text = request.headers.get("content-length", "")
    return int(text[:18]) if text.isdecimal() else 0

"""What a request may bring: how much, and how slowly."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from keitora_api.bounds import Bounds


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(str(len(body)))(scope, receive, send)


def ask(parts: list[bytes], *, length: int | None = None, pause_s: float = 0, within_s: float = 5) -> tuple[int, Any]:
    """Return status and headers of what is answered to a body in parts."""
    sent: list[Message] = []
    left = list(parts)

    async def receive() -> Message:
        await asyncio.sleep(pause_s)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}
    asyncio.run(Bounds(echo, most_bytes=1000, within_s=within_s)(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"])


def test_what_is_within_bounds_comes_through() -> None:
    assert ask([b"x" * 500, b"x" * 500], length=1000)[0] == 200


@pytest.mark.parametrize(("parts", "length"), [([b""], 1001), ([b"x" * 600, b"x" * 401], None), ([b"x" * 2000], 5)])
def test_a_body_that_is_too_large_is_refused_whatever_it_says_of_itself(parts: list[bytes], length: int | None) -> None:
    status, headers = ask(parts, length=length)

    assert status == 413
    assert headers[b"connection"] == b"close"


def test_a_body_that_trickles_in_is_given_up() -> None:
    assert ask([b"x"] * 50, pause_s=0.02, within_s=0.1)[0] == 408

"""`?units=us` on any answer."""

import json
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keitora_api.units.convert import to_us

_ASKED: Final = "us"


class UsUnits:
    """Converts answers in JSON for requests with `units=us`; all others pass through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _asks(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                if not _is_json(message):
                    await send(message)
                return
            if start is None or not _is_json(start):
                await send(message)
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                body = json.dumps(
                    to_us(json.loads(b"".join(parts))), ensure_ascii=False, separators=(",", ":")
                ).encode()
                MutableHeaders(scope=start)["content-length"] = str(len(body))
                await send(start)
                await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, collect)


def _asks(scope: Scope) -> bool:
    query: bytes = scope["query_string"]
    return b"units=" in query and parse_qs(query.decode("latin-1")).get("units") == [_ASKED]


def _is_json(start: Message) -> bool:
    return start["status"] == 200 and MutableHeaders(scope=start).get("content-type", "").startswith("application/json")

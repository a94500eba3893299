"""What happens around every request: security headers, unexpected errors, ETags."""

import hashlib
import logging
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keitora_api import problems

_LOG: Final = logging.getLogger(__name__)


def security_headers(tile_origin: str | None) -> dict[str, str]:
    """Return the headers of every answer. Nothing foreign may be loaded, but images from the host of the map tiles."""
    images = " ".join(["'self'", "data:", *([tile_origin] if tile_origin else [])])
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; manifest-src 'self'; "
        f"img-src {images}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    }


_STAY_ENCRYPTED: Final = {"Strict-Transport-Security": "max-age=31536000"}


class SecurityHeaders:
    """Adds fixed headers to every answer; behind TLS also the wish that it stays so."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        headers = self.headers | (_STAY_ENCRYPTED if scope.get("scheme") == "https" else {})

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class NeverKept:
    """Forbids everybody to keep answers of the API that are not told when they may be: they may hold a token."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
            await send(message)

        is_ours = scope["type"] == "http" and scope["path"].startswith(self.prefix)
        await self.app(scope, receive, send_with_header if is_ours else send)


class UnexpectedErrors:
    """Answers what nobody foresaw with a problem, and writes it to the log; the service goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if started or scope["type"] != "http":
                raise
            _LOG.exception("unexpected error at %s %s", scope["method"], scope["path"])
            answer = problems.response(problems.UNEXPECTED, "an unexpected error; the service's log has more")
            await answer(scope, receive, send)


class EntityTags:
    """Gives answers of the API a weak ETag and answers 304 to who has that one already.

    The database is asked all the same: what is saved is the phone's data volume.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(self.prefix):
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body = bytearray()
        is_streamed = False

        async def collect(message: Message) -> None:
            nonlocal start, is_streamed
            if message["type"] == "http.response.start":
                start = message
                # What must not be stored needs no tag, and may have no end: it goes out as it comes.
                is_streamed = "no-store" in MutableHeaders(scope=message).get("cache-control", "")
            if is_streamed:
                await send(message)
                return
            if message["type"] == "http.response.start":
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                known = Headers(scope=scope).get("if-none-match", "")
                for part in _tagged(start, bytes(body), known):
                    await send(part)

        await self.app(scope, receive, collect)


def _tagged(start: Message, body: bytes, known: str) -> tuple[Message, Message]:
    whole: Message = {"type": "http.response.body", "body": body}
    if start["status"] != 200:
        return start, whole
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = MutableHeaders(scope=start)
    headers["ETag"] = tag
    # Shared caches must not keep it; the client's own must ask whether it is still true.
    headers["Cache-Control"] = "private, no-cache"
    headers.add_vary_header("Authorization, X-API-Key, Cookie")
    if tag not in (word.strip() for word in known.split(",")):
        return start, whole
    for name in ("content-length", "content-type"):
        del headers[name]
    start["status"] = 304
    return start, {"type": "http.response.body", "body": b""}

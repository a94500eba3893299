"""What happens around every request: security headers, unexpected errors, compression, ETags."""

import hashlib
import logging
from collections.abc import Iterable
from time import perf_counter
from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keitora_api import problems
from keitora_api.metrics.registry import Metrics

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


_STAY_ENCRYPTED: Final = (b"strict-transport-security", b"max-age=31536000")


class Doorstep:
    """What holds for every answer, whatever becomes of the request behind it; one step, for each costs time.

    * It carries the security headers; behind TLS also the wish that it stays so.
    * Of the API it is kept by nobody if nobody has said when it may be: it may hold a token.
    * What nobody foresaw is answered with a problem and written to the log; the service goes on.
    * It is compressed if the client wants that.
    * It is counted and timed.
    """

    def __init__(self, app: ASGIApp, headers: dict[str, str], prefix: str, metrics: Metrics) -> None:
        self._app = app
        self._compressing = GZipMiddleware(app, minimum_size=1000, compresslevel=5)
        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        self._prefix = prefix
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        began_s = perf_counter()

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._completed(scope, message.get("headers", ()))
            await send(message)

        try:
            wants_gzip = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])
            await (self._compressing if wants_gzip else self._app)(scope, receive, send_on)
        except Exception:
            if status:
                raise
            _LOG.exception("unexpected error at %s %s", scope["method"], scope["path"])
            answer = problems.response(problems.UNEXPECTED, "an unexpected error; the service's log has more")
            await answer(scope, receive, send_on)
        finally:
            self._metrics.count(scope, status or 500, perf_counter() - began_s)

    def _completed(self, scope: Scope, own: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        headers = [*own, *self._headers]
        if scope["scheme"] == "https":
            headers.append(_STAY_ENCRYPTED)
        names = {name for name, _ in headers}
        if b"cache-control" not in names and scope["path"].startswith(self._prefix):
            headers.append((b"cache-control", b"no-store"))
        return headers


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
                is_streamed = any(
                    name == b"cache-control" and b"no-store" in value for name, value in message["headers"]
                )
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


# Shared caches must not keep it; the client's own must ask whether it is still true.
_ASK_ME: Final = (
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Authorization, X-API-Key, Cookie"),
)
_SAID_HERE: Final = frozenset({b"etag", *(name for name, _ in _ASK_ME)})
_OF_A_BODY: Final = frozenset({b"content-length", b"content-type"})


def _tagged(start: Message, body: bytes, known: str) -> tuple[Message, Message]:
    whole: Message = {"type": "http.response.body", "body": body}
    if start["status"] != 200:
        return start, whole
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = [(name, value) for name, value in start["headers"] if name not in _SAID_HERE]
    start["headers"] = [*headers, (b"etag", tag.encode()), *_ASK_ME]
    if tag not in (word.strip() for word in known.split(",")):
        return start, whole
    start["headers"] = [(name, value) for name, value in start["headers"] if name not in _OF_A_BODY]
    start["status"] = 304
    return start, {"type": "http.response.body", "body": b""}

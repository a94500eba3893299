"""Bounds on what a request may bring and take: how much, how slowly, and how long it may keep everybody waiting."""

import asyncio
from time import monotonic
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keitora_api import problems
from keitora_api.problems import Kind

_CLOSE: Final = {"Connection": "close"}


class OutOfBoundsError(Exception):
    """A request brought too much, or too slowly."""

    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail

    def response(self) -> Response:
        """Return what is answered; the connection is closed, for nobody waits for the rest."""
        return problems.response(self.kind, self.detail, headers=_CLOSE)


class Bounds:
    """Refuses a body that is too large, by its length if it says one, else once it is; and one that trickles in."""

    def __init__(self, app: ASGIApp, most_bytes: int, within_s: float) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        # Without one of these headers a GET has no body: there is nothing to bound.
        if scope["type"] != "http" or (scope["method"] == "GET" and not _brings_body(scope)):
            await self.app(scope, receive, send)
            return
        try:
            self._check_length(Headers(scope=scope).get("content-length"))
            await self.app(scope, self._bounded(receive), send)
        except OutOfBoundsError as error:
            # Read in the request's handler, before it has answered. What is still under way is not waited for.
            await error.response()(scope, receive, send)

    def _check_length(self, said: str | None) -> None:
        if said is not None and said.isdigit() and int(said) > self.most_bytes:
            raise self._too_large()

    def _too_large(self) -> OutOfBoundsError:
        return OutOfBoundsError(problems.TOO_LARGE, f"a request has at most {self.most_bytes} bytes")

    def _bounded(self, receive: Receive) -> Receive:
        size, ends_s, is_whole = 0, monotonic() + self.within_s, False

        async def bounded() -> Message:
            nonlocal size, is_whole
            if is_whole:
                return await receive()  # whether the client goes away: no bound on that
            try:
                message = await asyncio.wait_for(receive(), max(0.0, ends_s - monotonic()))
            except TimeoutError as error:
                raise OutOfBoundsError(problems.TOO_SLOW, f"its body did not arrive in {self.within_s:g} s") from error
            size += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if size > self.most_bytes:
                raise self._too_large()
            return message

        return bounded


def _brings_body(scope: Scope) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])


class Patience:
    """Ends a request whose answer has not begun in time, with a 503 problem; what it had begun is rolled back.

    The time in which its body arrives does not count, nor that in which the client takes it: see `server`.
    """

    def __init__(self, app: ASGIApp, within_s: float) -> None:
        self.app = app
        self.within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        loop, has_begun = asyncio.get_running_loop(), False

        async def received() -> Message:
            if not has_begun:
                bound.reschedule(None)
            message = await receive()
            if not has_begun:
                bound.reschedule(loop.time() + self.within_s)
            return message

        async def sent(message: Message) -> None:
            nonlocal has_begun
            if not has_begun:
                has_begun = True
                bound.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self.within_s) as bound:
                await self.app(scope, received, sent)
        except TimeoutError:
            if has_begun or not bound.expired():
                raise
            detail = f"no answer within {self.within_s:g} s; ask for less at once, or again later"
            await problems.response(problems.UNAVAILABLE, detail, headers={"Retry-After": "5"})(scope, receive, send)

"""Bounds on what a request may bring: how much, and how slowly."""

import asyncio
from time import monotonic
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from keitora_api import problems
from keitora_api.problems import Kind

_CLOSE: Final = {"Connection": "close"}


class _OutOfBoundsError(Exception):
    def __init__(self, kind: Kind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class Bounds:
    """Refuses a body that is too large, by its length if it says one, else once it is; and one that trickles in."""

    def __init__(self, app: ASGIApp, most_bytes: int, within_s: float) -> None:
        self.app = app
        self.most_bytes = most_bytes
        self.within_s = within_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            self._check_length(Headers(scope=scope).get("content-length"))
            await self.app(scope, self._bounded(receive), send)
        except _OutOfBoundsError as error:
            # Read in the request's handler, before it has answered. What is still under way is not waited for.
            await problems.response(error.kind, error.detail, headers=_CLOSE)(scope, receive, send)

    def _check_length(self, said: str | None) -> None:
        if said is not None and said.isdigit() and int(said) > self.most_bytes:
            raise self._too_large()

    def _too_large(self) -> _OutOfBoundsError:
        return _OutOfBoundsError(problems.TOO_LARGE, f"a request has at most {self.most_bytes} bytes")

    def _bounded(self, receive: Receive) -> Receive:
        size, ends_s, is_whole = 0, monotonic() + self.within_s, False

        async def bounded() -> Message:
            nonlocal size, is_whole
            if is_whole:
                return await receive()  # whether the client goes away: no bound on that
            try:
                message = await asyncio.wait_for(receive(), max(0.0, ends_s - monotonic()))
            except TimeoutError as error:
                raise _OutOfBoundsError(problems.TOO_SLOW, f"its body did not arrive in {self.within_s:g} s") from error
            size += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if size > self.most_bytes:
                raise self._too_large()
            return message

        return bounded

"""The server around the application: how many connections it has, what they may keep waiting, and how it stops."""

import asyncio
import socket
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from keitora_api import problems
from keitora_api.connections import FullError
from keitora_api.resources import Resources

HEADERS_WITHIN_S: Final = 10.0
"""A connection that has not sent a request's headers after so long is closed."""
TAKEN_WITHIN_S: Final = 60.0
"""A connection whose client has taken nothing of its answer for so long is cut."""
COME_AGAIN_AFTER_S: Final = 5
"""Who is refused because the service is full is told to come again after so long."""
STOPS_WITHIN_S: Final = 5
"""Requests under way are finished when the service is stopped; what takes longer is cut."""


class PatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 that gives up who sends headers, or takes an answer, too slowly, and whom it has no room for."""

    headers_within_s: float = HEADERS_WITHIN_S
    taken_within_s: float = TAKEN_WITHIN_S
    _waits: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Begin to wait for headers, if there is room."""
        super().connection_made(transport)
        resources = self._resources()
        try:
            victim = resources.connections.enter(self, self.client[0] if self.client else None)
        except FullError:
            resources.metrics.crowded_out.labels("refused").inc()
            transport.write(_full())
            self._let_go()
            return
        if victim is not None:
            resources.metrics.crowded_out.labels("closed").inc()
            victim._let_go()  # noqa: SLF001 -- one of the same kind
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._resources().connections.leave(self)
        for timer in (self._waits, self._stuck):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a piece; once the headers are whole nobody waits for them."""
        known = self.cycle
        super().data_received(data)
        if self.cycle is not known and self._waits is not None:
            self._waits.cancel()
            self._waits = None
        elif self._waits is None and (self.cycle is None or self.cycle.response_complete):
            # The next request has begun on a connection that was kept.
            self._await_headers()

    def on_message_complete(self) -> None:
        """Wait no more: the request is whole."""
        super().on_message_complete()
        if not self.cycle.response_complete:
            self._resources().connections.works(self)

    def on_response_complete(self) -> None:
        """Wait for the next request, if none is there already."""
        is_last = not self.pipeline
        super().on_response_complete()
        if is_last:
            self._resources().connections.waits(self)

    def pause_writing(self) -> None:
        """Watch whether the client goes on to take its answer."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Watch no more: the client goes on."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection nobody uses; what its client does not take then is thrown away."""
        super().timeout_keep_alive_handler()
        self.loop.call_later(self.taken_within_s, self.transport.abort)

    def _resources(self) -> Resources:
        app: FastAPI = self.config.app  # type: ignore[assignment] # never a name: see make_server
        resources: Resources = app.state.resources
        return resources

    def _let_go(self) -> None:
        """Close; what the client does not take of its answer then is thrown away."""
        self.transport.close()
        self.loop.call_later(self.taken_within_s, self.transport.abort)

    def _await_headers(self) -> None:
        self._waits = self.loop.call_later(self.headers_within_s, self.transport.abort)

    def _watch(self, left_bytes: int) -> None:
        self._stuck = self.loop.call_later(self.taken_within_s, self._look, left_bytes)

    def _look(self, left_bytes: int) -> None:
        now_bytes = self.transport.get_write_buffer_size()
        if now_bytes >= left_bytes:
            self.transport.abort()
        else:
            self._watch(now_bytes)


def _full() -> bytes:
    """Return the whole answer to who cannot be let in; his request is not even read."""
    detail = "every connection there may be has a request under way; ask again later"
    headers = {"Retry-After": str(COME_AGAIN_AFTER_S), "Connection": "close"}
    answer = problems.response(problems.UNAVAILABLE, detail, headers=headers)
    lines = [b"HTTP/1.1 503 Service Unavailable", *(b": ".join(header) for header in answer.raw_headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + bytes(answer.body)


class Server(uvicorn.Server):
    """Uvicorn, that lets the listeners of live positions go when it stops: they come back to the next process."""

    def __init__(self, config: uvicorn.Config, resources: Resources) -> None:
        super().__init__(config)
        self._resources = resources

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop: streams end, other requests are finished."""
        await self._resources.hub.dismiss_all()
        await super().shutdown(sockets)


def make_server(app: FastAPI, **options: Any) -> Server:
    """Return a server for an application made by `create_app`; `options` are uvicorn's."""
    usual: dict[str, Any] = {
        "log_level": "info",
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": STOPS_WITHIN_S,
        "http": PatientProtocol,
        "ws": "none",
    }
    return Server(uvicorn.Config(app, **(usual | options)), app.state.resources)

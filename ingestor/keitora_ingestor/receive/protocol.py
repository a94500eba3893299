"""uvicorn's HTTP/1.1 with a bound on how long a request's head may take, and on connections from one address.

uvicorn ends idle connections, but a sender that sends a byte now and then is never idle. The body has its own bound
where it is read (`reading`).
"""

import asyncio
from collections import Counter
from functools import partial
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from keitora_ingestor.receive.settings import ReceiveSettings

_UNKNOWN: Final = "?"


class BoundedProtocol(H11Protocol):
    """One connection. Each head must come in time, counted from the connection or from the head's first byte."""

    def __init__(self, *arguments: Any, bounds: ReceiveSettings, counts: "Counter[str]", **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._bounds = bounds
        self._counts = counts
        self._address = _UNKNOWN
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """Begin to wait for a head; hang up on an address that has enough connections."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else _UNKNOWN
        self._counts[self._address] += 1
        is_too_many = self._counts[self._address] > self._bounds.receive_connections_each
        if is_too_many and self._address not in self._bounds.proxies:
            transport.abort()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._head_is_there()
        self._counts[self._address] -= 1
        if self._counts[self._address] <= 0:
            del self._counts[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and note whether the head is complete."""
        if self._head_timer is None and self.conn.their_state is h11.IDLE:
            self._await_head()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._head_is_there()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self._bounds.receive_head_timeout_s, self._give_up)

    def _head_is_there(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self.transport.abort()


def bounded_protocol(settings: ReceiveSettings) -> Any:
    """Return what uvicorn makes a connection's protocol with; one count of connections for all of them."""
    return partial(BoundedProtocol, bounds=settings, counts=Counter[str]())

"""A network that can fail: a TCP relay which cuts, stalls, loses, delays or half-closes what goes through it."""

import asyncio
import contextlib
import socket
from collections.abc import Coroutine
from threading import Thread
from typing import Any, Self

REAPED_AFTER_S = 2.0
"""When the far end of a lost connection gives it up, as its own TCP keepalive would."""


class _Connection:
    """Both halves of a relayed connection. One that is `lost` never moves again and is never closed towards us."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self.near = near
        self.far = far
        self.is_lost = False

    def abort(self) -> None:
        self.near.transport.abort()
        self.far.transport.abort()


class Proxy:
    """Relays a port of its own to `target_port` on this machine. A context manager; calls may come from any thread."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._is_cut = False
        self._delay_s = 0.0

    def __enter__(self) -> Self:
        self._flows.set()
        self._thread.start()
        self._run(self._serve())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Reset every connection and refuse new ones until `mend`."""
        self._run(self._cut())

    def stall(self) -> None:
        """Let nothing through until `mend`; then everything goes on where it stopped."""
        self._run(self._set_flow(flows=False))

    def lose(self) -> None:
        """Let nothing through until `mend`, and what is connected now never again: a router that was replaced."""
        self._run(self._lose())

    def delay(self, delay_s: float) -> None:
        """Hold each piece so long until `mend`."""
        self._delay_s = delay_s

    def half_close(self) -> None:
        """End one direction of every connection, towards the server."""
        self._run(self._half_close())

    def mend(self) -> None:
        """Let everything through again that is not lost."""
        self._is_cut = False
        self._delay_s = 0.0
        self._run(self._set_flow(flows=True))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._accept, sock=self._listening)

    async def _close(self) -> None:
        self._server.close()
        for connection in list(self._connections):
            connection.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _set_flow(self, *, flows: bool) -> None:
        (self._flows.set if flows else self._flows.clear)()

    async def _cut(self) -> None:
        self._is_cut = True
        for connection in list(self._connections):
            connection.abort()

    async def _lose(self) -> None:
        self._flows.clear()
        for connection in self._connections:
            connection.is_lost = True
            self._loop.call_later(REAPED_AFTER_S, connection.far.transport.abort)

    async def _half_close(self) -> None:
        for connection in self._connections:
            if connection.far.can_write_eof() and not connection.far.is_closing():
                with contextlib.suppress(OSError):
                    connection.far.write_eof()

    async def _accept(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if self._is_cut:
            near.transport.abort()
            return
        try:
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            near.transport.abort()
            return
        connection = _Connection(near, far)
        self._connections.add(connection)
        tasks = {
            asyncio.create_task(self._pump(connection, reader, far)),
            asyncio.create_task(self._pump(connection, far_reader, near)),
        }
        self._tasks |= tasks
        try:
            await asyncio.wait(tasks)
        finally:
            self._tasks -= tasks
            self._connections.discard(connection)
            connection.abort()

    async def _pump(self, connection: _Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one direction; what is held is at most one piece here and what the kernel holds."""
        with contextlib.suppress(OSError, RuntimeError):  # either end went away, or cannot be written to any more
            while piece := await reader.read(65536):
                await self._passage(connection)
                writer.write(piece)
                await writer.drain()
        await self._passage(connection)  # that an end went away is not heard through a stalled network either
        connection.abort()

    async def _passage(self, connection: _Connection) -> None:
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        await self._flows.wait()
        if connection.is_lost:
            await asyncio.Event().wait()

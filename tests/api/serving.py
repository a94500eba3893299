"""The application behind a real server, for what a test client cannot show: streams, slow clients, many at once."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

from fastapi import FastAPI

from keitora_api.server import make_server


@contextmanager
def served(app: FastAPI, *, graceful_s: int = 1, **options: Any) -> Iterator[str]:
    """Yield the address of a server that runs as long as the block lasts."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # what a slow client leaves lying is soon noticed
    listening.bind(("127.0.0.1", 0))
    options = {"log_level": "warning", "timeout_graceful_shutdown": graceful_s, "lifespan": "on", **options}
    server = make_server(app, **options)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
    thread.start()
    give_up = monotonic() + 30
    while not server.started and thread.is_alive() and monotonic() < give_up:
        sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


class Events:
    """One listener of a stream of server-sent events, over a bare connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def listen(cls, url: str, path: str, headers: dict[str, str], *, buffer_bytes: int | None = None) -> "Events":
        host, port = url.removeprefix("http://").split(":")
        connection = socket.socket()
        if buffer_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, (host, int(port)))
        reader, writer = await asyncio.open_connection(sock=connection, limit=2**16)
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await writer.drain()
        return cls(reader, writer)

    async def line(self, beginning: str, within_s: float = 30) -> str:
        """Return the rest of the next line that begins so."""
        async with asyncio.timeout(within_s):
            while True:
                text = (await self.reader.readline()).decode()
                if not text:
                    raise EOFError
                if text.startswith(beginning):
                    return text.removeprefix(beginning).strip()

    async def event(self, within_s: float = 30) -> tuple[str, str]:
        """Return the next event's name and data."""
        name = await self.line("id: ", within_s)
        return name, await self.line("data: ", within_s)

    def close(self) -> None:
        self.writer.close()


async def until(condition: Callable[[], bool], within_s: float = 60) -> None:
    """Wait for what another thread does."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 -- the server runs in a loop of its own
            await asyncio.sleep(0.02)

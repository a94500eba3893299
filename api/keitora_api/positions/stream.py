"""Server-sent events of live positions (WHATWG HTML, §9.2)."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from keitora.positions.model import LatestValues
from keitora_api.positions.hub import Hub, Seat
from keitora_api.positions.schemas import LatestAnswer

_LOG: Final = logging.getLogger(__name__)
QUIET_S: Final = 15.0
"""After so long without news a comment is sent, so that both ends notice when the other has gone."""
PATIENCE_S: Final = 20.0
"""A listener that takes nothing for so long is dropped; it comes back when it can, and misses nothing present."""
LONGEST: Final = timedelta(minutes=15)
"""Then the stream ends and the listener comes back: a connection nobody remembers must not stay for ever."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Whose trucks are listened to, by which session or key, and what the listener knows already."""

    fleet_id: int
    session_id: int | None
    api_key_id: int | None
    vehicle_ids: tuple[int, ...] | None
    last_event_id: str | None


class PositionStream(Response):
    """An answer without end: an event for each truck that has something new."""

    def __init__(self, hub: Hub, listener: Listener, clock: Callable[[], datetime]) -> None:
        super().__init__(
            media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        self._hub = hub
        self._listener = listener
        self._clock = clock

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the listener goes or takes nothing, its session or key ends, or it is long enough."""
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.create_task(_gone(receive))
        sent = asyncio.create_task(self._send_all(send))
        try:
            await asyncio.wait({gone, sent}, timeout=LONGEST.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (gone, sent):
                task.cancel()
            _, failure = await asyncio.gather(gone, sent, return_exceptions=True)
        if failure is None or isinstance(failure, asyncio.CancelledError):
            # Told as an end, so that the listener knows that the connection did not break.
            with suppress(TimeoutError):
                await _within(send, "", is_last=True)
        elif not isinstance(failure, OSError):  # a listener that takes nothing, or has gone
            _LOG.error("a stream of live positions broke off", exc_info=failure)

    async def _send_all(self, send: Send) -> None:
        listener = self._listener
        seat = Seat(listener.session_id, listener.api_key_id)
        await _within(send, "retry: 3000\n\n")
        async with self._hub.listening(listener.fleet_id, seat) as feed:
            while not await feed.first_read(seat, QUIET_S):
                await _within(send, ": quiet\n\n")
            known = feed.number_of(listener.last_event_id)
            while seat.is_open:
                newest = feed.board.number
                for number, row in feed.board.after(known, listener.vehicle_ids):
                    told = feed.text_of(number, row, self._told)
                    await _within(send, f"id: {feed.event_id(number)}\nevent: position\ndata: {told}\n\n")
                known = newest
                if not await feed.change_after(known, seat, QUIET_S):
                    await _within(send, ": quiet\n\n")

    def _told(self, row: LatestValues) -> str:
        return LatestAnswer.of(row, self._clock()).model_dump_json()


async def _within(send: Send, text: str, *, is_last: bool = False) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": not is_last})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

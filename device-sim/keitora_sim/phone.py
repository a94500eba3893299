"""A phone with OwnTracks: one JSON message a fix. It knows no answer but the broker's, so that must do."""

import json
from collections.abc import Sequence
from typing import Final

from keitora.signals.check import Value
from keitora.wire.native import Committed
from keitora_sim.courier import Courier
from keitora_sim.link import Address, Link
from keitora_sim.messages import Message
from keitora_sim.recording import Row

_KEYS: Final = {
    "lat": "lat",
    "lon": "lon",
    "altitude_m": "alt",
    "accuracy_m": "acc",
    "gnss_speed_kmh": "vel",
    "heading_deg": "cog",
    "device_battery_pct": "batt",
}
_WHOLE: Final = frozenset({"alt", "acc", "vel", "cog", "batt"})
_OMITTED_WHEN_ZERO: Final = frozenset({"alt", "acc", "vel", "cog"})


def fixes(rows: Sequence[Row], *, first_sequence: int = 0, tracker_id: str = "ks") -> list[Message]:
    """Return rows with a position as OwnTracks messages, whole numbers and omitted zeros as the app sends them."""
    messages = []
    for sequence, row in enumerate(rows, start=first_sequence):
        if "lat" in row.values and "lon" in row.values:
            payload = json.dumps(_body(row, tracker_id), separators=(",", ":")).encode()
            messages.append(Message(boot=0, first_sequence=sequence, last_sequence=sequence, payload=payload))
    return messages


def _body(row: Row, tracker_id: str) -> dict[str, Value | str]:
    body: dict[str, Value | str] = {"_type": "location", "tid": tracker_id, "tst": round(row.sampled_at.timestamp())}
    for column, key in _KEYS.items():
        if (value := row.values.get(column)) is None:
            continue
        rounded = round(value) if key in _WHOLE else round(value, 7)
        if rounded or key not in _OMITTED_WHEN_ZERO:
            body[key] = rounded
    return body


class Phone(Courier):
    """A phone that publishes as USER/DEVICE."""

    def __init__(self, url: str, device_key: str, *, window: int = 64, resend_after_s: float = 10.0) -> None:
        self._sent: dict[int, Message] = {}
        self._early: set[int] = set()
        address = Address.parse(url)
        super().__init__(
            lambda courier: Link(address, courier, name=device_key.replace("/", "-")),
            topic=f"owntracks/{device_key}",
            window=window,
            resend_after_s=resend_after_s,
        )

    def on_received(self, payload: bytes) -> None:
        """Ignore what comes: a phone is told nothing here."""

    def on_delivered(self, message_id: int) -> None:
        """Take the broker's word for a fix."""
        with self._changed:
            message = self._sent.pop(message_id, None)
            if message is None:
                self._early.add(message_id)  # answered before its number was noted
        if message is not None:
            self._done(message)

    def _greet(self) -> None:
        """Say nothing: the app only leaves a will, which tells nobody anything."""

    def _farewell(self) -> None:
        """Say nothing."""

    def _published(self, message: Message, message_id: int) -> None:
        with self._changed:
            is_answered = message_id in self._early
            self._early.discard(message_id)
            if not is_answered:
                self._sent[message_id] = message
        if is_answered:
            self._done(message)

    def _done(self, message: Message) -> None:
        rows = (message.first_sequence, message.last_sequence)
        self._acknowledge(Committed(b=message.boot, r=[rows]))

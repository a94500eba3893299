"""A logger that speaks the native format: answers by the ingestor, birth and will, nothing deleted before commit."""

import json

from pydantic import ValidationError

from keitora.wire import topics
from keitora.wire.native import Committed
from keitora_sim.courier import Courier
from keitora_sim.link import Address, Link
from keitora_sim.messages import Message

WINDOW_MESSAGES = 64
RESEND_AFTER_S = 10.0
_FIRMWARE = "keitora-sim"


class Logger(Courier):
    """One boot, or several, of one device. Rows leave it only when the ingestor says that they are committed."""

    def __init__(
        self,
        url: str,
        device_key: str,
        *,
        boot: int,
        window: int = WINDOW_MESSAGES,
        resend_after_s: float = RESEND_AFTER_S,
    ) -> None:
        self._state_topic = topics.state(device_key)
        self._boot = boot
        self.bad_answer_count = 0
        address = Address.parse(url)
        super().__init__(
            lambda courier: Link(
                address,
                courier,
                name=device_key,
                subscribe_to=topics.acknowledgement(device_key),
                will=(self._state_topic, _state(is_on=False)),
            ),
            topic=topics.telemetry(device_key),
            window=window,
            resend_after_s=resend_after_s,
        )

    def on_received(self, payload: bytes) -> None:
        """Take an answer of the ingestor; one that is none is counted and ignored."""
        try:
            committed = Committed.model_validate_json(payload)
        except ValidationError:
            self.bad_answer_count += 1
            return
        self._acknowledge(committed)

    def on_delivered(self, message_id: int) -> None:
        """Ignore that the broker has a message: only the ingestor's answer says that it is safe."""

    def _published(self, message: Message, message_id: int) -> None:
        """Ignore the broker's number of it, as `on_delivered` does."""

    def _greet(self) -> None:
        self._link.publish(self._state_topic, _state(is_on=True, boot=self._boot), retain=True)

    def _farewell(self) -> tuple[str, bytes] | None:
        return self._state_topic, _state(is_on=False)


def _state(*, is_on: bool, boot: int | None = None) -> bytes:
    body: dict[str, object] = {"v": 1, "on": is_on}
    if boot is not None:
        body |= {"b": boot, "fw": _FIRMWARE, "hw": "simulated", "cap": ["gz"]}
    return json.dumps(body).encode()

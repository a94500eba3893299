"""A client at the broker's door that notes what happens to it."""

import ssl
from collections.abc import Callable
from threading import Condition
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

WITHIN_S = 10.0


class Visitor:
    """Use as a context manager. It does not come back by itself once it is cut off."""

    def __init__(self, url: str, *, client_id: str = "", trust: ssl.SSLContext | None = None) -> None:
        self.changed = Condition()
        self.answer: str | None = None
        self.is_cut = False
        self.heard: list[tuple[str, bytes]] = []
        self._puback: dict[int, str] = {}
        self._suback: set[int] = set()
        address = urlsplit(url)
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5, reconnect_on_failure=False
        )
        if address.username:
            client.username_pw_set(unquote(address.username), unquote(address.password or ""))
        if trust:
            client.tls_set_context(trust)
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_publish = self._published
        client.on_subscribe = self._subscribed
        client.on_message = self._received
        self._client = client
        self._where = (address.hostname or "", address.port or 1883)

    def __enter__(self) -> Self:
        self._client.connect(*self._where)
        self._client.loop_start()
        self._wait(lambda: self.answer is not None)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        client = self._client
        client.on_connect = client.on_disconnect = client.on_publish = None
        client.on_subscribe = client.on_message = None

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> str:
        """Return what the broker says of a message: "Success" (also if nobody listens), or why not."""
        number = self._client.publish(topic, payload, qos=1, retain=retain).mid
        self._wait(lambda: number in self._puback)
        return self._puback[number]

    def subscribe(self, *topic_filters: str) -> None:
        """Subscribe, and return when the broker has answered, whatever it says."""
        _, number = self._client.subscribe([(one, 1) for one in topic_filters])
        self._wait(lambda: number in self._suback)

    def wait_heard(self, count: int) -> None:
        self._wait(lambda: len(self.heard) >= count)

    def wait_cut(self) -> None:
        self._wait(lambda: self.is_cut)

    @property
    def topics(self) -> list[str]:
        with self.changed:
            return [topic for topic, _ in self.heard]

    def _wait(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, WITHIN_S), "waited in vain"

    def _note(self, note: Callable[[], object]) -> None:
        with self.changed:
            note()
            self.changed.notify_all()

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        self._note(lambda: setattr(self, "answer", str(reason)))

    def _disconnected(self, *_: Any) -> None:
        self._note(lambda: setattr(self, "is_cut", True))

    def _published(self, _client: Any, _data: Any, number: int, reason: ReasonCode, _more: Any) -> None:
        self._note(lambda: self._puback.__setitem__(number, str(reason) if reason.is_failure else "Success"))

    def _subscribed(self, _client: Any, _data: Any, number: int, _reasons: Any, _more: Any) -> None:
        self._note(lambda: self._suback.add(number))

    def _received(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self._note(lambda: self.heard.append((message.topic, bytes(message.payload))))

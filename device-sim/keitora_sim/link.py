"""One MQTT 5 connection of a logger: paho-mqtt behind four plain events. All socket I/O of the loggers is here."""

import contextlib
import secrets
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from keitora.errors import SetupError
from keitora.wire.trust import trust

_KEEPALIVE_S = 30
_LONGEST_RECONNECT_S = 5
_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
# Protocol version, client name, user or password, rights, ban: trying again will not help
_FINAL_REFUSALS = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A})


@dataclass(frozen=True, slots=True)
class Address:
    """A broker's address, taken apart."""

    host: str
    port: int
    user: str | None
    password: str | None
    is_encrypted: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Return mqtt://user:password@host:port (or mqtts) taken apart. Raises SetupError for anything else."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or port == -1:
            raise SetupError("the broker's address must look like mqtt://user:password@host:1883 (or mqtts://)")
        return cls(
            host=parts.hostname,
            port=port or _DEFAULT_PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            is_encrypted=parts.scheme == "mqtts",
        )


class Listener(Protocol):
    """What a connection tells. Called from its thread, one at a time; must not block."""

    def on_ready(self) -> None:
        """Hear that the connection is there, and subscribed where asked for."""

    def on_lost(self) -> None:
        """Hear that the connection is gone; it is being made again."""

    def on_received(self, payload: bytes) -> None:
        """Hear a message on the subscribed topic."""

    def on_delivered(self, message_id: int) -> None:
        """Hear that the broker has taken over responsibility for a message (PUBACK)."""


def silence(client: paho.Client) -> None:
    """Take a client's callbacks away, so that nothing but its owner holds it."""
    client.on_connect = client.on_connect_fail = client.on_subscribe = None
    client.on_disconnect = client.on_message = client.on_publish = None


class Link:
    """A connection that makes itself again until it is closed."""

    def __init__(
        self,
        address: Address,
        listener: Listener,
        *,
        name: str,
        subscribe_to: str | None = None,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        self._address = address
        self._listener = listener
        self._subscribe_to = subscribe_to
        self._lock = Lock()
        self._trouble: str | None = None
        self._is_refused = False
        # A name of its own for each connection: two programs that play one device must not throw each other out.
        client_id = f"{name}-{secrets.token_hex(4)}"
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5)
        if address.user:
            client.username_pw_set(address.user, address.password)
        if address.is_encrypted:
            client.tls_set_context(trust())
        if will:
            client.will_set(will[0], will[1], qos=1, retain=True)
        client.reconnect_delay_set(min_delay=1, max_delay=_LONGEST_RECONNECT_S)
        client.on_connect = self._connected
        client.on_connect_fail = self._unreachable
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._received
        client.on_publish = self._delivered
        self._client = client

    @property
    def trouble(self) -> str | None:
        """Why there is no connection, as far as is known."""
        with self._lock:
            return self._trouble

    @property
    def is_refused(self) -> bool:
        """Whether the broker said no for good, as to a wrong password."""
        with self._lock:
            return self._is_refused

    def open(self) -> None:
        """Start connecting, in a thread of its own."""
        self._client.connect_async(self._address.host, self._address.port, keepalive=_KEEPALIVE_S, clean_start=True)
        self._client.loop_start()

    def close(self, farewell: tuple[str, bytes] | None = None) -> None:
        """End the connection, after a last retained message if there is one and it can still be sent."""
        if farewell and self._client.is_connected():
            sent = self._client.publish(farewell[0], farewell[1], qos=1, retain=True)
            with contextlib.suppress(RuntimeError, ValueError):  # it broke just now: the broker sends the will
                sent.wait_for_publish(timeout=2)
        self._client.disconnect()
        self._client.loop_stop()
        # paho closes its wake-up sockets when the client goes; the callbacks would keep it in a cycle until then.
        silence(self._client)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """Hand over a message at QoS 1 and return its number in this connection."""
        return self._client.publish(topic, payload, qos=1, retain=retain).mid

    def _set_trouble(self, text: str | None) -> None:
        with self._lock:
            self._trouble = text

    def _connected(
        self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        where = f"{self._address.host}:{self._address.port}"
        if reason.is_failure:
            self._set_trouble(f"the broker at {where} refuses the connection: {reason}")
            with self._lock:
                self._is_refused = reason.value in _FINAL_REFUSALS
            self._listener.on_lost()
        elif self._subscribe_to is None:
            self._set_trouble(None)
            self._listener.on_ready()
        else:
            client.subscribe(self._subscribe_to, qos=1)

    def _subscribed(
        self, _client: paho.Client, _data: object, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._set_trouble(f"the broker does not let this device read {self._subscribe_to}: {reasons[0]}")
            return
        self._set_trouble(None)
        self._listener.on_ready()

    def _unreachable(self, _client: paho.Client, _data: object) -> None:
        self._set_trouble(f"no broker answers at {self._address.host}:{self._address.port}")

    def _disconnected(
        self, _client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if self.trouble is None:
            self._set_trouble(f"the connection to {self._address.host}:{self._address.port} was lost: {reason}")
        self._listener.on_lost()

    def _received(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._listener.on_received(bytes(message.payload))

    def _delivered(
        self, _client: paho.Client, _data: object, mid: int, _reason: ReasonCode, _properties: Properties
    ) -> None:
        self._listener.on_delivered(mid)

"""Loggers: one that keeps its rows until the server has answered, and one that trusts the broker's word."""

import time
from abc import ABC, abstractmethod
from random import Random
from threading import Event, Lock, Thread
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from keitora.wire.native import Committed
from keitora.wire.topics import acknowledgement, telemetry
from keitora_sim.link import Address, silence
from keitora_sim.messages import Message
from keitora_sim.outbox import Outbox
from tests.system.chaos.rows import Batch

KEEPALIVE_S = 1
RESEND_AFTER_S = 1.0
MOST_WAITING = 300
_NO_SUBSCRIBER = 0x10


class Device(ABC):
    """Sends rows until told to stop, now and then an old message once more, and remembers what it has sent."""

    wants_acknowledgement: bool

    def __init__(self, key: str, broker_url: str, chance: Random) -> None:
        self.key = key
        self.sent: list[Batch] = []
        self._chance = chance
        self._lock = Lock()
        self._enough = Event()
        self._pause = Event()
        self._address = Address.parse(broker_url)
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=key, protocol=paho.MQTTv5)
        client.username_pw_set(self._address.user, self._address.password)
        client.reconnect_delay_set(min_delay=1, max_delay=1)
        client.max_inflight_messages_set(64)
        self._client = client
        self._thread = Thread(target=self._produce)

    def start(self) -> None:
        self._client.connect_async(self._address.host, self._address.port, keepalive=KEEPALIVE_S, clean_start=True)
        self._client.loop_start()
        self._thread.start()

    def stop_producing(self) -> None:
        """Make no more rows; what is unanswered goes on being sent."""
        self._enough.set()
        self._thread.join()

    def close(self) -> None:
        self.stop_producing()
        self._client.disconnect()
        self._client.loop_stop()
        silence(self._client)

    @property
    @abstractmethod
    def waiting_count(self) -> int:
        """How many messages it still holds."""

    @abstractmethod
    def send(self, batch: Batch) -> None:
        """Take a message and send it until it is safe."""

    @abstractmethod
    def pump(self) -> None:
        """Send again what has waited too long."""

    def _produce(self) -> None:
        boot, sequence = 1, 0
        while not self._enough.is_set():
            if self._chance.random() < 0.01:
                boot, sequence = boot + 1, 0
            batch = Batch(boot, sequence, self._chance.randint(1, 12), self.wants_acknowledgement)
            sequence += batch.row_count
            if self.waiting_count < MOST_WAITING:
                self.sent.append(batch)
                self.send(batch)
                if self._chance.random() < 0.1:
                    self.send(self._chance.choice(self.sent))
            self.pump()
            self._pause.wait(self._chance.uniform(0.005, 0.03))


class AnsweredDevice(Device):
    """Keeps each message until all its rows are answered as committed: the outbox of the simulated logger."""

    wants_acknowledgement = True

    def __init__(self, key: str, broker_url: str, chance: Random) -> None:
        super().__init__(key, broker_url, chance)
        self._outbox = Outbox(window=64, resend_after_s=RESEND_AFTER_S)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    @property
    def waiting_count(self) -> int:
        with self._lock:
            return len(self._outbox)

    def send(self, batch: Batch) -> None:
        with self._lock:
            self._outbox.add(Message(*batch.boot_and_sequences, batch.payload))
        self.pump()

    def pump(self) -> None:
        with self._lock:
            due = self._outbox.take_due(time.monotonic())
        for message in due:
            self._client.publish(telemetry(self.key), message.payload, qos=1)

    def _on_connect(
        self, client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: Any
    ) -> None:
        if not reason.is_failure:
            client.subscribe(acknowledgement(self.key), qos=1)
            with self._lock:
                self._outbox.connected()

    def _on_disconnect(self, *_: object) -> None:
        with self._lock:
            self._outbox.disconnected()

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        with self._lock:
            self._outbox.acknowledge(Committed.model_validate_json(message.payload))


class TrustingDevice(Device):
    """Forgets a message at the broker's PUBACK: what OwnTracks and most firmware do.

    `taken_s` remembers for each message between which moments the broker gave its word, each time it did.
    """

    wants_acknowledgement = False

    def __init__(self, key: str, broker_url: str, chance: Random, *, produces: bool = True) -> None:
        super().__init__(key, broker_url, chance)
        if not produces:
            self._enough.set()
        self._in_flight: dict[int, tuple[str, Batch | bytes, float]] = {}
        self._connected_at_s = 0.0
        self._early: dict[int, ReasonCode] = {}
        self.taken_s: dict[Batch | bytes, list[tuple[float, float]]] = {}
        self._client.on_publish = self._on_publish
        self._client.on_connect = self._on_connect

    @property
    def waiting_count(self) -> int:
        with self._lock:
            return len(self._in_flight)

    def send(self, batch: Batch) -> None:
        self._publish(telemetry(self.key), batch, batch.payload)

    def pump(self) -> None:
        """Nothing: paho sends again after a reconnect what the broker has not taken."""

    def send_raw(self, topic: str, payload: bytes) -> None:
        """Send something that is no row of ours."""
        self._publish(topic, payload, payload)

    def _publish(self, topic: str, what: Batch | bytes, payload: bytes) -> None:
        # Outside the lock: paho calls back while it holds its own, sometimes before we know the number.
        sent_s = time.monotonic()
        mid = self._client.publish(topic, payload, qos=1).mid
        with self._lock:
            self._in_flight[mid] = topic, what, sent_s
            early = self._early.pop(mid, None)
        if early is not None:
            self._answered(mid, early)

    def _on_publish(self, _client: paho.Client, _data: object, mid: int, reason: ReasonCode, _properties: Any) -> None:
        with self._lock:
            if mid not in self._in_flight:
                self._early[mid] = reason
                return
        self._answered(mid, reason)

    def _answered(self, mid: int, reason: ReasonCode) -> None:
        with self._lock:
            topic, what, sent_s = self._in_flight.pop(mid)
            if not reason.is_failure and reason.value != _NO_SUBSCRIBER:
                self._taken(what, sent_s)
                return
        self._publish(topic, what, what.payload if isinstance(what, Batch) else what)

    def _taken(self, what: Batch | bytes, sent_s: float) -> None:
        # What was sent before is sent again over a new connection, and only that is answered.
        span = max(sent_s, self._connected_at_s), time.monotonic()
        self.taken_s.setdefault(what, []).append(span)

    def _on_connect(self, *_: object) -> None:
        self._connected_at_s = time.monotonic()

"""The broker: a persistent session with manual acknowledgement and a bounded number of messages in flight."""

import ssl
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Lock
from time import monotonic
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from keitora.clock import utc_now
from keitora.settings import MqttSettings
from keitora_ingestor.message import Message

_KEEPALIVE_S: Final = 30


class BrokerConnection:
    """Receives messages on paho's thread and hands them to one reader; acknowledges when told to.

    The receive maximum bounds how many unacknowledged messages the broker lets us hold, hence our memory; what does not
    fit waits in the broker. Messages of a lost connection are forgotten: the broker sends them again.
    """

    def __init__(self, settings: MqttSettings, topic_filters: Sequence[str]) -> None:
        self._inbox: SimpleQueue[Message] = SimpleQueue()
        self._filters = [f"$share/{settings.mqtt_share}/{topic_filter}" for topic_filter in topic_filters]
        self._settings = settings
        self._lock = Lock()
        self._generation = 0
        self._connected = False
        self.retained_count = 0
        self._client = self._build(settings)

    def _build(self, settings: MqttSettings) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.mqtt_client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        url = settings.url()
        if url.username:
            client.username_pw_set(url.username, url.password)
        if url.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        client.reconnect_delay_set(min_delay=1, max_delay=15)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def start(self) -> None:
        """Begin to connect in the background; a broker that is away is tried again until `stop`."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho
        properties.SessionExpiryInterval = self._settings.mqtt_session_expiry_s
        properties.ReceiveMaximum = self._settings.mqtt_receive_maximum
        url = self._settings.url()
        self._client.connect_async(
            url.host or "localhost", url.port or 1883, _KEEPALIVE_S, clean_start=False, properties=properties
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Leave the broker; the session stays there and collects what comes meanwhile."""
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def connected(self) -> bool:
        """Tell whether the broker is there."""
        return self._connected

    def take(self, *, limit: int, wait_s: float, gather_s: float) -> list[Message]:
        """Return up to `limit` messages: waits `wait_s` for a first one at most, then `gather_s` for company."""
        try:
            batch = [self._inbox.get(timeout=wait_s)]
        except Empty:
            return []
        deadline = monotonic() + gather_s
        while len(batch) < limit:
            try:
                batch.append(self._inbox.get(timeout=max(0.0, deadline - monotonic())))
            except Empty:
                break
        return self.alive(batch)

    def alive(self, messages: Sequence[Message]) -> list[Message]:
        """Return those messages whose connection still lives; the others will come again."""
        with self._lock:
            return [message for message in messages if message.generation == self._generation]

    def acknowledge(self, messages: Sequence[Message]) -> None:
        """Tell the broker that these messages are safe; those of a lost connection are passed over."""
        with self._lock:  # a reconnect must not come between the look and the deed
            for message in messages:
                if message.generation == self._generation:
                    self._client.ack(message.mid, message.qos)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send an answer to a device (QoS 1). One that gets lost is answered again when the device asks again."""
        if self._connected:
            self._client.publish(topic, payload, qos=1)

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            return
        with self._lock:
            self._generation += 1
        self._connected = True
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        client.subscribe([(topic_filter, options) for topic_filter in self._filters])

    def _on_disconnect(self, *_arguments: object) -> None:
        self._connected = False
        with self._lock:
            self._generation += 1

    def _on_message(self, client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.retain:  # an old value repeated, never a new sample
            self.retained_count += 1
            client.ack(message.mid, message.qos)
            return
        self._inbox.put(
            Message(
                topic=message.topic,
                payload=bytes(message.payload),
                received_at=utc_now(),
                mid=message.mid,
                qos=message.qos,
                generation=self._generation,
                duplicate=message.dup,
            )
        )

"""The broker: a persistent session with manual acknowledgement and a bounded number of messages in flight."""

import contextlib
import logging
import random
import selectors
import socket
from collections import deque
from collections.abc import Sequence
from threading import Condition, Lock, Thread
from time import monotonic, sleep
from typing import Any, Final
from urllib.parse import unquote

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from keitora.clock import utc_now
from keitora.settings import MqttSettings, mqtt_port
from keitora.wire.trust import trust
from keitora_ingestor.message import Message
from keitora_ingestor.tap import BrokenStreamError, Publish, TappedSocket, puback

log = logging.getLogger(__name__)

_SHORT_LIFE_S: Final = 5.0
_SHORT_LIVES: Final = 3
_RETRY_FIRST_S: Final = 0.5
_RETRY_LONGEST_S: Final = 15.0
_TICK_S: Final = 1.0
_FEW: Final = 50
_COMPANY_S: Final = 0.001
_UNPROMISED_HELD: Final = 20_000
"""Messages of QoS 0 are not promised to anyone: while so many messages wait, those that come are passed over."""


Receipts = list[tuple[int, list[int]]]
"""What messages are acknowledged by: for each generation of the connection the broker's numbers for them."""


def receipts_of(messages: Sequence[Message]) -> Receipts:
    """Return what is to be kept of messages until they are acknowledged; those of QoS 0 need nothing."""
    by_generation: dict[int, list[int]] = {}
    for message in messages:
        if message.qos:
            by_generation.setdefault(message.generation, []).append(message.mid)
    return list(by_generation.items())


class _Client(mqtt.Client):
    """paho's client on a socket whose PUBLISH packets are taken out."""

    tap: TappedSocket

    def _create_socket(self) -> Any:
        self.tap = TappedSocket(super()._create_socket())  # type: ignore[arg-type] # no websocket here
        return self.tap


class BrokerConnection:
    """Receives messages on a thread of its own and hands them to one reader; acknowledges when told to.

    The receive maximum bounds how many unacknowledged messages the broker lets us hold, and a number of bytes how much
    of them waits here, hence our memory. The rest waits in the broker: what had no room is left unacknowledged and
    comes again over a new connection, once there is room. Messages of a lost connection are forgotten: they come again.

    One that is `leaving` takes no share of what is new, only what waits for its name.
    """

    def __init__(self, settings: MqttSettings, topic_filters: Sequence[str], *, leaving: bool = False) -> None:
        self._leaving = leaving
        self._ends_session = False
        self._settings = settings
        self._filters = [f"$share/{settings.mqtt_share}/{topic_filter}" for topic_filter in topic_filters]
        self._inbox: deque[Message] = deque()
        self._held_bytes = 0
        self._turned_away = False
        self._asks_again = False
        self._connected_at_s = 0.0
        self._active_at_s = monotonic()
        self._short_lives = 0
        self._arrived = Condition(Lock())
        self._lock = Lock()
        self._generation = 0
        self._safe: deque[tuple[int, list[int]]] = deque()
        self._answers: deque[tuple[str, bytes]] = deque()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.settimeout(0)
        self._wake_writer.settimeout(0)
        self._stopping = False
        self._thread: Thread | None = None
        self._client = self._build(settings)
        self.connected = False
        """Whether the broker is there."""
        self._received_count = 0
        self._acknowledged_count = 0
        self.retained_count = 0
        self.passed_over_count = 0
        """Messages of QoS 0 that came while too many waited, or too much."""

    def _build(self, settings: MqttSettings) -> _Client:
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.mqtt_client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        url = settings.url()
        if url.username:
            client.username_pw_set(unquote(url.username), unquote(url.password or ""))
        if url.scheme == "mqtts":
            client.tls_set_context(trust(settings.mqtt_ca_file))
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        # With these, paho leaves writing to our loop: what several calls queue leaves in one piece.
        client.on_socket_register_write = lambda *_arguments: self._wake()
        client.on_socket_unregister_write = lambda *_arguments: None
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho
        properties.SessionExpiryInterval = settings.mqtt_session_expiry_s
        properties.ReceiveMaximum = settings.mqtt_receive_maximum
        client.connect_async(
            url.host or "localhost",
            mqtt_port(url),
            settings.mqtt_keepalive_s,
            clean_start=False,
            properties=properties,
        )
        return client

    def start(self) -> None:
        """Begin to connect in the background; a broker that is away is tried again until `stop`."""
        self._thread = Thread(target=self._run, name="broker", daemon=True)
        self._thread.start()

    def stop(self, *, end_session: bool = False) -> None:
        """Leave the broker; the session stays there and collects what comes meanwhile, unless it is to end."""
        self._ends_session = end_session
        self._stopping = True
        self._wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._wake_reader.close()
        self._wake_writer.close()

    # --- for the reader's thread ----------------------------------------------------------------------------------

    def take(self, *, limit: int, max_bytes: int, wait_s: float, gather_s: float) -> list[Message]:
        """Return up to `limit` messages of together about `max_bytes`.

        Waits `wait_s` for a first one at most, then `gather_s` for company; where enough wait already, not at all.
        """
        with self._arrived:
            if not self._inbox and not self._arrived.wait_for(lambda: self._inbox, wait_s):
                self._ask_again()
                return []
            self._arrived.wait_for(lambda: len(self._inbox) >= limit, gather_s)
            batch: list[Message] = []
            size = 0
            while self._inbox and len(batch) < limit and size < max_bytes:
                message = self._inbox.popleft()
                size += len(message.payload)
                batch.append(message)
            self._held_bytes -= size
        return self.alive(batch)

    def _ask_again(self) -> None:
        """Have the broker send once more what had no room: only a new connection makes it do so."""
        if self._turned_away:
            self._turned_away = False
            self._asks_again = True
            self._wake()

    @property
    def waiting_bytes(self) -> int:
        """How many bytes of messages wait to be taken."""
        return self._held_bytes

    @property
    def quiet_s(self) -> float:
        """For how long the broker has been there and nothing came or waited for an acknowledgement (s)."""
        if not self.connected or self.unacknowledged_count:
            return 0.0
        return monotonic() - max(self._connected_at_s, self._active_at_s)

    @property
    def waiting_count(self) -> int:
        """How many messages wait to be taken."""
        return len(self._inbox)

    @property
    def unacknowledged_count(self) -> int:
        """How many messages the broker waits for an acknowledgement of."""
        return self._received_count - self._acknowledged_count

    def alive(self, messages: Sequence[Message]) -> list[Message]:
        """Return those messages whose connection still lives; the others will come again."""
        return [message for message in messages if message.generation == self._generation]

    def acknowledge(self, receipts: Receipts) -> None:
        """Tell the broker that these messages are safe; those of a lost connection are passed over."""
        self._safe.extend(receipts)
        self._wake()

    def publish(self, topic: str, payload: bytes) -> None:
        """Send an answer to a device (QoS 1). One that gets lost is answered again when the device asks again."""
        if self.connected:
            self._answers.append((topic, payload))
            self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # the pipe is full of wake-up calls, or nobody is there any more
            self._wake_writer.send(b"\0")

    # --- the broker's thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        delay_s = _RETRY_FIRST_S
        while not self._stopping:
            try:
                self._client.reconnect()
                if self._converse():
                    delay_s = _RETRY_FIRST_S
            except (OSError, BrokenStreamError) as error:
                log.warning("broker is away, trying again: %s", error)
            except Exception:
                # A fault of ours must not end this thread, and with it the whole stream, unseen.
                log.exception("the conversation with the broker failed, trying again")
            self._lose()
            if not self._stopping:
                self._rest(delay_s * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter, no secret
                delay_s = min(delay_s * 2, _RETRY_LONGEST_S)

    def _rest(self, seconds: float) -> None:
        """Wait, but not longer than until `stop`."""
        until = monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_reader, selectors.EVENT_READ)
            while not self._stopping and (left_s := until - monotonic()) > 0:
                if selector.select(left_s):
                    self._drain_wakes()

    def _drain_wakes(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_reader.recv(4096):
                pass

    def _converse(self) -> bool:
        """Read and write until the connection ends. Returns whether the broker had let us in."""
        was_connected = False
        tap = self._client.tap
        with selectors.DefaultSelector() as selector:
            selector.register(tap, selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            ticked = monotonic()
            while self._client.socket() is tap and not self._asks_again:
                self._write(tap)
                events = selectors.EVENT_READ | (selectors.EVENT_WRITE if tap.has_unsent else 0)
                selector.modify(tap, events)
                for key, _ in selector.select(0 if tap.has_more() else _TICK_S):
                    if key.fileobj is self._wake_reader:
                        self._drain_wakes()
                publishes = tap.fill()
                self._receive(publishes)
                if 0 < len(publishes) < _FEW:
                    # Where there is a stream, the next read finds several: one at a time costs twice as much.
                    sleep(_COMPANY_S)
                while self._client.socket() is tap and tap.pending():
                    self._client.loop_read()
                was_connected = was_connected or self.connected
                if monotonic() - ticked > _TICK_S:
                    ticked = monotonic()
                    self._client.loop_misc()
                if self._stopping:
                    self._write(tap)
                    self._say_goodbye()
                    self._write(tap)
                    break
        return was_connected

    def _say_goodbye(self) -> None:
        properties = Properties(PacketTypes.DISCONNECT)  # type: ignore[no-untyped-call] # paho
        if self._ends_session:
            properties.SessionExpiryInterval = 0
        self._client.disconnect(properties=properties)

    def _write(self, tap: TappedSocket) -> None:
        """Send what waits: answers and acknowledgements, and what paho has to say."""
        while self._answers:
            topic, payload = self._answers.popleft()
            self._client.publish(topic, payload, qos=1)
        self._client.loop_write()
        while self._safe:
            generation, mids = self._safe.popleft()
            if generation == self._generation:
                tap.send(puback(mids))
                self._acknowledged_count += len(mids)
                self._active_at_s = monotonic()
        tap.flush()

    def _lose(self) -> None:
        """Forget the connection: what it brought and is not safe will come again."""
        lived_s = monotonic() - self._connected_at_s if self._connected_at_s else None
        self.connected, self._connected_at_s = False, 0.0
        self._generation += 1
        self._received_count = self._acknowledged_count = 0
        with self._arrived:
            self._inbox.clear()
            self._held_bytes = 0
            self._turned_away = False
        if self._asks_again:
            self._asks_again = False
        elif lived_s is not None and not self._stopping:
            log.warning("the broker is gone")
            self._suspect_a_twin(lived_s)

    def _suspect_a_twin(self, lived_s: float) -> None:
        """Say so where another ingestor seems to use our name: the broker just closes the older connection."""
        self._short_lives = self._short_lives + 1 if lived_s < _SHORT_LIFE_S else 0
        if self._short_lives == _SHORT_LIVES:
            log.error(
                "connections to the broker do not last; if another ingestor uses the name %s, each throws the other "
                "out: give each its own with KEITORA_MQTT_CLIENT_ID",
                self._settings.mqtt_client_id,
            )

    def _receive(self, publishes: list[Publish]) -> None:
        if not publishes:
            return
        received_at = utc_now()
        messages: list[Message] = []
        unneeded: list[int] = []
        for one in publishes:
            self._received_count += one.qos
            if one.retain:  # an old value repeated, never a new sample
                self.retained_count += 1
                unneeded += [one.mid] if one.qos else []
            elif not one.qos and len(self._inbox) >= _UNPROMISED_HELD:
                self.passed_over_count += 1
            else:
                topic = one.topic.decode(errors="replace")
                messages.append(Message(topic, one.payload, received_at, one.mid, one.qos, self._generation, one.dup))
        if unneeded:
            self._safe.append((self._generation, unneeded))
        self._active_at_s = monotonic()
        with self._arrived:
            self._keep(messages)
            self._arrived.notify()

    def _keep(self, messages: list[Message]) -> None:
        """Add to what waits, as far as there is room; what has none is left unacknowledged."""
        size_bytes = sum(len(message.payload) for message in messages)
        if self._held_bytes + size_bytes <= self._settings.mqtt_inbox_bytes:
            self._held_bytes += size_bytes
            self._inbox.extend(messages)
            return
        for message in messages:
            if self._inbox and self._held_bytes + len(message.payload) > self._settings.mqtt_inbox_bytes:
                self._turned_away = self._turned_away or message.qos > 0
                self.passed_over_count += not message.qos
            else:
                self._held_bytes += len(message.payload)
                self._inbox.append(message)

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: Any
    ) -> None:
        if reason.is_failure:
            log.warning("the broker does not let us in: %s", reason)
            return
        self._connected_at_s = monotonic()
        self.connected = True
        log.info("broker is there")
        if self._leaving:
            client.unsubscribe(self._filters)
            return
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        client.subscribe([(topic_filter, options) for topic_filter in self._filters])

    def _on_disconnect(self, *_arguments: object) -> None:
        self.connected = False

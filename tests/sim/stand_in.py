"""A stand-in for the ingestor: hears a device's rows, answers that they are committed, and can be told not to."""

import json
from collections.abc import Callable
from threading import Condition
from types import TracebackType
from typing import Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from keitora.wire import topics
from keitora.wire.native import Committed, Telemetry
from keitora_sim.link import Address, silence


class StandIn:
    """Use as a context manager. `answers(n)` decides whether the n-th message (from 0) is answered."""

    def __init__(self, url: str, device_key: str, answers: Callable[[int], bool] = lambda _: True) -> None:
        self.received: list[Telemetry] = []
        self.states: list[dict[str, object]] = []
        self.changed = Condition()
        self._device_key = device_key
        self._answers = answers
        self._is_subscribed = False
        address = Address.parse(url)
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.username_pw_set(address.user or "", address.password)
        self._client.reconnect_delay_set(min_delay=1, max_delay=1)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._take
        self._client.connect(address.host, address.port)

    def __enter__(self) -> Self:
        self._client.loop_start()
        with self.changed:
            assert self.changed.wait_for(lambda: self._is_subscribed, 10)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        silence(self._client)

    @property
    def sequences(self) -> set[int]:
        """Numbers of all rows heard."""
        with self.changed:
            return {message.q + i for message in self.received for i in range(len(message.r))}

    def wait(self, condition: Callable[[], bool], timeout_s: float = 10) -> bool:
        with self.changed:
            return self.changed.wait_for(condition, timeout_s)

    def _subscribe(self, client: paho.Client, *_: object) -> None:
        client.subscribe([(topics.telemetry(self._device_key), 1), (topics.state(self._device_key), 1)])

    def _subscribed(self, *_: object) -> None:
        with self.changed:
            self._is_subscribed = True
            self.changed.notify_all()

    def _take(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        with self.changed:
            if message.topic == topics.state(self._device_key):
                self.states.append(json.loads(message.payload))
                self.changed.notify_all()
                return
            number = len(self.received)
            telemetry = Telemetry.model_validate_json(message.payload)
            self.received.append(telemetry)
            self.changed.notify_all()
        if self._answers(number):
            committed = Committed(b=telemetry.b, r=[(telemetry.q, telemetry.q + len(telemetry.r) - 1)])
            client.publish(topics.acknowledgement(self._device_key), committed.model_dump_json(), qos=1)

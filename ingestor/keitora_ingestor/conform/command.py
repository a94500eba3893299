"""`keitora conform`: listens to a device and tells what is wrong with what it sends."""

import argparse
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Self
from urllib.parse import unquote

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode
from pydantic import AnyUrl

from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.local.state import running
from keitora.settings import MqttSettings, mqtt_port
from keitora.wire.topics import PREFIX, is_device_key
from keitora.wire.trust import trust
from keitora_ingestor.conform.check import Checker, Finding, Heard, Severity

_CONNECT_S = 10.0


def conform(argv: list[str]) -> int:
    """Listen to a device and tell what is wrong with what it sends (exit code 1 if something is)."""
    parser = argparse.ArgumentParser(prog="keitora conform", description=conform.__doc__)
    parser.add_argument("--device", required=True, metavar="KEY", help="the device, as its topic names it")
    parser.add_argument("--seconds", type=float, default=60, help="how long to listen (default 60)")
    parser.add_argument("--messages", type=int, default=0, help="stop after so many messages (default: no limit)")
    chosen = parser.parse_args(argv)
    if not is_device_key(chosen.device):
        raise SetupError(f"'{chosen.device}' is no device key: 3 to 32 of a-z, 0-9 and hyphen")
    checker = Checker(chosen.device)
    with _Ear(_address(), chosen.device) as ear:
        print(f"listening to {PREFIX}/{chosen.device}/# for {chosen.seconds:.0f} s", flush=True)
        for heard in ear.listen(chosen.seconds, chosen.messages):
            findings = checker.take(heard)
            _tell([finding for finding in findings if checker.found[finding] == 1])
    _tell(checker.conclude())
    for finding, count in checker.found.items():
        if count > 1:
            print(f"{count} times: {finding.rule}: {finding.text}")
    errors = sum(count for finding, count in checker.found.items() if finding.severity is Severity.ERROR)
    print(f"{checker.message_count} messages, {checker.row_count} rows, {errors} errors")
    return 1 if errors else 0


def _tell(findings: list[Finding]) -> None:
    for finding in findings:
        print(f"{finding.severity.value:<8} {finding.rule:<14} {finding.text}", flush=True)


def _address() -> AnyUrl:
    """Return the broker's address for one who may read everything."""
    if state := running():
        return AnyUrl(state.mqtt.ingestor_url)
    return MqttSettings().url()


class _Ear:
    """A connection of its own that hears one device, and takes nothing away from the ingestor."""

    def __init__(self, url: AnyUrl, device_key: str) -> None:
        self._heard: SimpleQueue[Heard | str] = SimpleQueue()
        self._url = url
        self._topic = f"{PREFIX}/{device_key}/#"
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        if url.username:
            self._client.username_pw_set(unquote(url.username), unquote(url.password or ""))
        if url.scheme == "mqtts":
            self._client.tls_set_context(trust())
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        try:
            self._client.connect(self._url.host or "localhost", mqtt_port(self._url))
        except OSError as error:
            raise SetupError(f"the broker does not answer: {error}") from error
        self._client.loop_start()
        try:
            answer = self._heard.get(timeout=_CONNECT_S)
        except Empty:
            answer = "the broker does not answer"
        if answer != "connected":
            self.__exit__()
            raise SetupError(str(answer))
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def listen(self, seconds: float, most: int) -> Iterator[Heard]:
        """Yield messages until the time is over or there were enough."""
        deadline, count = monotonic() + seconds, 0
        while (left_s := deadline - monotonic()) > 0 and (most == 0 or count < most):
            try:
                heard = self._heard.get(timeout=left_s)
            except Empty:
                return
            if isinstance(heard, Heard):
                count += 1
                yield heard

    def _on_connect(self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _more: Any) -> None:
        if reason.is_failure:
            self._heard.put(f"the broker refused: {reason}")
            return
        client.subscribe(self._topic, qos=1)
        self._heard.put("connected")

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.endswith(("/a", "/c")):
            return  # what the server says
        self._heard.put(
            Heard(
                topic=message.topic,
                payload=bytes(message.payload),
                qos=message.qos,
                retained=message.retain,
                received_at=utc_now(),
            )
        )

"""A complete sender of the native format: batches, a queue that survives silence, and the server's own answers.

    python reference_sender.py mqtt://my-truck:PASSWORD@127.0.0.1:1883 my-truck

It drives in a circle. Replace `measure` with your own sensors; keep the rest. Needs only paho-mqtt.
"""

import itertools
import json
import math
import random
import sys
import time
from collections import deque
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt

KEYS = ["spd", "lat", "lon", "v12"]
ROWS_A_MESSAGE = 10
RESEND_AFTER_S = 15


def measure(second: int) -> list:
    """Return one value for each key; None for what was not sampled."""
    angle = second / 60
    volts = 14.1 if second % 10 == 0 else None  # asked for rarely: null in between, never the old value again
    return [30.0, round(35.68 + 0.01 * math.sin(angle), 6), round(139.76 + 0.01 * math.cos(angle), 6), volts]


class Sender:
    """Numbers rows, builds messages, and keeps each message until the server says that its rows are stored."""

    def __init__(self, url: str, device: str) -> None:
        address = urlsplit(url)
        self.topic = f"kei/v1/{device}"
        self.boot = random.getrandbits(32)  # a counter kept over restarts is better; a random number will do
        self.started = time.monotonic()
        self.sequence = 0
        self.waiting: deque = deque()  # (first row, last row, payload, when to send it)
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=device)
        self.client.username_pw_set(address.username, address.password)
        self.client.will_set(f"{self.topic}/s", '{"v":1,"on":false}', qos=1, retain=True)
        self.client.on_connect = self.on_connect
        self.client.on_message = self.on_answer
        self.client.connect_async(address.hostname, address.port or 1883)
        self.client.loop_start()

    def uptime_ms(self) -> int:
        return int((time.monotonic() - self.started) * 1000)

    def on_connect(self, client, userdata, flags, reason, properties) -> None:
        client.subscribe(f"{self.topic}/a", qos=1)
        client.publish(f"{self.topic}/s", json.dumps({"v": 1, "on": True, "b": self.boot}), qos=1, retain=True)

    def on_answer(self, client, userdata, message) -> None:
        answer = json.loads(message.payload)
        if answer["b"] != self.boot:
            return
        stored = [(first, last) for first, last in answer["r"]]
        self.waiting = deque(
            one for one in self.waiting if not any(first <= one[0] and one[1] <= last for first, last in stored)
        )

    def add(self, rows: list) -> None:
        """Make a message of rows [offset ms, value, …] that were measured just now."""
        span_ms = rows[-1][0]
        body = {
            "v": 1, "b": self.boot, "q": self.sequence, "t": int(time.time() * 1000) - span_ms,
            "u": self.uptime_ms() - span_ms, "un": self.uptime_ms(), "c": 2, "ak": True, "f": KEYS, "r": rows,
        }  # fmt: skip
        last = self.sequence + len(rows) - 1
        self.waiting.append([self.sequence, last, json.dumps(body, separators=(",", ":")), 0.0])
        self.sequence = last + 1

    def pump(self) -> None:
        """Send what is due: new messages, and those that were not answered for."""
        now = time.monotonic()
        for message in list(self.waiting):
            if self.client.is_connected() and now >= message[3]:
                self.client.publish(f"{self.topic}/t", message[2], qos=1)
                message[3] = now + RESEND_AFTER_S


def main() -> None:
    sender = Sender(sys.argv[1], sys.argv[2])
    rows: list = []
    for second in itertools.count():
        rows.append([1000 * len(rows), *measure(second)])
        if len(rows) == ROWS_A_MESSAGE:
            sender.add(rows)
            rows = []
        sender.pump()
        print(f"\r{sender.sequence} rows made, {len(sender.waiting)} messages not answered yet ", end="", flush=True)
        time.sleep(1)


if __name__ == "__main__":
    main()

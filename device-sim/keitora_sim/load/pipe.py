"""One fast connection to a broker: QoS 1, many messages in flight, nothing let go of before it is acknowledged.

A logger's own connection (`link.Link`, on paho) costs 80 µs a message at QoS 1, and more the more are in flight; this
one costs 12, making the message included (measured side by side, messages of ten rows). It makes itself again after a
break and then sends what is unanswered a second time, as QoS 1 wants.

    with Pipe(url) as pipe:
        pipe.send(publish_head(topic, len(payload)), payload)   # waits while the window is full
        pipe.drain(10)
"""

import contextlib
import secrets
import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Final, Self

from keitora.errors import SetupError
from keitora.wire.trust import trust
from keitora_sim.link import Address
from keitora_sim.load import packets

_MOST_MESSAGES: Final = 60_000  # message numbers have 16 bits
_NUMBERS: Final = tuple(number.to_bytes(2, "big") for number in range(65_536))
_KEEPALIVE_S: Final = 60
_RETRY_S: Final = 1.0
_ANSWER_WITHIN_S: Final = 15.0
_READ_BYTES: Final = 1 << 18
_FLUSH_BYTES: Final = 1 << 16
_TOPICS_AT_ONCE: Final = 200
_NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_NOT_YET_KNOWN: Final = (4, 5)  # what a broker says of a user it has not heard of
_REFUSED: Final = {
    1: "another version of MQTT",
    2: "the client's name",
    4: "the password is wrong",
    5: "no right",
}


class RefusedError(SetupError):
    """The broker does not let this user in; a broker that is about to hear of it will."""


def _ignore(_topic: str, _payload: bytes) -> None:
    """Hear nothing."""


class Pipe:
    """A connection that is driven by calls, in the caller's thread. `heard` is called for what comes on `listen_to`.

    `window_messages` bounds what the broker has not acknowledged. Raises SetupError while it is opened, if refused.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "keitora-load",
        window_messages: int = 4000,
        listen_to: Sequence[str] = (),
        heard: Callable[[str, bytes], None] = _ignore,
    ) -> None:
        self._address = Address.parse(url)
        self._name = f"{name}-{secrets.token_hex(4)}"
        self._window_messages = min(window_messages, _MOST_MESSAGES)
        self._listen_to = listen_to
        self._heard = heard
        self._socket: socket.socket | None = None
        self._waiting: dict[int, bytes] = {}
        self._number = 0
        self._fresh: list[bytes] = []
        self._fresh_bytes = 0
        self._unsent = memoryview(b"")
        self._torn = b""
        self._retry_at_s = 0.0
        self._last_write_s = 0.0
        self.sent_count = 0
        self.acknowledged_count = 0
        self.resent_count = 0
        self.break_count = 0
        self.is_refused = False
        self.trouble: str | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def room(self) -> int:
        """How many messages may be put now."""
        return 0 if self._socket is None else self._window_messages - len(self._waiting)

    @property
    def written_count(self) -> int:
        """How many messages were handed to the connection, each counted once."""
        return self.sent_count - min(len(self._fresh), len(self._waiting))

    @property
    def unacknowledged_count(self) -> int:
        """How many messages the broker has not answered for."""
        return len(self._waiting)

    @property
    def is_open(self) -> bool:
        """Whether there is a connection now."""
        return self._socket is not None

    @property
    def wants_to_write(self) -> bool:
        """Whether bytes wait for the socket."""
        return bool(self._unsent) or bool(self._fresh)

    def fileno(self) -> int:
        """Return the socket's number, for `selectors`; -1 while there is none."""
        return -1 if self._socket is None else self._socket.fileno()

    def open(self) -> None:
        """Connect, and subscribe. Raises SetupError, saying why, if that cannot be done."""
        try:
            self._socket = self._connected()
        except ssl.SSLCertVerificationError as error:
            where = f"{self._address.host}:{self._address.port}"
            raise SetupError(
                f"the broker at {where} is not trusted ({error.verify_message}); "
                "KEITORA_MQTT_CA_FILE names the certificate of its authority"
            ) from error
        except OSError as error:
            where = f"{self._address.host}:{self._address.port}"
            raise SetupError(f"no broker answers at {where}: {error}") from error

    def close(self) -> None:
        """End the connection; what is unacknowledged is let go of."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.settimeout(1)
                self._socket.sendall(bytes(self._unsent) + b"".join(self._fresh) + packets.DISCONNECT)
            self._socket.close()
            self._socket = None

    def put(self, head: bytes, payload: bytes) -> None:
        """Take a message; the caller has looked at `room`. `head` is what `packets.publish_head` returns."""
        number = self._number % 65_535 + 1
        while number in self._waiting:  # the broker has answered out of order
            number = number % 65_535 + 1
        self._number = number
        packet = head + _NUMBERS[number] + payload
        self._waiting[number] = packet
        self._fresh.append(packet)
        self._fresh_bytes += len(packet)
        self.sent_count += 1
        if self._fresh_bytes >= _FLUSH_BYTES:
            self.write()

    def send(self, head: bytes, payload: bytes) -> None:
        """Take a message as soon as the window has room for it."""
        while self.room <= 0:
            self.turn(1.0)
        self.put(head, payload)

    def send_unanswered(self, packet: bytes) -> None:
        """Take a whole PUBLISH at QoS 0 as soon as there is a connection and little waits for it."""
        while self._socket is None or self._fresh_bytes >= _FLUSH_BYTES:
            self.turn(0.1)
        self._fresh.append(packet)
        self._fresh_bytes += len(packet)
        self.sent_count += 1
        if self._fresh_bytes >= _FLUSH_BYTES:
            self.write()

    def lose(self) -> None:
        """Lose the connection, as a truck does that has no network; it is made again after a second."""
        self._broke("the connection was lost, as a fault asked for")

    def drain(self, timeout_s: float) -> bool:
        """Return True when everything is acknowledged, False after `timeout_s`."""
        deadline_s = time.monotonic() + timeout_s
        while self._waiting or self.wants_to_write:
            left_s = deadline_s - time.monotonic()
            if left_s <= 0:
                return False
            self.turn(min(left_s, 0.5))
        return True

    def turn(self, timeout_s: float) -> None:
        """Move bytes both ways, waiting at most `timeout_s` for the socket; connect again where that is due."""
        if not self.revive():
            time.sleep(min(timeout_s, 0.05))
            return
        self.write()
        if self._socket is None:  # it broke just now
            return
        readable, _, _ = select.select([self], [self] if self.wants_to_write else [], [], timeout_s)
        if readable:
            self.read()
        self.write()

    def revive(self) -> bool:
        """Return whether there is a connection, after an attempt to make it again if one is due; keep it alive."""
        now_s = time.monotonic()
        if self._socket is None and now_s >= self._retry_at_s:
            try:
                self._socket = self._connected()
                self.trouble = None
            except (OSError, SetupError) as error:
                self._retry_at_s, self.trouble = now_s + _RETRY_S, str(error)
        if self._socket is not None and now_s - self._last_write_s > _KEEPALIVE_S / 2:
            self._fresh.append(packets.PING)
            self.write()
        return self._socket is not None

    def write(self) -> None:
        """Hand bytes to the socket until it takes no more."""
        try:
            while self._socket is not None and (self._unsent or self._fresh):
                if not self._unsent:
                    self._unsent = memoryview(b"".join(self._fresh))
                    self._fresh, self._fresh_bytes = [], 0
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
                self._last_write_s = time.monotonic()
        except _NOT_NOW:
            return
        except OSError as error:
            self._broke(str(error))

    def read(self) -> None:
        """Take what has come."""
        if self._socket is None:
            return
        try:
            data = self._socket.recv(_READ_BYTES)
            while isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
                data += self._socket.recv(_READ_BYTES)
        except _NOT_NOW:
            return
        except OSError as error:
            self._broke(str(error))
            return
        if not data:
            self._broke("the broker closed the connection")
            return
        found, self._torn = packets.split(self._torn + data)
        for packet in found:
            self._take(packet)

    def _take(self, packet: packets.Packet) -> None:
        if packet.kind == packets.PUBACK:
            if self._waiting.pop(int.from_bytes(packet.body[:2], "big"), None) is not None:
                self.acknowledged_count += 1
        elif packet.kind == packets.PUBLISH:
            self._heard(*packets.published(packet))

    def _broke(self, reason: str) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self.trouble = None, reason
        self._retry_at_s = time.monotonic() + _RETRY_S
        self.break_count += 1

    def _connected(self) -> socket.socket:
        """Return a connected, subscribed socket, with everything unacknowledged waiting to be sent again."""
        address = self._address
        made = socket.create_connection((address.host, address.port), timeout=_ANSWER_WITHIN_S)
        try:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if address.is_encrypted:
                made = trust().wrap_socket(made, server_hostname=address.host)
            self._greet(made)
        except BaseException:
            made.close()
            raise
        made.setblocking(False)  # noqa: FBT003 -- the standard library's signature
        self.resent_count += len(self._waiting)
        self._fresh, self._fresh_bytes = [packets.again(packet) for packet in self._waiting.values()], 0
        self._unsent = memoryview(b"")
        self._last_write_s = time.monotonic()
        return made

    def _greet(self, made: socket.socket) -> None:
        """Log in and subscribe, waiting for each answer."""
        address = self._address
        made.sendall(packets.connect(self._name, address.user, address.password, _KEEPALIVE_S))
        self._torn = b""
        code = self._answer(made, packets.CONNACK).body[1]
        self.is_refused = code in _NOT_YET_KNOWN
        if code:
            kind = RefusedError if code in _NOT_YET_KNOWN else SetupError
            raise kind(f"the broker at {address.host}:{address.port} refuses: {_REFUSED.get(code, code)}")
        for start in range(0, len(self._listen_to), _TOPICS_AT_ONCE):
            made.sendall(packets.subscribe(1, self._listen_to[start : start + _TOPICS_AT_ONCE]))
            if 0x80 in self._answer(made, packets.SUBACK).body[2:]:
                raise SetupError("the broker does not let this user read the answers; see `--no-confirm`")

    def _answer(self, made: socket.socket, kind: int) -> packets.Packet:
        """Return the first packet of a kind; what comes before it is taken as always. For the first seconds."""
        while True:
            found, self._torn = packets.split(self._torn)
            for index, packet in enumerate(found):
                if packet.kind == kind:
                    for later in found[index + 1 :]:
                        self._take(later)
                    return packet
                self._take(packet)
            data = made.recv(_READ_BYTES)
            if not data:
                raise OSError("the broker closed the connection")
            self._torn += data

"""A private Mosquitto: its configuration, its users, and whether it answers."""

import base64
import hashlib
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from keitora.errors import SetupError
from keitora.local import users
from keitora.local.servers import Broker
from keitora.wire.topics import LOGGER_FILTERS, PREFIX

INGESTOR: Final = "ingestor"
LOGGERS: Final = "loggers"

_ITERATIONS: Final = 101  # mosquitto_passwd's own default; our passwords are 24 random bytes, not words
_SALT_BYTES: Final = 12
_POLL_S: Final = 0.02
_READY_WITHIN_S: Final = 60

_CONFIG: Final = """\
# Written by Keitora at every start; changes here are lost. Put your own into conf.d beside this file.
listener {port} {host}
allow_anonymous false
password_file {folder}/passwd
acl_file {folder}/acl

# What a logger was told has arrived must be there after a restart, and when the ingestor was away for long: no limit on
# the number of waiting messages (the default of 1,000 loses the rest silently) but on their size, so that memory ends
# at half a gigabyte. A session nobody returns to is forgotten after a month.
persistence true
persistence_location {folder}/
persistence_file messages.db
autosave_on_changes false
autosave_interval 1
max_queued_messages 0
max_queued_bytes 536870912
max_inflight_messages 0
persistent_client_expiration 30d

# Larger than anything the ingestor accepts, so that it sees a message that is too large and can say so.
max_packet_size 16842752

log_dest stdout
log_type error
log_type warning
log_type notice
log_timestamp_format %Y-%m-%dT%H:%M:%SZ
connection_messages false
set_tcp_nodelay true
include_dir {folder}/conf.d
"""

_ACL: Final = "\n".join(
    [
        f"user {INGESTOR}",
        *(f"topic readwrite {topic_filter}" for topic_filter in LOGGER_FILTERS),
        "topic read $SYS/#",
        "",
        f"user {LOGGERS}",
        *(f"topic write {topic_filter}" for topic_filter in LOGGER_FILTERS),
        f"topic read {PREFIX}/+/a",
        f"topic read {PREFIX}/+/c",
        "",
    ]
)


def config_text(folder: Path, *, host: str, port: int) -> str:
    """Return mosquitto.conf for a broker that listens on `host`:`port` and keeps everything in `folder`."""
    return _CONFIG.format(folder=folder, host=host, port=port)


def hash_password(password: str, salt: bytes) -> str:
    """Return a password as Mosquitto stores it: `$7$iterations$salt$hash`, PBKDF2 with SHA-512."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    encoded = [base64.b64encode(part).decode("ascii") for part in (salt, digest)]
    return f"$7${_ITERATIONS}${encoded[0]}${encoded[1]}"


def url(port: int, user: str, password: str, host: str = "127.0.0.1") -> str:
    """Return the broker's address for a user."""
    return f"mqtt://{user}:{quote(password, safe='')}@{host}:{port}"


def prepare(folder: Path, *, host: str, port: int, passwords: Mapping[str, str]) -> None:
    """Write the broker's configuration and users; stored messages stay."""
    users.private_dir(folder)
    users.private_dir(folder / "conf.d")
    lines = [f"{user}:{hash_password(word, secrets.token_bytes(_SALT_BYTES))}" for user, word in passwords.items()]
    users.write_for_server(folder / "passwd", "\n".join(lines) + "\n")
    users.write_for_server(folder / "acl", _ACL)
    users.write_for_server(folder / "mosquitto.conf", config_text(folder, host=host, port=port))


def command(broker: Broker, folder: Path) -> list[str]:
    """Return how the broker is started."""
    return [str(broker.program), "-c", str(folder / "mosquitto.conf")]


def connect_packet(user: str, password: str) -> bytes:
    """Return an MQTT 3.1.1 CONNECT with a clean session and a name chosen by the broker."""
    body = _text("MQTT") + bytes([4, 0b1100_0010]) + (10).to_bytes(2, "big") + _text("") + _text(user) + _text(password)
    return bytes([0x10, len(body)]) + body


def _text(value: str) -> bytes:
    raw = value.encode()
    return len(raw).to_bytes(2, "big") + raw


def answers(host: str, port: int, user: str, password: str) -> bool:
    """Tell whether a broker takes this user now. Raises SetupError if it refuses the password."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(connect_packet(user, password))
            reply = connection.recv(4)
    except OSError:
        return False
    if len(reply) == 4 and reply[0] == 0x20 and reply[3] != 0:
        raise SetupError(f"the broker on port {port} refuses user {user} (code {reply[3]})")
    return len(reply) == 4


def wait_until_ready(
    host: str, port: int, password: str, check: Callable[[], None], within_s: float = _READY_WITHIN_S
) -> None:
    """Return when the broker accepts the ingestor. `check` is called between tries and raises to give up."""
    deadline = time.monotonic() + within_s
    while not answers(host, port, INGESTOR, password):
        check()
        if time.monotonic() > deadline:
            raise SetupError(f"Mosquitto does not answer on port {port}")
        time.sleep(_POLL_S)

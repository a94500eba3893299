"""A private Mosquitto: its configuration, its own users, and whether it answers."""

import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from keitora.access import model
from keitora.access.broker_files import INGESTOR_RIGHTS
from keitora.access.broker_folder import CONFIG_NAME, PID_NAME, OwnUser, write_own
from keitora.errors import SetupError
from keitora.local import users
from keitora.local.servers import Broker

INGESTOR: Final = model.INGESTOR

_POLL_S: Final = 0.02
_READY_WITHIN_S: Final = 60

_CONFIG: Final = """\
# Written by Keitora at every start; changes here are lost. Put your own into conf.d beside this file.
allow_anonymous false
password_file {folder}/passwd
acl_file {folder}/acl
pid_file {folder}/{pid_name}

# What a logger was told has arrived must be there after a restart, and when the ingestor was away for long: no real
# limit on the number of waiting messages (the default of 1,000 loses the rest silently) but on their size, so that
# memory ends at half a gigabyte. Not 0, which means the same: with it Mosquitto 2.0 ends the connection of a client
# that publishes where it may not, and a logger with one topic too many would never get through. A session nobody
# returns to is forgotten after a month.
persistence true
persistence_location {folder}/
persistence_file messages.db
autosave_on_changes false
autosave_interval 1
max_queued_messages 1000000000
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

# For the ingestor: the only listener on which a client chooses its session's name.
listener {internal_port} {internal_host}

"""

_DEVICE_LISTENER: Final = """\
# For devices. A session is called as its user, so nobody takes over another's, or the ingestor's.
listener {port} {host}
use_username_as_clientid true
max_connections 10000
"""

_TLS: Final = """\
certfile {certificate}
keyfile {key}
tls_version tlsv1.2
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A listener with TLS, and the certificate (with its chain) and key it shows."""

    address: Address
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where the broker listens: for the ingestor, for devices in the clear, and for devices with TLS."""

    internal: Address
    devices: Address | None
    encrypted: Encrypted | None = None


def config_text(folder: Path, listeners: Listeners) -> str:
    """Return mosquitto.conf for a broker that keeps everything in `folder`."""
    internal = listeners.internal
    text = _CONFIG.format(folder=folder, pid_name=PID_NAME, internal_port=internal.port, internal_host=internal.host)
    if plain := listeners.devices:
        text += _DEVICE_LISTENER.format(port=plain.port, host=plain.host) + "\n"
    if tls := listeners.encrypted:
        text += _DEVICE_LISTENER.format(port=tls.address.port, host=tls.address.host)
        text += _TLS.format(certificate=tls.certificate, key=tls.key) + "\n"
    return text + f"include_dir {folder}/conf.d\n"


def url(port: int, user: str | None = None, password: str = "", host: str = "127.0.0.1") -> str:
    """Return the broker's address, for a user if there is one."""
    who = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    return f"mqtt://{who}{host}:{port}"


def ingestor(password: str) -> dict[str, OwnUser]:
    """Return the users the broker has of its own, whatever the database says: the ingestor."""
    return {INGESTOR: OwnUser(password, INGESTOR_RIGHTS)}


def prepare(folder: Path, listeners: Listeners, own: Mapping[str, OwnUser]) -> None:
    """Write the broker's configuration and its own users; stored messages, and the devices' users, stay."""
    users.private_dir(folder)
    users.private_dir(folder / "conf.d")
    write_own(folder, own)
    users.write_for_server(folder / CONFIG_NAME, config_text(folder, listeners))


def command(broker: Broker, folder: Path) -> list[str]:
    """Return how the broker is started."""
    return [str(broker.program), "-c", str(folder / CONFIG_NAME)]


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

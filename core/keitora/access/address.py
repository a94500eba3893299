"""By which name or address devices reach the broker."""

import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from keitora.local.state import running
from keitora.settings import PublicSettings

# Reserved for documentation (RFC 5737). Nothing is sent: the kernel only says from which address it would be.
_FAR_AWAY: Final = ("192.0.2.1", 9)
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where devices connect. `is_guess`: nobody said the host. `is_only_here`: it listens on this box alone."""

    host: str
    port: int
    is_encrypted: bool
    is_guess: bool
    is_only_here: bool = False

    @property
    def url(self) -> str:
        """As an address, without a user."""
        return f"{'mqtts' if self.is_encrypted else 'mqtt'}://{self.host}:{self.port}"


def guess_host() -> str:
    """Return this machine's address in its network; 127.0.0.1 if it has none."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_FAR_AWAY)
            return str(probe.getsockname()[0])
    except OSError:
        return "127.0.0.1"


def broker_address(settings: PublicSettings) -> BrokerAddress:
    """Return what devices are told: the settings, else what runs here, else the usual."""
    state = running()
    here = None if state is None else urlsplit(state.mqtt.tls_url or state.mqtt.url)
    is_encrypted = settings.public_mqtt_tls
    if is_encrypted is None:
        is_encrypted = here is not None and here.scheme == "mqtts"
    usual = 8883 if is_encrypted else 1883
    known = here.port if here is not None and (here.scheme == "mqtts") == is_encrypted else None
    return BrokerAddress(
        host=settings.public_host or guess_host(),
        port=settings.public_mqtt_port or known or usual,
        is_encrypted=is_encrypted,
        is_guess=settings.public_host is None,
        is_only_here=here is not None and here.hostname in _LOOPBACK and state is not None and not state.is_open,
    )

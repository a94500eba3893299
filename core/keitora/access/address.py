"""By which name or address devices reach the broker and the HTTP receiver, and phones the pages."""

import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from keitora.local.state import running
from keitora.settings import PublicSettings

# Reserved for documentation (RFC 5737). Nothing is sent: the kernel only says from which address it would be.
_FAR_AWAY: Final = ("192.0.2.1", 9)
_USUAL_RECEIVE_PORT: Final = 8090
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


@dataclass(frozen=True, slots=True)
class ReceiverAddress:
    """Where devices without MQTT send. `is_guess`: nobody said the host. `is_only_here`: only this box reaches it."""

    url: str
    is_guess: bool
    is_only_here: bool = False

    @property
    def host(self) -> str:
        """Its name or address."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """Its port, the scheme's usual one if none is said."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def is_encrypted(self) -> bool:
        """Whether the way there is."""
        return urlsplit(self.url).scheme == "https"


def guess_host() -> str:
    """Return this machine's address in its network; 127.0.0.1 if it has none."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_FAR_AWAY)
            return str(probe.getsockname()[0])
    except OSError:
        return "127.0.0.1"


def is_loopback(host: str | None) -> bool:
    """Tell whether by this name or address only the machine itself is reached."""
    return host in _LOOPBACK


def phone_host(settings: PublicSettings) -> str | None:
    """Return by which name or address a phone reaches this box; None if none does, or nobody can tell."""
    if settings.public_host is not None:
        return settings.public_host
    state = running()
    guessed = guess_host() if state is not None and state.is_open else None
    return None if is_loopback(guessed) else guessed


def broker_address(settings: PublicSettings) -> BrokerAddress:
    """Return what devices are told: the settings, else what runs here, else the usual."""
    state = running()
    if state is None:
        return broker_told(settings, None, is_open=True)
    return broker_told(settings, state.mqtt.tls_url or state.mqtt.url, is_open=state.is_open)


def broker_told(settings: PublicSettings, url: str | None, *, is_open: bool) -> BrokerAddress:
    """Return what devices are told of a broker this box reaches at `url`. `is_open`: others are let in."""
    here = None if url is None else urlsplit(url)
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
        is_only_here=here is not None and here.hostname in _LOOPBACK and not is_open,
    )


def receiver_address(settings: PublicSettings) -> ReceiverAddress:
    """Return what devices without MQTT are told: the settings, else what runs here, else the usual."""
    state = running()
    if state is None or state.receive is None:
        return receiver_told(settings, None, is_open=True)
    return receiver_told(settings, state.receive.url, is_open=state.is_open)


def receiver_told(settings: PublicSettings, url: str | None, *, is_open: bool) -> ReceiverAddress:
    """Return what devices are told of an HTTP receiver this box reaches at `url`. `is_open`: others are let in."""
    if settings.public_receive_url is not None:
        return ReceiverAddress(settings.public_receive_url, is_guess=False)
    here = None if url is None else urlsplit(url)
    host = settings.public_host or guess_host()
    scheme, port = ("http", _USUAL_RECEIVE_PORT) if here is None else (here.scheme, here.port or _USUAL_RECEIVE_PORT)
    return ReceiverAddress(
        f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}",
        is_guess=settings.public_host is None,
        is_only_here=here is not None and here.hostname in _LOOPBACK and not is_open,
    )

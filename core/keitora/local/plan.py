"""Where everything will listen, decided before anything starts."""

import json
import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from keitora.access.address import broker_told, guess_host, receiver_told
from keitora.access.tls_files import Pair, installed
from keitora.local import credentials, mosquitto, ports, postgres
from keitora.local.credentials import Credentials
from keitora.local.files import read_private, write_private
from keitora.local.mosquitto import Address, Encrypted, Listeners
from keitora.local.options import Options
from keitora.local.paths import Home
from keitora.local.ports import Claims
from keitora.settings import PublicSettings

_EVERYWHERE: Final = {"0.0.0.0", "::", ""}
_USUAL: Final = {
    "api": 8080,
    "mqtt": 1883,
    "mqtts": 8883,
    "mqtt_internal": 1884,
    "receive": 8090,
    "grafana": 3000,
    "database": 5433,
}
_ONLY_THIS_BOX: Final = {"127.0.0.1", "localhost", "::1"}
_ONLY_HERE: Final = {"mqtt_internal", "database"}


@dataclass(frozen=True, slots=True)
class Plan:
    """Ports and addresses of one start. Port or listeners are None where a server of the user's own is used."""

    listen: str
    api_port: int
    listeners: Listeners | None
    receive_port: int
    database_port: int | None
    api_url: str
    receive_url: str
    mqtt_url: str
    mqtts_url: str | None
    mqtt_ingestor_url: str
    database_url: str
    database_ingestor_url: str
    database_api_url: str
    grafana_port: int | None = None

    @property
    def grafana_url(self) -> str:
        """The address of our own Grafana, if there is one."""
        return f"http://{self.host}:{self.grafana_port}"

    @property
    def is_open(self) -> bool:
        """Whether others than this box are let in."""
        return self.listen not in _ONLY_THIS_BOX

    @property
    def host(self) -> str:
        """The address by which this box reaches its own services."""
        return local_host(self.listen)


def outside_url(where: Plan) -> str | None:
    """Return the API's address for a phone in the same network; None if only this box reaches it."""
    if local_host(where.listen) == where.listen:
        return None
    host = PublicSettings().public_host or guess_host()
    return None if host in _ONLY_THIS_BOX else f"http://{host}:{where.api_port}"


def broker_for_devices(where: Plan) -> str:
    """Return the broker's address as trucks are told it; one of the user's own, or for this box alone, as it is."""
    here = where.mqtts_url or where.mqtt_url
    told = broker_told(PublicSettings(), here, is_open=where.is_open)
    return _without_password(here if where.listeners is None or told.is_only_here else told.url)


def _without_password(url: str) -> str:
    """Return an address as it may stand on a screen."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def receiver_for_devices(where: Plan) -> str:
    """Return the HTTP receiver's address as phones are told it; that of this box where it alone is let in."""
    told = receiver_told(PublicSettings(), where.receive_url, is_open=where.is_open)
    return where.receive_url if told.is_only_here else told.url


def local_host(listen: str) -> str:
    """Return the address to reach a server by that listens on `listen`."""
    return "127.0.0.1" if listen in _EVERYWHERE else listen


def make(
    options: Options, home: Home, secret: Credentials, claims: Claims, *, has_grafana: bool = False
) -> tuple[Plan, list[str]]:
    """Return the plan, and remarks for the user about ports that are not the usual ones. The ports are claimed.

    Raises SetupError if a port the user asked for is taken, or the address is not this machine's.
    """
    own_database, own_broker = os.environ.get("KEITORA_DATABASE_URL"), os.environ.get("KEITORA_MQTT_URL")
    ports.require_address(options.listen)
    certificate = installed(home.tls)
    plain = PublicSettings().mqtt_plain_listen or ("127.0.0.1" if certificate else options.listen)
    ports.require_address(plain)
    hosts = {"api": options.listen, "mqtt": plain, "mqtts": options.listen, "receive": options.listen}
    hosts["grafana"] = options.listen
    left_out = {
        *({"database"} if own_database else ()),
        *({"mqtt", "mqtts", "mqtt_internal"} if own_broker else ()),
        *(() if certificate else ("mqtts",)),
        *(() if has_grafana else ("grafana",)),
    }
    chosen, remarks = _choose_ports(options, home, hosts, left_out, claims)
    api_port, receive_port, database_port = chosen["api"], chosen["receive"], chosen.get("database")
    host, words = local_host(options.listen), secret.passwords
    listeners = None if own_broker else _listeners(chosen, hosts, certificate)

    def database(user: str) -> str:
        return own_database or postgres.url(database_port or 0, user, words[user])

    plan = Plan(
        listen=options.listen,
        api_port=api_port,
        listeners=listeners,
        receive_port=receive_port,
        database_port=database_port,
        api_url=f"http://{host}:{api_port}",
        receive_url=f"{'https' if os.environ.get('KEITORA_RECEIVE_TLS_CERT_FILE') else 'http'}://{host}:{receive_port}",
        mqtt_url=own_broker or mosquitto.url(chosen["mqtt"], host=local_host(plain)),
        mqtts_url=f"mqtts://{host}:{chosen['mqtts']}" if "mqtts" in chosen else None,
        mqtt_ingestor_url=own_broker
        or mosquitto.url(chosen["mqtt_internal"], mosquitto.INGESTOR, words[mosquitto.INGESTOR]),
        database_url=database(postgres.OWNER),
        database_ingestor_url=database(credentials.INGESTOR_ROLE),
        database_api_url=database(credentials.API_ROLE),
        grafana_port=chosen.get("grafana"),
    )
    return plan, remarks


def _listeners(chosen: dict[str, int], hosts: dict[str, str], certificate: Pair | None) -> Listeners:
    encrypted = None
    if certificate:
        encrypted = Encrypted(Address(hosts["mqtts"], chosen["mqtts"]), certificate.certificate, certificate.key)
    return Listeners(
        internal=Address("127.0.0.1", chosen["mqtt_internal"]),
        devices=Address(hosts["mqtt"], chosen["mqtt"]),
        encrypted=encrypted,
    )


def _choose_ports(
    options: Options, home: Home, hosts: dict[str, str], left_out: set[str], claims: Claims
) -> tuple[dict[str, int], list[str]]:
    wanted = {
        "api": options.api_port,
        "mqtt": options.mqtt_port,
        "mqtts": options.mqtts_port,
        "receive": options.receive_port,
        "database": options.database_port,
        "grafana": options.grafana_port,
    }
    flags = {
        "api": "--port",
        "mqtt": "--mqtt-port",
        "mqtts": "--mqtts-port",
        "receive": "--receive-port",
        "database": "--database-port",
        "grafana": "--grafana-port",
    }
    titles = {
        "api": "the API",
        "mqtt": "the broker",
        "mqtts": "the broker with TLS",
        "mqtt_internal": "the broker for the ingestor",
        "receive": "the HTTP receiver",
        "database": "the database",
        "grafana": "Grafana",
    }
    last = _last_ports(home)
    chosen: dict[str, int] = {}
    remarks: list[str] = []
    for name, usual in _USUAL.items():
        if name in left_out:
            continue
        address = "127.0.0.1" if name in _ONLY_HERE else hosts[name]
        preferred = last.get(name, usual)
        port = ports.choose(
            titles[name],
            wanted=wanted.get(name),
            usual=preferred,
            option=flags.get(name, "--mqtt-port"),
            free=lambda port, address=address: ports.is_free(port, address) and claims.take(port, address),  # type: ignore[misc]
        )
        if wanted.get(name) is None and port != preferred:
            remarks.append(f"port {preferred} is taken; {titles[name]} listens on {port}")
        chosen[name] = port
    write_private(home.ports_file, json.dumps({**last, **chosen}))
    return chosen, remarks


def _last_ports(home: Home) -> dict[str, int]:
    try:
        found = json.loads(read_private(home.ports_file) or "{}")
        return {name: int(found[name]) for name in _USUAL if name in found}
    except (ValueError, TypeError, AttributeError):
        return {}  # damaged: only a preference is lost

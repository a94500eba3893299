"""What a device must be told to be let in: settings by the names its own pages use, and a link where it takes one."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from keitora.access.address import BrokerAddress, ReceiverAddress
from keitora.access.model import Login, Rights

_MOVE_MODE: Final = 2
_MQTT_MODE: Final = 0


@dataclass(frozen=True, slots=True)
class Handover:
    """Settings in the order they are typed in. `link` sets a phone up when it is opened; shown as a QR code too."""

    settings: tuple[tuple[str, str], ...]
    link: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """Where devices can send to."""

    broker: BrokerAddress
    receiver: ReceiverAddress


@dataclass(frozen=True, slots=True)
class _Case:
    key: str
    login: Login
    ways: Ways
    rights: Rights

    @property
    def broker(self) -> BrokerAddress:
        return self.ways.broker


def handover(source: str, device_key: str, login: Login, ways: Ways, rights: Rights) -> Handover:
    """Return what a device of this source needs."""
    return _RULES.get(source, _plain)(_Case(device_key, login, ways, rights))


def _plain(case: _Case) -> Handover:
    return Handover((*_connection(case), ("publish to", ", ".join(case.rights.write)), *_hears(case)))


def _native(case: _Case) -> Handover:
    by_http = ("or POST to", f"{case.ways.receiver.url}/in/native/{case.key}")
    return Handover((*_plain(case).settings, by_http))


def _connection(case: _Case) -> tuple[tuple[str, str], ...]:
    broker = case.broker
    return (
        ("host", broker.host),
        ("port", str(broker.port)),
        ("TLS", "on" if broker.is_encrypted else "off"),
        ("user", case.login.username),
        ("password", case.login.password),
    )


def _hears(case: _Case) -> tuple[tuple[str, str], ...]:
    return (("subscribe to", ", ".join(case.rights.read)),) if case.rights.read else ()


def _owntracks(case: _Case) -> Handover:
    configuration = {
        "_type": "configuration",
        "mode": _MQTT_MODE,
        "host": case.broker.host,
        "port": case.broker.port,
        "tls": case.broker.is_encrypted,
        "auth": True,
        "username": case.login.username,
        "password": case.login.password,
        "deviceId": case.key.partition("/")[2],
        # Said outright: by itself the app would publish below its user name at the broker.
        "pubTopicBase": f"owntracks/{case.key}",
        "pubQos": 1,
        "pubRetain": False,
        "sub": False,
        "cleanSession": False,
        "monitoring": _MOVE_MODE,
        "moveModeLocatorInterval": 10,
        "extendedData": True,
    }
    inline = base64.b64encode(json.dumps(configuration, separators=(",", ":")).encode()).decode("ascii")
    link = f"owntracks:///config?inline={quote(inline, safe='')}"
    topic = (
        ("topic (pubTopicBase)", f"owntracks/{case.key}"),
        ("or mode HTTP, URL", f"{case.ways.receiver.url}/in/owntracks"),
    )
    return Handover(
        (*_connection(case), *topic), link, "Open the link on the phone, or scan it with the phone's camera."
    )


def _wican(case: _Case) -> Handover:
    scheme, broker = "mqtts" if case.broker.is_encrypted else "mqtt", case.broker
    settings = (
        ("MQTT", "Enable"),
        ("MQTT URL", f"{scheme}://{broker.host}"),
        ("MQTT Port", str(broker.port)),
        ("MQTT User", case.login.username),
        ("MQTT Pass", case.login.password),
        ("MQTT TX Topic", f"wican/{case.key}/can/tx"),
        ("MQTT RX Topic", f"wican/{case.key}/can/rx"),
        ("MQTT Status Topic", f"wican/{case.key}/can/status"),
    )
    remark = "WiCAN without Pro has no TLS: it needs the listener without." if broker.is_encrypted else None
    return Handover(settings, remark=remark)


def _ovms(case: _Case) -> Handover:
    broker = case.broker
    values = {
        "server.v3 server": broker.host,
        "server.v3 port": str(broker.port),
        "server.v3 tls": "yes" if broker.is_encrypted else "no",
        "server.v3 user": case.login.username,
        "password server.v3": case.login.password,
        "server.v3 topic.prefix": f"ovms/{case.key}/",
    }
    return Handover(tuple((f"config set {name}", value) for name, value in values.items()))


def _obd2mqtt(case: _Case) -> Handover:
    topic = (("identifier", case.key), ("topics", f"obd2mqtt/{case.key}_<state>"))
    return Handover((*_connection(case), *topic), remark="Only the states Keitora reads are let through.")


def _sensorlogger(case: _Case) -> Handover:
    return Handover((*_connection(case), ("topic", f"sensor-logger/{case.key}")))


def _teltonika(case: _Case) -> Handover:
    topics = (("data topic", f"teltonika/{case.key}/data"), ("commands topic", f"teltonika/{case.key}/commands"))
    remark = "Only firmware that knows a user name and password can use this; others send through Traccar."
    return Handover((*_connection(case), *topics), remark=remark)


def _osmand(case: _Case) -> Handover:
    url, key = f"{case.ways.receiver.url}/in/osmand", quote(case.login.password, safe="")
    # The app has no field for a device or a password: all of it stands in the address.
    own_tracking = (
        f"{url}?id={quote(case.key, safe='')}&key={key}&speed_unit=mps&lat={{0}}&lon={{1}}&timestamp={{2}}"
        "&hdop={3}&altitude={4}&speed={5}&bearing={6}"
    )
    settings = (
        ("Traccar Client: server URL", f"{url}?key={key}"),
        ("Traccar Client: device identifier", case.key),
        ("OsmAnd: online tracking address", own_tracking),
        ("where an app can log in: URL", url),
        ("user", case.login.username),
        ("password", case.login.password),
    )
    return Handover(settings, remark="The address holds the password: show it to nobody else.")


_RULES: Final[Mapping[str, Callable[[_Case], Handover]]] = {
    "native": _native,
    "owntracks": _owntracks,
    "osmand": _osmand,
    "wican": _wican,
    "ovms": _ovms,
    "obd2mqtt": _obd2mqtt,
    "sensorlogger": _sensorlogger,
    "teltonika": _teltonika,
}

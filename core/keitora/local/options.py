"""What `keitora up` and `keitora demo` can be told on the command line."""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How to start."""

    is_demo: bool
    listen: str
    api_port: int | None
    mqtt_port: int | None
    receive_port: int | None
    database_port: int | None
    mqtts_port: int | None = None
    grafana_port: int | None = None
    has_grafana: bool = True
    is_fresh: bool = False


def parse(argv: list[str], *, is_demo: bool, summary: str) -> Options:
    """Read the words after `keitora up` or `keitora demo`."""
    parser = argparse.ArgumentParser(prog=f"keitora {'demo' if is_demo else 'up'}", description=summary)
    parser.add_argument(
        "--listen",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address the API and the broker listen on; 0.0.0.0 lets trucks and phones in (default: %(default)s)",
    )
    parser.add_argument("--port", "--api-port", dest="api_port", type=_port, metavar="PORT", help="API (usual: 8080)")
    parser.add_argument("--mqtt-port", type=_port, metavar="PORT", help="broker (usual: 1883)")
    parser.add_argument("--mqtts-port", type=_port, metavar="PORT", help="broker with TLS (usual: 8883)")
    parser.add_argument("--receive-port", type=_port, metavar="PORT", help="phones by HTTP (usual: 8090)")
    parser.add_argument("--database-port", type=_port, metavar="PORT", help="PostgreSQL, this box only (usual: 5433)")
    parser.add_argument("--grafana-port", type=_port, metavar="PORT", help="Grafana, where it is found (usual: 3000)")
    parser.add_argument("--no-grafana", action="store_true", help="do not start Grafana, though it is found")
    if is_demo:
        parser.add_argument("--fresh", action="store_true", help="forget the last demo's data and begin anew")
    known = parser.parse_args(argv)
    return Options(
        is_demo=is_demo,
        listen=known.listen,
        api_port=known.api_port,
        mqtt_port=known.mqtt_port,
        mqtts_port=known.mqtts_port,
        receive_port=known.receive_port,
        database_port=known.database_port,
        grafana_port=known.grafana_port,
        has_grafana=not known.no_grafana,
        is_fresh=is_demo and known.fresh,
    )


def _port(word: str) -> int:
    number = int(word) if word.isascii() and word.isdigit() else 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{word} is no port: 1 to 65535")
    return number

"""`keitora receive`."""

import argparse

import uvicorn
from pydantic import SecretStr, ValidationError

from keitora.errors import SetupError
from keitora.local.state import database_url
from keitora.logs import start_logging
from keitora_ingestor.receive.app import create_app
from keitora_ingestor.receive.protocol import bounded_protocol
from keitora_ingestor.receive.settings import ReceiveSettings

_KEEP_ALIVE_S = 65
"""Longer than the minute in which most phones send again."""
_STOP_WITHIN_S = 10


def receive(argv: list[str]) -> int:
    """Receive from phones and loggers by HTTP (native, OwnTracks, OsmAnd), until SIGTERM."""
    parser = argparse.ArgumentParser(prog="keitora receive", description=receive.__doc__)
    parser.add_argument("--host", help="address to listen on (KEITORA_RECEIVE_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (KEITORA_RECEIVE_PORT)")
    arguments = parser.parse_args(argv)
    settings = _settings()
    start_logging()
    uvicorn.run(
        create_app(settings),
        host=arguments.host or settings.receive_host,
        port=settings.receive_port if arguments.port is None else arguments.port,
        loop="asyncio",
        http=bounded_protocol(settings),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # it would write addresses with their query, hence passwords
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.receive_trusted_proxies,
        limit_concurrency=settings.receive_connections,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_STOP_WITHIN_S,
        ssl_certfile=settings.receive_tls_cert_file,
        ssl_keyfile=settings.receive_tls_key_file,
    )
    return 0


def _settings() -> ReceiveSettings:
    try:
        return ReceiveSettings(database_url=SecretStr(database_url()))
    except ValidationError as error:
        wrong = "; ".join(
            f"KEITORA_{'_'.join(map(str, found['loc']))}".upper().rstrip("_") + f": {found['msg']}"
            for found in error.errors(include_input=False)
        )
        raise SetupError(wrong) from error

"""`keitora api`."""

import argparse
import gc
import logging
import resource
from contextlib import suppress
from typing import Final

from pydantic import SecretStr, ValidationError

from keitora.errors import SetupError
from keitora.local.state import database_url
from keitora.logs import start_logging
from keitora_api.app import create_app
from keitora_api.server import make_server
from keitora_api.settings import ServiceSettings
from keitora_api.workers import keep_workers, listening, take_socket

_LOG: Final = logging.getLogger(__name__)
_SPARE_FILES: Final = 100
"""For logs, files of the pages, and what a crowd has open between two turns of the loop."""


def api(argv: list[str]) -> int:
    """Serve the HTTP API and the front page."""
    parser = argparse.ArgumentParser(prog="keitora api", description=api.__doc__)
    parser.add_argument("--host", help="address to listen on (KEITORA_API_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (KEITORA_API_PORT)")
    parser.add_argument("--workers", type=int, help="processes that answer (KEITORA_API_WORKERS)")
    # How a parent starts a worker; for nobody else.
    parser.add_argument("--worker-of-socket", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    start_logging()
    settings = _settings()
    host, port = arguments.host or settings.api_host, arguments.port or settings.api_port
    is_worker = arguments.worker_of_socket is not None
    workers = settings.api_workers if arguments.workers is None else arguments.workers
    if workers < 1:
        raise SetupError("there is at least one worker")
    if workers > 1 and not is_worker:
        with listening(host, port) as bound:
            return keep_workers(["api", *argv], workers, bound)
    settings = _within_open_files(settings)
    server = make_server(
        create_app(settings), host=host, port=port, forwarded_allow_ips=settings.api_trusted_proxies, log_config=None
    )
    # What is there now stays: walking through all of it again and again made one answer in twenty wait 100 ms.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    server.run([take_socket(arguments.worker_of_socket)] if is_worker else None)
    return 0 if server.started else 3


def _within_open_files(settings: ServiceSettings) -> ServiceSettings:
    """Let this process open as many files as its connections need; where it may not, it takes fewer connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = settings.api_connections + settings.database_pool_size + _SPARE_FILES
    if soft >= needed:
        return settings
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if allowed >= needed:
        return settings
    fewer = max(settings.api_connections - (needed - allowed), 10)
    _LOG.warning("%d open files are allowed: no more than %d connections are taken", allowed, fewer)
    return settings.model_copy(update={"api_connections": fewer})


def _settings() -> ServiceSettings:
    try:
        return ServiceSettings(database_url=SecretStr(database_url()))
    except ValidationError as error:
        wrong = "; ".join(f"KEITORA_{found['loc'][0]}".upper() + f": {found['msg']}" for found in error.errors())
        raise SetupError(wrong) from error

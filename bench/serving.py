"""The API as it runs: a process of its own, on a free port of the loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from time import sleep

import httpx2


@contextmanager
def serving(address: str) -> Iterator[str]:
    """Start the API on a database and yield its address. Raises RuntimeError if it does not start."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "keitora", "api", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "KEITORA_DATABASE_URL": address}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            while not _answers(url):
                if server.poll() is not None:
                    raise RuntimeError(f"the API ended with {server.returncode} instead of starting")
                sleep(0.05)
            yield url
        finally:
            server.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz").is_success
    except httpx2.TransportError:
        return False

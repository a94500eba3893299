"""Which port each server listens on."""

import errno
import random
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from keitora.errors import SetupError

_TRIES: Final = 100
# Below the range the kernel takes ports for outgoing connections from: a client that reconnects to a stopped server on
# such a port may otherwise connect to itself, and keep the server from coming back.
_TEST_PORTS: Final = range(20_000, 32_000)


# One name stands for these: a server on one of them is in the way of a server on another.
_MEETING: Final = {"127.0.0.1", "localhost", "::1", "0.0.0.0", "::", ""}


class Claims:
    """Ports this process holds for its servers as long as it lives, whether they listen just now or not.

    A free port is chosen long before its server listens, and a server that is started again leaves its port for a
    moment; another Keitora that starts meanwhile must choose another. A claim is a name among the kernel's abstract
    Unix sockets: they reach as far as ports do, only one process may have one, and it is gone when the process is.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for held in self._held:
            held.close()
        self._held.clear()

    def take(self, port: int, host: str) -> bool:
        """Tell whether the port is ours from now on; False if some Keitora holds it, this one included.

        Where the kernel lets nobody claim (a sandbox), it is True: then only the server's own start tells.
        """
        where = "" if host in _MEETING else f"@{host}"
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0keitora-port-{port}{where}")
        except OSError as error:
            claim.close()
            return error.errno != errno.EADDRINUSE
        self._held.append(claim)
        return True


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether a server could listen on this port now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As the servers do: a port whose last connections are only closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_address(host: str) -> None:
    """Raise SetupError if this machine has no such address to listen on."""
    if not is_free(0, host):
        raise SetupError(f"--listen {host}: this machine has no such address; 0.0.0.0 means all it has")


def choose(
    what: str,
    *,
    wanted: int | None,
    usual: int,
    option: str,
    free: Callable[[int], bool],
) -> int:
    """Return the port `wanted` by the user, else the `usual` one or the next free one above it.

    Raises SetupError, naming `option`, if the wanted port is taken.
    """
    if wanted is not None:
        if not free(wanted):
            raise SetupError(f"port {wanted} for {what} is taken, or reserved for root; choose another with {option}")
        return wanted
    for port in range(usual, usual + _TRIES):
        if free(port):
            return port
    raise SetupError(f"no free port for {what} from {usual} to {usual + _TRIES - 1}; choose one with {option}")


def for_test() -> int:
    """Return a free port that stays usable across restarts of a private server."""
    for _ in range(_TRIES):
        port = random.choice(_TEST_PORTS)  # noqa: S311 -- nothing secret
        if is_free(port):
            return port
    raise SetupError("no free port found between 20000 and 32000")

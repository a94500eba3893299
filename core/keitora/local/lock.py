"""At most one supervisor for each home."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from keitora.errors import SetupError
from keitora.local.paths import Home, program


@contextmanager
def hold(home: Home) -> Iterator[None]:
    """Hold the home's lock. The kernel lets go of it when we end, however we end.

    Raises SetupError, naming the pid, if another supervisor holds it.
    """
    descriptor = os.open(home.lock_file, os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = file.read().strip() or "unknown"
            raise SetupError(
                f"already running here (pid {holder}); {program()} status tells where. "
                f"Stop it with Ctrl-C in its window, or: kill {holder}"
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield

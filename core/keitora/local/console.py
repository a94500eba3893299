"""What the supervisor says: a spinner and colours on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console as RichConsole


class Console:
    """Says what happens, one line each. Falls silent when the terminal is gone."""

    def __init__(self, rich: RichConsole | None = None) -> None:
        self._rich = rich or RichConsole(highlight=False, soft_wrap=True)

    def tell(self, line: str) -> None:
        """Print a line."""
        try:
            self._rich.print(line, markup=False)
        except OSError:
            # The terminal was closed; that came with a SIGHUP, which stops us, and stopping must not fail on a print.
            self._rich = RichConsole(quiet=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show that something is being done, then how long it took (seconds)."""
        started = time.monotonic()
        if self._rich.is_terminal:
            with self._rich.status(f"{what} …"):
                yield
        else:
            yield
        self.tell(f"  {what:<42} {time.monotonic() - started:5.1f} s")

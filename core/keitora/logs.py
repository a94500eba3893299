"""How services write their log: one line for each thing that happened, whoever named it."""

import logging
import re
from typing import Any, Final

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
# Control characters of both ranges, and what else a reader takes for the end of a line or the turn of its direction.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    r"""Return a text in which control characters stand as `\n` or `\x1b`: one line, that moves no terminal."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


class OneLine(logging.Formatter):
    """Writes messages as one line, for they name topics, paths and devices as strangers wrote them (CWE-117).

    The trace of an unexpected error keeps its lines, each indented: none of them passes for a line of ours.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- as in logging
        """Return the line, without the trace."""
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802 -- as in logging
        """Return the trace, its lines indented; an error's own text may have line breaks in it."""
        return "\n".join(f"  {one_line(line)}" for line in super().formatException(ei).splitlines())


def start_logging() -> None:
    """Write to the standard error stream from INFO on, if nobody has said otherwise before."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine(_FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])

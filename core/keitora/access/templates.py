"""Which topics the generic mapper's file speaks of: all that the broker's rights need of it."""

import tomllib
from pathlib import Path

from keitora.errors import SetupError


def read_templates(path: Path | None) -> tuple[str, ...]:
    """Return the file's topic templates; none without a file. Raises SetupError if it cannot be read.

    The ingestor checks the file as a whole and says what is wrong; here an entry that is none is passed over.
    """
    if path is None:
        return ()
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("entry", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SetupError(f"{path}: cannot be read: {error}") from error
    topics = [entry.get("topic") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return tuple(topic for topic in topics if isinstance(topic, str) and "{device}" in topic.split("/"))

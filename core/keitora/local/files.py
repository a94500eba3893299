"""Small files that must never be read half written, or by the wrong person."""

import os
from pathlib import Path

from keitora.errors import SetupError


def write_private(path: Path, text: str) -> None:
    """Replace a file by one rename; only its owner may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def read_private(path: Path) -> str | None:
    """Return a file's text, None if it does not exist. Raises SetupError if it belongs to another user."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise SetupError(f"{path} belongs to another user; run this as the user who started Keitora") from error

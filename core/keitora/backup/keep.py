"""Which backups of a folder are kept."""

from pathlib import Path
from typing import Final

from keitora.backup.archive import reading
from keitora.errors import SetupError

PATTERN: Final = "keitora-*.zip"


def prune(newest: Path, keep: int) -> list[Path]:
    """Remove all but the newest `keep` backups of a folder, and return what was removed.

    `newest` was made just now, whatever the clock says: that of a small computer may be behind after a power cut.

    Only what is called `keitora-….zip` and can be read as a whole backup is counted and removed; anything else is not
    ours to judge. Raises SetupError if one cannot be removed.
    """
    found = []
    for path in newest.parent.glob(PATTERN):
        try:
            with reading(path) as backup:
                found.append((path == newest, backup.manifest.made_at, path))
        except SetupError:
            continue
    old = [path for *_, path in sorted(found, reverse=True)[keep:]]
    for path in old:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SetupError(f"cannot remove the old backup {path}: {error.strerror}") from error
    return old

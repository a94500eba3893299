"""The folder of committed JSON files: written, or compared with what the code says."""

from pathlib import Path
from typing import Final

from keitora.errors import SetupError
from keitora.local import paths
from keitora_dashboards.catalogue import files
from keitora_dashboards.reader import Reader

_PATTERN: Final = "*.json"


def default_folder() -> Path:
    """Return the folder in this checkout. Raises SetupError if Keitora was installed as a package."""
    place = paths.checkout()
    if place is None:
        raise SetupError("this Keitora was installed as a package; name a folder for the files: --to FOLDER")
    return place / "dashboards" / "json"


def differences(folder: Path, reader: Reader | None = None) -> list[str]:
    """Return what writing would change, a line for each file; nothing if the folder is up to date."""
    wanted = files(reader)
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob(_PATTERN)}
    missing = [f"{name} is missing" for name in sorted(wanted.keys() - found.keys())]
    stale = [f"{name} differs" for name in sorted(wanted.keys() & found.keys()) if wanted[name] != found[name]]
    left = [f"{name} belongs to no dashboard" for name in sorted(found.keys() - wanted.keys())]
    return missing + stale + left


def write(folder: Path, reader: Reader | None = None) -> list[str]:
    """Write the files that differ, and return their names. Raises SetupError if that fails; removes nothing."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files(reader).items():
            path = folder / name
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8", newline="\n")
                written.append(name)
    except OSError as error:
        raise SetupError(f"cannot write to {folder}: {error.strerror}; name another folder with --to") from error
    return written


def write_text(path: Path, text: str) -> None:
    """Write one file whole or not at all. Raises SetupError if that fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(path)
    except OSError as error:
        raise SetupError(f"cannot write {path}: {error.strerror}") from error

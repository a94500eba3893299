"""Fetch PostgreSQL, TimescaleDB and Mosquitto as the distribution's own signed packages, into a folder of ours.

apt does the work (mirror, proxy, signature, hashes as configured on this machine) with its lists, cache and status in a
folder of ours: nothing is installed, nothing outside that folder is written, and no rights are needed.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from keitora.errors import SetupError
from keitora.local import apt_sources, packages, paths, relocate

_REVISION: Final = 1  # raise it when what is fetched or how it is changed differs: the next start fetches anew
_PROGRAMS: Final = ("apt-get", "dpkg", "dpkg-deb")

Tell = Callable[[str], None]

# A distribution's hooks run after every update; ours is private and must not touch the machine.
_CONFIG: Final = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Update::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
Dir::State "{root}/state";
Dir::State::Lists "{root}/state/lists";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "{root}/sources";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::Log "{root}/log";
APT::Sandbox::User "";
APT::Get::AllowUnauthenticated "false";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "2";
"""


def why_not() -> str | None:
    """Return why packages cannot be fetched here, or None if they can be (as far as one can tell offline)."""
    missing = [name for name in _PROGRAMS if not shutil.which(name)]
    if missing:
        return f"this is not Debian or Ubuntu (no {', '.join(missing)})"
    if not _sources():
        return "apt's configuration names no mirror of Debian or Ubuntu"
    return None


def prefix() -> Path | None:
    """Return the folder fetched servers have or will have on this machine; None where they cannot be fetched."""
    system = _system()
    if system is None or not shutil.which("dpkg"):
        return None
    architecture = _run(["dpkg", "--print-architecture"], "dpkg").strip()
    release = apt_sources.RELEASES[system[0]]
    return paths.servers_dir() / f"{release.suite}-{architecture}-{_REVISION}"


def fetch(tell: Tell) -> Path:
    """Return the folder with the servers, fetching them if needed. `tell` hears what is being done."""
    reason, place = why_not(), prefix()
    if reason or place is None:
        raise SetupError(reason or "this is not Debian or Ubuntu")
    if place.is_dir():
        return place
    paths.make_dir(place.parent)
    with _one_at_a_time(place.parent / ".lock", tell):
        # Two starts at once: the other one may have fetched them while we waited.
        if not place.is_dir():
            _fetch_into(place, tell)
    return place


def _system() -> tuple[str, str] | None:
    try:
        text = Path("/etc/os-release").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return apt_sources.distribution(apt_sources.parse_os_release(text))


def _sources() -> list[apt_sources.Source]:
    system = _system()
    if system is None:
        return []
    etc = Path("/etc/apt")
    found: list[apt_sources.Source] = []
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        parse = {".list": apt_sources.parse_list, ".sources": apt_sources.parse_sources}.get(path.suffix)
        if parse and path.is_file() and os.access(path, os.R_OK):
            found += parse(path.read_text(encoding="utf-8", errors="replace"))
    return apt_sources.choose(found, *system)


@contextmanager
def _one_at_a_time(lock: Path, tell: Tell) -> Iterator[None]:
    with lock.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("another process is fetching the servers; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch_into(place: Path, tell: Tell) -> None:
    # Beside its final place, so that one rename makes it visible, whole or not at all. A killed fetch leaves its draft
    # to be removed by the next.
    for draft in place.parent.glob(".draft-*"):
        shutil.rmtree(draft, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=place.parent))
    try:
        archives = _download(draft / "apt", tell)
        unpacked = draft / "unpacked"
        unpacked.mkdir()
        tell(f"unpacking {len(archives)} packages")
        for archive in archives:
            _run(["dpkg-deb", "-x", str(archive), str(unpacked)], f"unpacking {archive.name}")
        unpacked.chmod(0o755)
        relocate.relocate(unpacked, place)
        _trim(unpacked)
        unpacked.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _download(root: Path, tell: Tell) -> list[Path]:
    for folder in ("state/lists/partial", "cache/archives/partial", "sources", "log", "debs"):
        (root / folder).mkdir(parents=True)
    (root / "status").touch()
    config = root / "apt.conf"
    config.write_text(_CONFIG.format(root=root), encoding="utf-8")
    apt = ["apt-get", "-c", str(config), "-q"]
    sources = _sources()
    tell(f"reading the package list of {sources[0].suites[0]} from {sources[0].uri}")
    _update(apt, root / "sources/keitora.sources", sources)
    system = _system()
    wanted = apt_sources.RELEASES[system[0]].packages if system else ()
    listed = _run([*apt, "install", "-y", "--print-uris", *wanted], "apt-get install --print-uris")
    chosen = packages.needed(packages.parse_print_uris(listed))
    size_mb = sum(package.size_bytes for package in chosen) / 1e6
    tell(f"fetching {len(chosen)} packages, {size_mb:.0f} MB: {', '.join(wanted)} and their libraries")
    _run([*apt, "download", *(package.name for package in chosen)], "apt-get download", cwd=root / "debs")
    return sorted((root / "debs").glob("*.deb"))


def _update(apt: list[str], file: Path, sources: list[apt_sources.Source]) -> None:
    file.write_text(apt_sources.render(sources), encoding="utf-8")
    try:
        _run([*apt, "update"], "apt-get update")
    except SetupError:
        if len(sources) == 1:
            raise
        # A mirror may lack the security updates of a release that is not its machine's; the release itself will do.
        _update(apt, file, sources[:1])


def _run(command: list[str], what: str, cwd: Path | None = None) -> str:
    # Our own C locale: messages are shown as they are, and numbers are parsed.
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise SetupError(f"{what} failed:\n  " + "\n  ".join(lines[-5:]))
    return done.stdout


def _trim(unpacked: Path) -> None:
    # Documentation, and PostgreSQL's just-in-time compiler, which is switched off.
    for folder in ("usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/locale"):
        shutil.rmtree(unpacked / folder, ignore_errors=True)
    # A link out of the folder, to what this machine may lack; PostgreSQL stumbles over it when it lists all zones.
    (relocate.zones(unpacked) / "localtime").unlink(missing_ok=True)
    for jit in unpacked.glob("usr/lib/postgresql/*/lib/bitcode"):
        shutil.rmtree(jit)

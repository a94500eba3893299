"""Read this machine's package sources, and choose from them the mirror that also has the servers we need.

Pure: text in, text out. Both formats of apt are understood: one-line (`*.list`) and deb822 (`*.sources`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_ONE_LINE: Final = re.compile(
    r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$"
)


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of apt's configuration that offers binary packages."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()
    """Signed-By and its like as deb822 fields, values verbatim (a key may stand there in full)."""


@dataclass(frozen=True, slots=True)
class Release:
    """The release of a distribution that has all the servers, and what the packages are called there."""

    suite: str
    components: tuple[str, ...]
    postgresql: int

    @property
    def packages(self) -> tuple[str, ...]:
        """What to fetch; the rest follows from dependencies."""
        server = f"postgresql-{self.postgresql}"
        return (server, f"{server}-timescaledb", "mosquitto")


# The distribution's own TimescaleDB (Apache edition) came with these releases. An older machine takes them from the
# newer release beside its own on the same mirror; what is fetched brings its own C library.
RELEASES: Final[Mapping[str, Release]] = {
    "debian": Release("trixie", ("main",), 17),
    "ubuntu": Release("noble", ("main", "universe"), 16),
}

# Options that say how to trust or reach a mirror; the others (arch, target, …) are about the machine's own use of it.
_KEPT_OPTIONS: Final = {"signed-by": "Signed-By", "trusted": "Trusted", "check-valid-until": "Check-Valid-Until"}


def parse_os_release(text: str) -> dict[str, str]:
    """Return the fields of /etc/os-release, unquoted."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def distribution(os_release: Mapping[str, str]) -> tuple[str, str] | None:
    """Return (family, codename) such as ("debian", "bookworm"), also for a derivative; None for a foreign system."""
    family = next((name for name in _ids(os_release) if name in RELEASES), None)
    codename = os_release.get(f"{(family or '').upper()}_CODENAME") or os_release.get("VERSION_CODENAME")
    return (family, codename) if family and codename else None


def _ids(os_release: Mapping[str, str]) -> list[str]:
    ids = [os_release.get("ID", ""), *os_release.get("ID_LIKE", "").split()]
    # Ubuntu's derivatives name both; they live on Ubuntu's mirrors.
    return sorted(ids, key=lambda name: name != "ubuntu")


def parse_list(text: str) -> Iterator[Source]:
    """Read one-line entries: `deb [signed-by=KEY] URI SUITE COMPONENT…`."""
    for line in text.splitlines():
        match = _ONE_LINE.match(line.partition("#")[0].strip())
        if match:
            words = (word.partition("=") for word in (match["options"] or "").split())
            options = tuple(
                (_KEPT_OPTIONS[key.lower()], value) for key, _, value in words if key.lower() in _KEPT_OPTIONS
            )
            yield Source(match["uri"], (match["suite"],), tuple(match["components"].split()), options)


def parse_sources(text: str) -> Iterator[Source]:
    """Read deb822 stanzas: `Types:`, `URIs:`, `Suites:`, `Components:`, `Signed-By:`."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for stanza in re.split(r"\n\s*\n", "\n".join(lines)):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").strip().lower() == "no":
            continue
        options = tuple((name, fields[key]) for key, name in _KEPT_OPTIONS.items() if key in fields)
        suites, components = tuple(fields.get("suites", "").split()), tuple(fields.get("components", "").split())
        for uri in fields.get("uris", "").split():
            yield Source(uri, suites, components, options)


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line[:1].isspace() and name:
            fields[name] += "\n" + line
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    return fields


def choose(sources: Iterable[Source], family: str, codename: str) -> list[Source]:
    """Return the distribution's own entries for `family`'s release with our servers, the main one first; may be empty.

    Other vendors use the codename as a suite too, so the entry that looks most like the distribution's archive wins.
    """
    known = list(sources)
    mains = [source for source in known if codename in source.suites and "main" in source.components]
    if not mains:
        return []
    archive = max(mains, key=lambda source: _likeness(source, known, family, codename))
    security = [source for source in known if f"{codename}-security" in source.suites and "main" in source.components]
    target = RELEASES[family]
    chosen = [Source(archive.uri, (target.suite,), target.components, archive.options)]
    chosen += [Source(s.uri, (f"{target.suite}-security",), target.components, s.options) for s in security[:1]]
    return chosen


def _likeness(source: Source, known: list[Source], family: str, codename: str) -> int:
    updates = any(other.uri == source.uri and f"{codename}-updates" in other.suites for other in known)
    keyring = any(f"{family}-archive" in value for _, value in source.options)
    path = source.uri.rstrip("/").endswith((f"/{family}", "/ubuntu-ports"))
    return 4 * updates + 2 * keyring + path


def render(sources: Iterable[Source]) -> str:
    """Write entries as deb822, limited to the package lists themselves (no translations, no desktop metadata)."""
    return "\n\n".join(_stanza(source) for source in sources) + "\n"


def _stanza(source: Source) -> str:
    lines = [
        "Types: deb",
        f"URIs: {source.uri}",
        f"Suites: {' '.join(source.suites)}",
        f"Components: {' '.join(source.components)}",
        "Targets: Packages",
        *(f"{name}: {value}" for name, value in source.options),
    ]
    return "\n".join(lines)

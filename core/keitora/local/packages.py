"""Which of the packages apt names are needed to run the servers. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

# What installs or administers the servers the distribution's way, or serves what we switch off.
_NOT_NEEDED: Final = (
    *("libllvm*", "libz3*"),  # just-in-time compilation
    *("perl*", "libperl*", "lib*-perl", "libgdbm*", "libdb5*", "postgresql-common*", "postgresql-client-common*"),
    *("adduser", "base-passwd", "passwd", "login.*", "init-system-helpers", "sysvinit-utils", "lsb-base", "netbase"),
    *("ucf", "sensible-utils", "*debconf*", "dpkg", "tar", "logrotate", "cron*", "procps", "libproc2*"),
    *("openssl", "openssl-provider-legacy", "ssl-cert"),
    *("locales", "libc-l10n", "libc-bin", "readline-common", "gcc-*-base"),
    *("libsemanage*", "libsepol*", "libpam-modules*", "libaudit-common"),
)
_PRINTED: Final = re.compile(r"^'(?P<uri>[^']+)' (?P<file>\S+) (?P<bytes>\d+)")


@dataclass(frozen=True, slots=True)
class Package:
    """One package apt would fetch."""

    name: str
    size_bytes: int


def parse_print_uris(text: str) -> list[Package]:
    """Read what `apt-get install --print-uris` prints: one quoted address, file name and size a line."""
    found = (_PRINTED.match(line) for line in text.splitlines())
    return [Package(match["file"].partition("_")[0], int(match["bytes"])) for match in found if match]


def needed(packages: Iterable[Package]) -> list[Package]:
    """Leave out what is not needed to run the servers."""
    return [p for p in packages if not any(fnmatchcase(p.name, pattern) for pattern in _NOT_NEEDED)]

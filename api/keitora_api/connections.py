"""How many connections may be open, in all and from one address, and which one makes room for another. Pure.

Who only waits (for the rest of a request, or for the next one) makes room for who comes: the one that has waited
longest. So a crowd that opens connections and says nothing closes its own, and whoever asks is answered. Only where
every connection has a request under way is a new one refused.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Generic, TypeVar

Address = IPv4Address | IPv6Address
One = TypeVar("One")
_SITE_BITS: Final = 64
"""So much of an IPv6 address names the line; whoever has the line has every address on it."""


class FullError(Exception):
    """Nobody can make room: all that are open have a request under way."""


@dataclass(slots=True)
class _Group(Generic[One]):
    most: int
    members: set[One] = field(default_factory=set)
    waiting: dict[One, None] = field(default_factory=dict)
    """In the order in which they began to wait."""


class Connections(Generic[One]):
    """Those that are open."""

    def __init__(self, most: int, most_an_address: int, proxies: Collection[str] = ()) -> None:
        """Bound the number in all, and from one address unless it is a reverse proxy's: everybody comes from there."""
        self._all: _Group[One] = _Group(most)
        self._by_line: defaultdict[str, _Group[One]] = defaultdict(lambda: _Group(most_an_address))
        self._line_of: dict[One, str] = {}
        self._anybody = "*" in proxies
        self._proxies = [ip_network(one, strict=False) for one in map(str.strip, proxies) if _is_network(one)]

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._all.members)

    def enter(self, one: One, host: str | None) -> One | None:
        """Count one that comes from an address, waiting, and return another that must be closed for it.

        Raises FullError, and counts nothing, if it must be refused.
        """
        line = self._line(host)
        victim = None
        for group in (*((self._by_line[line],) if line is not None else ()), self._all):
            if len(group.members) >= group.most:
                if not group.waiting:
                    self._drop_empty(line)
                    raise FullError
                victim = next(iter(group.waiting))
                break
        if victim is not None:
            self.leave(victim)
        for group in self._groups(one, line):
            group.members.add(one)
            group.waiting[one] = None
        return victim

    def waits(self, one: One) -> None:
        """Note that one waits for its client from now on, unless it does already."""
        for group in self._groups(one):
            if one in group.members:
                group.waiting.setdefault(one)

    def works(self, one: One) -> None:
        """Note that one's request is whole and under way."""
        for group in self._groups(one):
            group.waiting.pop(one, None)

    def leave(self, one: One) -> None:
        """Count one no longer; again changes nothing."""
        for group in self._groups(one):
            group.members.discard(one)
            group.waiting.pop(one, None)
        self._drop_empty(self._line_of.pop(one, None))

    def _groups(self, one: One, line: str | None = None) -> tuple[_Group[One], ...]:
        if line is not None:
            self._line_of[one] = line
        known = self._line_of.get(one)
        return (self._all,) if known is None else (self._all, self._by_line[known])

    def _drop_empty(self, line: str | None) -> None:
        if line is not None and not self._by_line[line].members:
            del self._by_line[line]

    def _line(self, host: str | None) -> str | None:
        """Return what is counted by, or None for a proxy or what has no address."""
        try:
            address = ip_address(host or "")
        except ValueError:
            return None
        if isinstance(address, IPv6Address):
            address = address.ipv4_mapped or address
        if self._anybody or any(address in proxy for proxy in self._proxies):
            return None
        if isinstance(address, IPv6Address):
            return str(IPv6Network((int(address), _SITE_BITS), strict=False))
        return str(address)


def _is_network(text: str) -> bool:
    try:
        ip_network(text.strip(), strict=False)
    except ValueError:
        return False
    return True

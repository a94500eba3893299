"""What is kept of a change."""

from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

LARGEST_CHARS: Final = 4000
"""What was before and after is kept while it is no longer than so, as JSON."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change: a person or a key, from where."""

    who: str
    person_id: int | None = None
    api_key_id: int | None = None
    address: IPv4Address | IPv6Address | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to what. `action` names the route or the command, `object` the thing."""

    action: str
    object: str | None = None
    before: Any = field(default=None)
    after: Any = field(default=None)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A change as it was kept."""

    audit_entry_id: int
    made_at: datetime
    who: str
    address: IPv4Address | IPv6Address | None
    action: str
    object: str | None
    before: Any
    after: Any

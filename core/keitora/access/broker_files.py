"""Mosquitto's password file and rights, as text. Pure: the same accounts always give the same bytes.

Each file has two parts: the server's own users, and below a mark those the database knows.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from keitora.access.model import INGESTOR, Account, Rights
from keitora.access.rights import GATEWAYS, filled, topics_of
from keitora.devices.keys import check_device_key
from keitora.errors import KeitoraError
from keitora.wire.topics import LOGGER_FILTERS, PREFIX

MARK: Final = "# From the database; changes here are lost.\n"

INGESTOR_RIGHTS: Final = Rights(write=(f"{PREFIX}/+/a", f"{PREFIX}/+/c"), read=(*LOGGER_FILTERS, "$SYS/#"))
"""The ingestor hears everything and answers; it does not speak as a device."""


def own_passwords(users: Mapping[str, str]) -> str:
    """Return the lines of the server's own users, given as their password hashes."""
    return "".join(f"{user}:{password_hash}\n" for user, password_hash in users.items())


def rights_text(username: str, rights: Rights) -> str:
    """Return a user's part of the access file."""
    lines = [f"user {username}"]
    lines += [f"topic write {topic_filter}" for topic_filter in rights.write]
    lines += [f"topic read {topic_filter}" for topic_filter in rights.read]
    return "\n".join(lines) + "\n"


def device_part(accounts: Iterable[Account], templates: Sequence[str] = ()) -> tuple[str, str]:
    """Return what the accounts add to the password file and to the access file.

    An account without any topic is left out: it has no business at the broker.
    """
    passwords, rights = [], []
    if templates:
        rights.append(rights_text(INGESTOR, Rights(read=tuple(filled(one, "+") for one in templates))))
    for account in sorted(accounts, key=lambda account: account.username):
        allowed = rights_of(account, templates)
        if allowed.write:
            passwords.append(f"{account.username}:{account.password_hash}\n")
            rights.append(rights_text(account.username, allowed))
    return "".join(passwords), "\n".join(rights)


def rights_of(account: Account, templates: Sequence[str] = ()) -> Rights:
    """Return an account's rights: a gateway's, or a device's own topics; none for a key that no device can have."""
    if account.device_key is None:
        return GATEWAYS.get(account.source, Rights())
    try:
        check_device_key(account.source, account.device_key)
    except KeitoraError:
        return Rights()  # registered before keys were checked; a line break in one would write rules of its own
    return topics_of(account.source, account.device_key, templates)


def joined(own: str, from_database: str) -> str:
    """Return a whole file."""
    return f"{own}{MARK}{from_database}"


def database_part(text: str) -> str:
    """Return what stands below the mark of a whole file; nothing if there is no mark."""
    return text.partition(MARK)[2]

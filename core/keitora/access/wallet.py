"""The logins of devices that programs on this box play: a private file, for the database keeps no password."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from psycopg import Connection
from pydantic import TypeAdapter, ValidationError

from keitora.access.issue import issue, issue_gateway
from keitora.access.model import Login
from keitora.access.passwords import matches
from keitora.access.queries import find_credential, find_gateway_hash
from keitora.access.rights import gateway_username, username_of
from keitora.devices.model import Device
from keitora.errors import KeitoraError
from keitora.local.files import read_private, write_private
from keitora.local.paths import make_dir

_FILE = TypeAdapter(dict[str, str])


class Wallet:
    """Passwords by user name. A damaged or lost file costs nothing but new passwords."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, source: str, device_key: str) -> Login | None:
        """Return the login remembered for a device, or None."""
        username = username_of(source, device_key)
        password = self._load().get(username)
        return None if password is None else Login(username, password)

    def ensure(self, conn: Connection[Any], device: Device, *, may_renew: bool) -> Login:
        """Return a login that lets the device in, made and remembered where it is not known here; the caller commits.

        Raises KeitoraError if the device was shut out, or has a password that is not known here and that must not be
        replaced (`may_renew`): something else is using it.
        """
        return self.ensure_all(conn, [device], may_renew=may_renew)[0]

    def ensure_all(self, conn: Connection[Any], devices: Iterable[Device], *, may_renew: bool) -> list[Login]:
        """Return the logins of many devices, as `ensure` does; the file is read and written once."""
        known = self._load()
        logins = [self._login(conn, device, known, may_renew=may_renew) for device in devices]
        self._keep(known, logins)
        return logins

    def ensure_gateway(self, conn: Connection[Any], source: str) -> Login:
        """Return a login of a source's gateway, made where there is none; the caller commits.

        Raises KeitoraError if there is one that is not known here: a server of the user's own has it.
        """
        known, stored = self._load(), find_gateway_hash(conn, source=source)
        username = gateway_username(source)
        if stored is None:
            login = issue_gateway(conn, source)
            self._keep(known, [login])
            return login
        if username not in known or not matches(known[username], stored):
            raise KeitoraError(f"{source}'s gateway has a login that is not known here, so a server of yours uses it")
        return Login(username, known[username])

    @staticmethod
    def _login(conn: Connection[Any], device: Device, remembered: dict[str, str], *, may_renew: bool) -> Login:
        credential = find_credential(conn, device_id=device.device_id)
        username = username_of(device.source, device.device_key)
        known = Login(username, remembered[username]) if username in remembered else None
        if credential is not None and credential.revoked_at is not None:
            raise KeitoraError(f"{device.device_key} is shut out; let it in with: keitora device renew")
        if credential is not None and known is not None and matches(known.password, credential.password_hash):
            return known
        if credential is not None and not may_renew:
            raise KeitoraError(
                f"{device.device_key} has a password that is not known here, so a logger of yours uses it; "
                "choose another key"
            )
        return issue(conn, device)

    def _keep(self, known: dict[str, str], logins: Iterable[Login]) -> None:
        after = known | {login.username: login.password for login in logins}
        if after != known:
            make_dir(self._path.parent)
            write_private(self._path, _FILE.dump_json(after).decode())

    def _load(self) -> dict[str, str]:
        try:
            return _FILE.validate_json(read_private(self._path) or "{}")
        except ValidationError:
            return {}


def names_user(url: str) -> bool:
    """Tell whether a broker's address says who connects."""
    return urlsplit(url).username is not None


def with_login(url: str, login: Login) -> str:
    """Return a broker's address for a user; one that names a user stays as it is."""
    parts = urlsplit(url)
    if parts.username is not None:
        return url
    who = f"{quote(login.username, safe='')}:{quote(login.password, safe='')}"
    return parts._replace(netloc=f"{who}@{parts.netloc}").geturl()

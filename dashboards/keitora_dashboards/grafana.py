"""Grafana's HTTP API, typed: the few calls we need, through grafana-client. Its errors end here."""

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType, TracebackType
from typing import Any, Final, Self

from keitora.errors import SetupError
from keitora_dashboards.query import Json

_TIMEOUT_S: Final = 15.0
_POLL_S: Final = 0.5
_TAKEN: Final = (409, 412)
_ADVICE: Final = {
    401: "the token is not valid (any more); make a service account token (role Admin) in Grafana under Administration "
    "→ Users and access → Service accounts",
    403: "the token may not do this; its service account needs the role Admin, for it makes a data source",
}

_UNREADABLE: Final = (
    "check that Grafana's server reaches --api-url, that the key is valid, and that the Infinity plugin is installed "
    "(grafana cli plugins install yesoreyeram-infinity-datasource)"
)


class TakenError(SetupError):
    """Something of that name or uid exists already."""


class Grafana:
    """A session with one Grafana. Use it as a context manager: it holds connections."""

    def __init__(self, url: str, token: str, *, timeout_s: float = _TIMEOUT_S) -> None:
        self._url = url
        self._library = _load("grafana_client.client")
        # The client puts `api` right behind the path, so the path must end with a slash.
        self._api: Any = _load("grafana_client").GrafanaApi.from_url(_with_slash(url), token, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._api.client.s.close()

    def wait_until_ready(self, within_s: float) -> None:
        """Return when Grafana and its database answer. Raises SetupError if they do not in that time."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                with self._errors("answer"):
                    health = self._api.client.GET("/health")
                if isinstance(health, dict) and health.get("database") == "ok":
                    return
                problem = f"{self._url}/api/health is not Grafana's; check --url"
            except SetupError as error:
                problem = str(error)
            if time.monotonic() + _POLL_S > deadline:
                raise SetupError(f"{problem} (waited {within_s:g} s)")
            time.sleep(_POLL_S)

    def folder(self, uid: str) -> Json | None:
        """Return a folder, or None."""
        return self._find("read the folder", self._api.folder.get_folder, uid)

    def create_folder(self, uid: str, title: str) -> None:
        """Make a folder. Raises TakenError if it exists."""
        with self._errors("make the folder"):
            self._api.folder.create_folder(title, uid=uid)

    def rename_folder(self, uid: str, title: str) -> None:
        """Give a folder another title."""
        with self._errors("rename the folder"):
            self._api.folder.update_folder(uid, title=title, overwrite=True)

    def datasource(self, uid: str) -> Json | None:
        """Return a data source without its secrets, or None."""
        return self._find("read the data source", self._api.datasource.get_datasource_by_uid, uid)

    def create_datasource(self, datasource: Json) -> None:
        """Make a data source. Raises TakenError if its uid or its name exists."""
        with self._errors("make the data source"):
            self._api.datasource.create_datasource(datasource)

    def update_datasource(self, datasource: Json) -> None:
        """Replace a data source; secrets that are not given stay."""
        with self._errors("change the data source"):
            self._api.datasource.update_datasource_by_uid(datasource["uid"], datasource)

    def check_datasource(self, uid: str) -> None:
        """Let Grafana ask the data source for an answer. Raises SetupError with Grafana's words if it gets none."""
        try:
            with self._errors("use the data source"):
                answer = self._api.datasource.health(uid)
        except SetupError as error:
            raise SetupError(f"{error}; {_UNREADABLE}") from error
        if answer.get("status") != "OK":
            raise SetupError(f"Grafana cannot read the API: {answer.get('message', answer)}; {_UNREADABLE}")

    def dashboard(self, uid: str) -> Json | None:
        """Return `dashboard` and `meta` of a dashboard, or None."""
        return self._find("read the dashboard", self._api.dashboard.get_dashboard, uid)

    def save_dashboard(self, dashboard: Json, *, folder_uid: str, message: str) -> None:
        """Make or replace the dashboard of that uid."""
        payload = {"dashboard": dashboard, "folderUid": folder_uid, "overwrite": True, "message": message}
        with self._errors(f"save the dashboard {dashboard['uid']}"):
            self._api.dashboard.update_dashboard(payload)

    def contact_points(self, name: str | None) -> list[Json]:
        """Return the integrations of the contact points of that name (None: of all)."""
        with self._errors("read the contact points"):
            found = self._api.alertingprovisioning.get_contactpoints()
        return [one for one in found or [] if name is None or one.get("name") == name]

    def create_contact_point(self, contact: Json) -> None:
        """Make an integration of a contact point; people may change it in Grafana."""
        with self._errors("make the contact point"):
            self._api.alertingprovisioning.create_contactpoint(contact, disable_provenance=True)

    def update_contact_point(self, contact: Json) -> None:
        """Replace the integration of that uid."""
        with self._errors("change the contact point"):
            self._api.alertingprovisioning.update_contactpoint(contact["uid"], contact, disable_provenance=True)

    def alert_rule(self, uid: str) -> Json | None:
        """Return an alert rule, or None."""
        return self._find("read the alert rule", self._api.alertingprovisioning.get_alertrule, uid)

    def create_alert_rule(self, rule: Json) -> None:
        """Make an alert rule; people may change it in Grafana."""
        with self._errors(f"make the alert rule {rule['uid']}"):
            self._api.alertingprovisioning.create_alertrule(rule, disable_provenance=True)

    def update_alert_rule(self, rule: Json) -> None:
        """Replace the alert rule of that uid; the others of its group stay."""
        with self._errors(f"change the alert rule {rule['uid']}"):
            self._api.alertingprovisioning.update_alertrule(rule["uid"], rule, disable_provenance=True)

    def _find(self, what: str, call: Callable[[str], Any], uid: str) -> Json | None:
        try:
            with self._errors(what):
                found = call(uid)
        except _MissingError:
            return None
        if not isinstance(found, dict):
            raise SetupError(f"{self._url} did not answer as Grafana does; check --url")
        return found

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        errors = self._library
        network = _load("niquests").exceptions.RequestException
        try:
            yield
        except errors.GrafanaTimeoutError as error:
            raise SetupError(f"Grafana at {self._url} took too long to {what}; try again") from error
        except errors.GrafanaException as error:
            raise self._explained(what, error) from error
        except network as error:
            raise SetupError(f"no Grafana answers at {self._url}: is it running, and is --url right?") from error

    def _explained(self, what: str, error: Any) -> SetupError:
        status = int(error.status_code)
        if status == 404:
            return _MissingError(f"Grafana at {self._url} did not find what was asked for; check --url")
        said = error.response.get("message") if isinstance(error.response, dict) else None
        text = f"Grafana at {self._url} refused to {what} ({status}): {said or error}"
        if status in _TAKEN:
            return TakenError(text)
        return SetupError(f"{text} — {_ADVICE[status]}" if status in _ADVICE else text)


class _MissingError(SetupError):
    """404."""


def _load(name: str) -> ModuleType:
    # Only this command needs the library, and no other is to pay for it.
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise SetupError("grafana-client is not installed: pip install 'keitora[dashboards]'") from error


def _with_slash(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"

"""Grafana beside everything else: started, let in, and given the dashboards. Trucks do not wait for it."""

import json
import os
from dataclasses import dataclass
from functools import partial
from typing import Final

from keitora.errors import SetupError
from keitora.local import grafana, grafana_api, services
from keitora.local.console import Console
from keitora.local.credentials import Credentials
from keitora.local.grafana import GrafanaServer
from keitora.local.options import Options
from keitora.local.paths import Home
from keitora.local.plan import Plan
from keitora.local.state import GrafanaState
from keitora.local.supervisor import Supervisor

KEY: Final = "grafana"
_HOME_PATH: Final = "/d/fleet-overview"


def look(options: Options, home: Home) -> tuple[GrafanaServer | None, list[str]]:
    """Return the Grafana to start, if there is one and none of the user's own is named, and remarks for the user."""
    if not options.has_grafana or os.environ.get("KEITORA_GRAFANA_URL"):
        return None, []
    try:
        return grafana.find(home.grafana), []
    except SetupError as error:
        return None, [f"no Grafana is started: {error}"]


@dataclass(frozen=True, slots=True)
class Show:
    """What is needed to show the dashboards."""

    supervisor: Supervisor
    console: Console
    plan: Plan
    home: Home
    secret: Credentials

    def start(self, server: GrafanaServer) -> GrafanaState | None:
        """Start Grafana and push what it is to show; None, told why, if that does not work: all else runs on."""
        url = self.plan.grafana_url
        service = services.grafana(server, self.plan, self.home, self.secret.passwords[grafana.ADMIN_PASSWORD])
        try:
            with self.console.step(f"Grafana {server.version} ready"):
                grafana.prepare(self.home.grafana)
                self.supervisor.start(service, ready=partial(grafana_api.wait_until_ready, url))
        except SetupError as error:
            self.supervisor.drop(service)
            self.console.tell(f"  Grafana is not running: {error}")
            return None
        try:
            token = self._token(url)
            with self.console.step("dashboards and alerts in Grafana"):
                self.supervisor.run(services.dashboards(self.plan, self.home, token=token, key=self._viewer_key()))
        except SetupError as error:
            self.console.tell(f"  Grafana runs, but its dashboards were not brought up to date: {error}")
            return GrafanaState(url=url)
        return GrafanaState(url=url, token=token)

    def lines(self) -> list[str]:
        """Return what people are told: where the dashboards are, and how they come in."""
        password = self.secret.passwords[grafana.ADMIN_PASSWORD]
        return [
            f"  {'dashboards':<14}{self.plan.grafana_url}{_HOME_PATH}",
            f"  {'':<14}user {grafana.ADMIN}, password {password} (unless changed)",
            "",
        ]

    def _token(self, url: str) -> str:
        """Return a token that Grafana takes: the user's own, the last one, or a new one."""
        if own := os.environ.get("KEITORA_GRAFANA_TOKEN"):
            return own
        kept = self.secret.grafana_token
        if kept is None or not grafana_api.is_valid(url, kept):
            kept = grafana_api.make_token(url, self.secret.passwords[grafana.ADMIN_PASSWORD])
            self.secret.grafana_token = kept
            self.secret.save(self.home)
        return kept

    def _viewer_key(self) -> str:
        """Return the key by which Grafana reads the API, made once."""
        if KEY not in self.secret.keys:
            words = ["key", "create", "--role", "viewer", "--name", KEY, "--json"]
            made = self.supervisor.run(services.owner(self.plan, self.home, "key", *words), capture=True)
            self.secret.keys[KEY] = str(json.loads(made)["key"])
            self.secret.save(self.home)
        return self.secret.keys[KEY]

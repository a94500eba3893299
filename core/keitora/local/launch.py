"""Start everything on this box in order, say where it is, and keep it running until asked to stop."""

import json
import os
import shutil
from collections.abc import Mapping
from functools import partial
from typing import Final

from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.local import (
    credentials,
    grafana_start,
    lock,
    mosquitto,
    paths,
    plan,
    postgres,
    probe,
    processes,
    queries,
    services,
    state,
)
from keitora.local import servers as found_servers
from keitora.local.console import Console
from keitora.local.grafana import GrafanaServer
from keitora.local.mosquitto import Listeners
from keitora.local.options import Options
from keitora.local.paths import Home
from keitora.local.plan import Plan
from keitora.local.ports import Claims
from keitora.local.state import GrafanaState, ServiceState
from keitora.local.supervisor import StopAsked, Supervisor

_FLEET_NAME: Final = "My fleet"


def run(options: Options, console: Console) -> int:
    """Run Keitora in the foreground; return 0 after Ctrl-C or SIGTERM. Raises SetupError if it cannot start."""
    fleet, demo = paths.homes()
    home = demo if options.is_demo else fleet
    if paths.is_root():
        paths.require_reachable(home.postgres)
    paths.make_dir(home.path)
    with lock.hold(home), Claims() as claims:
        _clear_orphans(home)
        if options.is_fresh:
            _forget(home)
        paths.make_dir(home.logs)
        return _Start(options, home, console, claims).run()


def _clear_orphans(home: Home) -> None:
    # A supervisor that was killed takes its children along; wait for them, then insist.
    before = state.last(home)
    left = [(s.pid, s.pid_started_ticks) for s in before.services] if before else []
    processes.wait_gone([(pid, ticks) for pid, ticks in left if pid and ticks], bound_s=10)
    home.state_file.unlink(missing_ok=True)


def _forget(home: Home) -> None:
    for folder in (home.postgres, home.mosquitto, home.grafana / "data"):
        if folder.exists():
            shutil.rmtree(folder)
    # A fleet that remembers what it has sent would leave yesterday and this morning out of the new database.
    for file in (home.secrets_file, home.demo_file):
        file.unlink(missing_ok=True)


class _Start:
    """One start: its steps share the plan and the credentials."""

    def __init__(self, options: Options, home: Home, console: Console, claims: Claims) -> None:
        self.options = options
        self.home = home
        self.console = console
        self.since = utc_now()
        self.ready = False
        self.secret = credentials.load(home)
        self.grafana: GrafanaState | None = None
        self.grafana_server, found = grafana_start.look(options, home)
        has_grafana = self.grafana_server is not None
        self.plan, remarks = plan.make(options, home, self.secret, claims, has_grafana=has_grafana)
        for remark in [*found, *remarks]:
            console.tell(f"  {remark}")

    def run(self) -> int:
        servers = self._servers()
        try:
            with Supervisor(self.home.logs, self.console.tell, self._write_state) as supervisor:
                try:
                    self._start(supervisor, servers)
                    supervisor.watch()
                except StopAsked:
                    pass
                self.console.tell("stopping …")
        finally:
            self.home.state_file.unlink(missing_ok=True)
        self.console.tell("stopped; your data stay in " + str(self.home.path))
        return 0

    def _servers(self) -> found_servers.Servers | None:
        if self.plan.database_port is None and self.plan.listeners is None:
            return None
        with self.console.step("PostgreSQL and Mosquitto found"):
            return found_servers.ensure(lambda line: self.console.tell(f"  {line}"))

    def _start(self, supervisor: Supervisor, servers: found_servers.Servers | None) -> None:
        is_new = self._start_database(supervisor, servers)
        with self.console.step("database schema up to date"):
            supervisor.run(services.owner(self.plan, self.home, "migrate", "migrate"))
            self._let_services_in()
        if is_new or not self.secret.keys:
            self._make_keys(supervisor)
        link = self._one_time_link(supervisor)
        if servers and self.plan.listeners is not None:
            with self.console.step("broker ready"):
                self._start_broker(supervisor, servers.mosquitto, self.plan.listeners)
        with self.console.step("ingestor, HTTP receiver, derive worker and API ready"):
            for service in services.application(self.plan, self.home, is_demo=self.options.is_demo):
                is_api = service.name == "api"
                supervisor.start(service, ready=partial(probe.wait_for_api, self.plan.api_url) if is_api else None)
        self.ready = True
        supervisor.report()
        for line in greeting(self.plan, self.secret.keys, self.home, is_demo=self.options.is_demo, link=link):
            self.console.tell(line)
        if self.grafana_server is not None:
            self._show(supervisor, self.grafana_server)

    def _show(self, supervisor: Supervisor, server: GrafanaServer) -> None:
        show = grafana_start.Show(supervisor, self.console, self.plan, self.home, self.secret)
        self.grafana = show.start(server)
        supervisor.report()
        for line in show.lines() if self.grafana else []:
            self.console.tell(line)

    def _start_database(self, supervisor: Supervisor, servers: found_servers.Servers | None) -> bool:
        port = self.plan.database_port
        if servers is None or port is None:
            return False
        with self.console.step("database ready"):
            password = self.secret.passwords[postgres.OWNER]
            is_new = postgres.prepare(servers.postgres, self.home.postgres, port=port, password=password)
            service = services.database(servers.postgres, self.home)
            supervisor.start(service, ready=partial(postgres.wait_until_ready, self.plan.database_url))
            return queries.create_database(self.plan.database_url, postgres.DATABASE) or is_new

    def _let_services_in(self) -> None:
        if self.plan.database_port is not None:
            for role in (credentials.INGESTOR_ROLE, credentials.API_ROLE):
                queries.allow_login(self.plan.database_url, role, self.secret.passwords[role])

    def _start_broker(self, supervisor: Supervisor, broker: found_servers.Broker, listeners: Listeners) -> None:
        password, internal = self.secret.passwords[mosquitto.INGESTOR], listeners.internal
        mosquitto.prepare(self.home.mosquitto, listeners, mosquitto.ingestor(password))
        ready = partial(mosquitto.wait_until_ready, internal.host, internal.port, password)
        supervisor.start(services.broker(broker, self.home), ready=ready)
        supervisor.start(services.broker_users(self.plan, self.home))

    def _make_keys(self, supervisor: Supervisor) -> None:
        if self.options.is_demo:
            words = ["sim", "register", "--json", "--logins", str(self.home.logins_file)]
        else:
            words = ["key", "create", "--fleet", _FLEET_NAME, "--role", "manager", "--json"]
        with self.console.step("demo fleet registered" if self.options.is_demo else "fleet and key made"):
            made = services.owner(self.plan, self.home, words[0], *words)
            self.secret.keys = read_keys(supervisor.run(made, capture=True))
            self.secret.save(self.home)

    def _one_time_link(self, supervisor: Supervisor) -> str | None:
        """Return the link by which the first manager, or a demo's visitor, comes in; None if nobody needs one."""
        words = ["person", "link", "--json", *(["--visitor"] if self.options.is_demo else [])]
        with self.console.step("way in for people made"):
            return read_link(supervisor.run(services.owner(self.plan, self.home, "person", *words), capture=True))

    def _write_state(self, running: tuple[ServiceState, ...]) -> None:
        pid = os.getpid()
        state.write(
            state.RunningState(
                pid=pid,
                pid_started_ticks=state.pid_started_ticks(pid) or 0,
                since=self.since,
                ready=self.ready,
                is_open=self.plan.is_open,
                api=state.ApiState(url=self.plan.api_url),
                grafana=self.grafana,
                receive=state.ReceiveState(url=self.plan.receive_url),
                mqtt=state.MqttState(
                    url=self.plan.mqtt_url, ingestor_url=self.plan.mqtt_ingestor_url, tls_url=self.plan.mqtts_url
                ),
                database=state.DatabaseState(
                    url=self.plan.database_url,
                    ingestor_url=self.plan.database_ingestor_url,
                    api_url=self.plan.database_api_url,
                ),
                keys=self.secret.keys,
                services=running,
                home=self.home.path,
                logs=self.home.logs,
            )
        )


def read_keys(output: str) -> dict[str, str]:
    """Return API keys by role from what `sim register --json` or `key create --json` printed; else SetupError."""
    try:
        made = json.loads(output)
        keys = made["keys"] if "keys" in made else {"manager": made["key"]}
        return {str(role): str(key) for role, key in keys.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetupError(f"no keys in what the command printed: {output[:200]!r}") from error


def read_link(output: str) -> str | None:
    """Return the path that `person link --json` printed, or None if nobody needs a link; else SetupError."""
    try:
        path = json.loads(output)["path"]
    except (ValueError, KeyError, TypeError) as error:
        raise SetupError(f"no link in what the command printed: {output[:200]!r}") from error
    return None if path is None else str(path)


def greeting(where: Plan, keys: Mapping[str, str], home: Home, *, is_demo: bool, link: str | None = None) -> list[str]:
    """Return the lines shown when everything runs. `link` is the path of a one-time link, if there is one."""
    manager = keys.get("manager", "")
    lines = ["", f"  Open this:  {where.api_url}{link or '/'}", ""]
    if outside := plan.outside_url(where):
        lines[2:] = [f"  On a phone: {outside}{link or '/'}", ""]
    if link:
        again = f"another: {paths.program()} person link" + (" --visitor" if is_demo else "")
        lines += [f"  It opens once, to let you in; {again}", ""]
    lines += [f"  {role + ' key':<14}{key}" for role, key in keys.items()]
    lines += [
        f"  {'API':<14}{where.api_url}/docs",
        f"  {'try':<14}curl -H 'Authorization: Bearer {manager}' {where.api_url}/v1/vehicles",
        f"  {'logs':<14}{home.logs}",
    ]
    if not is_demo:
        lines += [
            f"  {'broker':<14}{plan.broker_for_devices(where)}",
            f"  {'or by HTTP':<14}{plan.receiver_for_devices(where)}/in/native/KEY, /in/owntracks, /in/osmand",
            f"  {'let one in':<14}{paths.program()} device add --vehicle NAME",
        ]
        if where.listen == "127.0.0.1":
            lines += ["", "  Only this box can connect; start with --listen 0.0.0.0 to let trucks and phones in."]
    return [*lines, "", "  Ctrl-C stops everything; your data stay.", ""]

"""Which processes make up a running Keitora, and what each is told."""

import os
import signal
import sys
from collections.abc import Mapping
from functools import partial

from keitora.local import grafana as own_grafana
from keitora.local import mosquitto, postgres, users
from keitora.local.grafana import GrafanaServer
from keitora.local.paths import Home
from keitora.local.plan import Plan
from keitora.local.servers import Broker, PostgresServer
from keitora.local.supervisor import Service


def command(*words: str) -> list[str]:
    """Return how a command of ours is run with this very Python."""
    return [sys.executable, "-m", "keitora", *words]


def environment(plan: Plan, *, database_url: str, mqtt_url: str) -> Mapping[str, str]:
    """Return the environment of a process of ours."""
    return {
        **os.environ,
        "KEITORA_DATABASE_URL": database_url,
        "KEITORA_MQTT_URL": mqtt_url,
        "KEITORA_API_HOST": plan.listen,
        "KEITORA_API_PORT": str(plan.api_port),
        "KEITORA_RECEIVE_HOST": plan.listen,
        "KEITORA_RECEIVE_PORT": str(plan.receive_port),
        "PYTHONUNBUFFERED": "1",
    }


def owner(plan: Plan, home: Home, name: str, *words: str) -> Service:
    """Return a command run with the owner's rights: migrations and administration."""
    rights = environment(plan, database_url=plan.database_url, mqtt_url=plan.mqtt_url)
    return Service(name, command(*words), env=rights, cwd=home.path)


def database(server: PostgresServer, home: Home) -> Service:
    """Return PostgreSQL as a service; its data directory must be prepared."""
    return Service(
        "postgres",
        postgres.command(server, home.postgres),
        cwd=home.postgres,
        user=users.server_user(),
        stop_signal=signal.SIGINT,
        stop_within_s=30,
        stage=0,
        before=partial(postgres.clear_stale, home.postgres),
    )


def broker(server: Broker, home: Home) -> Service:
    """Return Mosquitto as a service; its configuration must be written."""
    return Service("mosquitto", mosquitto.command(server, home.mosquitto), user=users.server_user(), stage=1)


def broker_users(plan: Plan, home: Home) -> Service:
    """Return what keeps the broker's users in step with the database."""
    rights = environment(plan, database_url=plan.database_ingestor_url, mqtt_url=plan.mqtt_url)
    return Service("broker-users", command("broker-users", str(home.mosquitto)), env=rights, cwd=home.path, stage=1)


def application(plan: Plan, home: Home, *, is_demo: bool) -> list[Service]:
    """Return our own services, each with the least rights it needs."""
    ingestor = environment(plan, database_url=plan.database_ingestor_url, mqtt_url=plan.mqtt_ingestor_url)
    api = environment(plan, database_url=plan.database_api_url, mqtt_url=plan.mqtt_url)
    services = [
        Service("ingest", command("ingest"), env=ingestor, cwd=home.path, stage=2),
        Service("receive", command("receive"), env=ingestor, cwd=home.path, stop_within_s=15, stage=2),
        Service("derive", command("derive"), env=ingestor, cwd=home.path, stage=2),
        Service("api", command("api"), env=api, cwd=home.path, stage=2),
    ]
    return services + ([demo_fleet(plan, home)] if is_demo else [])


def demo_fleet(plan: Plan, home: Home) -> Service:
    """Return the simulated trucks: they publish as loggers do."""
    rights = environment(plan, database_url=plan.database_url, mqtt_url=plan.mqtt_url)
    return Service("sim", command("sim", "demo"), env=rights, cwd=home.path, stage=3)


def grafana(server: GrafanaServer, plan: Plan, home: Home, password: str) -> Service:
    """Return Grafana as a service; its folder must be prepared."""
    return Service(
        "grafana",
        own_grafana.command(server, home.grafana),
        env=own_grafana.environment(
            server, home.grafana, host=plan.listen, port=plan.grafana_port or 0, password=password
        ),
        cwd=home.grafana,
        user=users.server_user(),
        stop_within_s=20,
        stage=3,
    )


def dashboards(plan: Plan, home: Home, *, token: str, key: str) -> Service:
    """Return what brings our Grafana's dashboards and alerts up to date, once."""
    told = {
        "KEITORA_GRAFANA_URL": plan.grafana_url,
        "KEITORA_GRAFANA_TOKEN": token,
        "KEITORA_GRAFANA_API_URL": plan.api_url,
        "KEITORA_GRAFANA_KEY": key,
    }
    return Service("dashboards", command("dashboards", "push"), env={**os.environ, **told}, cwd=home.path)

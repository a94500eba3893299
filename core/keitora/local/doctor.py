"""What this machine has and lacks for running Keitora, and how to get it."""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import psycopg

from keitora.access.tls import WARN_WITHIN, show
from keitora.access.tls_files import installed
from keitora.clock import utc_now
from keitora.db.edition import ask_edition
from keitora.errors import SetupError
from keitora.local import debian, grafana, paths, ports, servers, state, users

Verdict = Literal["ok", "will be fetched", "missing", "optional"]

_FREE_MB: Final = 1000
_ANSWER_WITHIN_S: Final = 5
_USUAL_PORTS: Final = {"API": 8080, "broker": 1883, "HTTP receiver": 8090, "database": 5433}
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    verdict: Verdict
    detail: str


def examine() -> list[Finding]:
    """Look at everything; nothing is changed or fetched."""
    return [
        _python(),
        _packages(),
        _system(),
        *_servers(),
        *_disk(),
        *_ports(),
        *_certificate(),
        _optional("Chromium", _BROWSERS, "draws dashboards in the tests of their looks"),
        _grafana(),
    ]


def _python() -> Finding:
    return Finding("Python", "ok", f"{sys.version.split()[0]} ({sys.executable})")


def _packages() -> Finding:
    wanted = ("psycopg", "pydantic", "paho-mqtt", "fastapi", "uvicorn", "grafana-client")
    missing = [name for name in wanted if not _installed(name)]
    if missing:
        return Finding("Python packages", "missing", f"{', '.join(missing)}: start with ./keitora")
    return Finding("Python packages", "ok", f"keitora {importlib.metadata.version('keitora')} and what it needs")


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _system() -> Finding:
    if sys.platform != "linux":
        return Finding("system", "missing", f"{sys.platform} cannot run the servers itself; use docker compose up")
    try:
        user = users.server_user()
    except SetupError as error:
        return Finding("system", "missing", str(error))
    return Finding("system", "ok", f"Linux; root's servers run as {user.name}" if user else "Linux")


def _servers() -> Iterator[Finding]:
    private, reason = servers.fetched(), debian.why_not()
    postgres = servers.installed_postgres() or (private.postgres if private else None)
    broker = servers.installed_mosquitto() or (private.mosquitto if private else None)
    absent: Verdict = "missing" if reason else "will be fetched"
    way = reason or "from the distribution's packages, into a folder of ours"
    if url := os.environ.get("KEITORA_DATABASE_URL"):
        yield Finding("PostgreSQL", "ok", "KEITORA_DATABASE_URL is set; that one is used")
        yield _timescale_at(url)
    elif postgres:
        yield Finding("PostgreSQL", "ok", f"{postgres.version} ({postgres.bin})")
        yield Finding("TimescaleDB", "ok", f"{postgres.timescale}, {postgres.edition} edition")
    else:
        yield Finding("PostgreSQL", absent, f"16 or newer with TimescaleDB: {way}")
    if os.environ.get("KEITORA_MQTT_URL"):
        yield Finding("Mosquitto", "ok", "KEITORA_MQTT_URL is set; that broker is used")
    elif broker:
        yield Finding("Mosquitto", "ok", f"{broker.version} ({broker.program})")
    else:
        yield Finding("Mosquitto", absent, f"2 or newer: {way}")
    yield Finding("fetching servers", "optional" if reason else "ok", reason or "apt can fetch what is not installed")


def _timescale_at(url: str) -> Finding:
    try:
        with psycopg.connect(url, connect_timeout=_ANSWER_WITHIN_S) as conn:
            edition = ask_edition(conn)
    except (psycopg.Error, SetupError) as error:
        return Finding("TimescaleDB", "missing", f"the database cannot be asked: {reason_of(error)}")
    packing = "compresses old samples" if edition.can_compress else "old samples get dense indexes"
    return Finding("TimescaleDB", "ok", f"{edition.timescale_version}, {edition.name} edition: {packing}")


def reason_of(error: Exception) -> str:
    """Return the first line an error says; the name of its kind if it says nothing, as a broken connection may."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _disk() -> Iterator[Finding]:
    for what, place in (("disk for data", paths.base_dir()), ("disk for servers", paths.servers_dir())):
        existing = next(folder for folder in (place, *place.parents) if folder.exists())
        free_mb = shutil.disk_usage(existing).free // 1_000_000
        verdict: Verdict = "ok" if free_mb >= _FREE_MB else "missing"
        yield Finding(what, verdict, f"{free_mb} MB free at {place}; {_FREE_MB} are needed")


def _ports() -> Iterator[Finding]:
    if running := state.running():
        yield Finding("ports", "ok", f"Keitora is running, on {running.api.url}")
        return
    for what, port in _USUAL_PORTS.items():
        verdict: Verdict = "ok" if ports.is_free(port) else "optional"
        yield Finding(f"port {port}", verdict, f"{what}: {'free' if verdict == 'ok' else 'taken, the next is used'}")


def _certificate() -> Iterator[Finding]:
    folder = paths.homes()[0].tls
    if installed(folder) is None:
        yield Finding("TLS", "optional", f"the broker does not encrypt; {paths.program()} tls make changes that")
        return
    try:
        shown = show(folder)
    except SetupError as error:
        yield Finding("TLS", "missing", str(error))
        return
    is_due = shown.expires_at - utc_now() < WARN_WITHIN
    advice = f"; renew it: {paths.program()} tls make (or use)" if is_due else f"; for {', '.join(shown.hosts)}"
    yield Finding("TLS", "missing" if is_due else "ok", f"certificate until {shown.expires_at:%Y-%m-%d}{advice}")


def _optional(what: str, programs: tuple[str, ...], use: str) -> Finding:
    found = next((path for name in programs if (path := shutil.which(name))), None)
    return Finding(what, "ok" if found else "optional", found or f"not found; {use}")


def _grafana() -> Finding:
    try:
        found = grafana.find(paths.homes()[0].grafana)
    except SetupError as error:
        return Finding("Grafana", "optional", str(error))
    if found is None:
        return Finding("Grafana", "optional", "not found; shows the dashboards; docker compose up brings it")
    return Finding("Grafana", "ok", f"{found.version} ({found.program}), with Infinity in {found.plugins}")


def is_healthy(findings: list[Finding]) -> bool:
    """Tell whether nothing required is missing for good."""
    return not any(finding.verdict == "missing" for finding in findings)


def as_text(findings: list[Finding]) -> str:
    """Return the findings as a table for a person."""
    marks: dict[Verdict, str] = {"ok": "ok", "will be fetched": "fetch", "missing": "MISSING", "optional": "-"}
    return "\n".join(f"{marks[f.verdict]:<8} {f.what:<17} {f.detail}" for f in findings)

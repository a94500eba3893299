"""The words after `keitora dashboards`, and what they mean together with the environment and the fleet."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from keitora.errors import SetupError
from keitora.local import state
from keitora_dashboards.alerts.contact import Contact
from keitora_dashboards.fleet import read_fleet
from keitora_dashboards.plan import Plan
from keitora_dashboards.query import Json
from keitora_dashboards.reader import LANGUAGES, UNITS, Language, Reader, units_of
from keitora_dashboards.settings import AlertSettings, GrafanaSettings, ReaderSettings

Action = Callable[[argparse.Namespace], int]

_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def parser(summary: str | None, *, build: Action, push: Action, diff: Action, pull: Action) -> argparse.ArgumentParser:
    """Return what reads the words of the command line."""
    whole = argparse.ArgumentParser(prog="keitora dashboards", description=summary)
    actions = whole.add_subparsers(required=True, metavar="build|push|diff|pull")
    building = actions.add_parser("build", help="write the dashboards as JSON files")
    building.add_argument(
        "--to", type=Path, metavar="FOLDER", help="where to (default: dashboards/json of the checkout)"
    )
    building.add_argument("--alerts-to", type=Path, metavar="FILE", help="also write alert rules for file provisioning")
    building.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file would change")
    _add_reader(building)
    _add_contact(building)
    building.set_defaults(run=build)
    for name, action, text in (
        ("push", push, "bring a Grafana's folder, data source, dashboards and alerts up to date"),
        ("diff", diff, "say what a push would change; exit code 1 if anything"),
        ("pull", pull, "write our dashboards as Grafana has them, to compare with the files"),
    ):
        one = actions.add_parser(name, help=text)
        _add_grafana(one)
        _add_reader(one)
        _add_contact(one)
        one.set_defaults(run=action)
        if name == "pull":
            one.add_argument("--to", type=Path, metavar="FOLDER", required=True, help="where to")
    return whole


def _add_grafana(one: argparse.ArgumentParser) -> None:
    one.add_argument(
        "--url", help="the Grafana (KEITORA_GRAFANA_URL; default: the one Keitora runs, else http://localhost:3000)"
    )
    one.add_argument("--token", help="its service account token; better in KEITORA_GRAFANA_TOKEN")
    one.add_argument(
        "--api-url",
        help="the API's address as Grafana's server reaches it (KEITORA_GRAFANA_API_URL; default: the Keitora running "
        "on this box)",
    )
    one.add_argument("--api-key", help="a viewer's key for Grafana; better in KEITORA_GRAFANA_KEY")
    one.add_argument("--wait", type=float, default=60, metavar="S", help="for a Grafana that starts (default 60 s)")


def _add_reader(one: argparse.ArgumentParser) -> None:
    one.add_argument("--units", choices=sorted(UNITS), help="what is counted in (KEITORA_UNITS; default: by currency)")
    one.add_argument(
        "--currency", metavar="CODE", help="such as JPY, EUR, USD (KEITORA_CURRENCY; default: the fleet's)"
    )
    one.add_argument("--time-zone", metavar="ZONE", help="of the time axes (default: the fleet's, else the browser's)")
    one.add_argument("--language", choices=LANGUAGES, help="of the alerts (default: the fleet's)")


def _add_contact(one: argparse.ArgumentParser) -> None:
    one.add_argument("--no-alerts", action="store_true", help="dashboards only")
    one.add_argument("--alert-webhook", metavar="URL", help="who is told of alerts (KEITORA_ALERT_WEBHOOK)")
    one.add_argument(
        "--alert-email", action="append", metavar="ADDRESS", help="the same by e-mail (KEITORA_ALERT_EMAILS)"
    )


def token(arguments: argparse.Namespace) -> str:
    """Return Grafana's token: as said, else that of the one Keitora runs. Raises SetupError if there is none."""
    settings = GrafanaSettings()
    given = arguments.token or (settings.grafana_token.get_secret_value() if settings.grafana_token else None)
    if not given and (here := _own_grafana()) and grafana_url(arguments) == here.url:
        given = here.token
    if not given:
        raise SetupError(
            "Grafana needs a token: in Grafana, Administration → Users and access → Service accounts, add one of the "
            "role Admin, add a token, and pass it with --token or KEITORA_GRAFANA_TOKEN"
        )
    return str(given)


def grafana_url(arguments: argparse.Namespace) -> str:
    """Return Grafana's address: as said, else that of the one Keitora runs. Raises SetupError if it is none."""
    settings = GrafanaSettings()
    if not arguments.url and not settings.model_fields_set & {"grafana_url"} and (here := _own_grafana()):
        return here.url
    return checked(arguments.url or settings.grafana_url, "--url")


def _own_grafana() -> state.GrafanaState | None:
    """Return the Grafana that runs on this box beside Keitora, if one does."""
    running = state.running()
    return running.grafana if running else None


def plan(arguments: argparse.Namespace, tell: Callable[[str], None]) -> Plan:
    """Return what is to be in Grafana, as the fleet counts unless it is said otherwise."""
    api_url, key = _api(arguments, GrafanaSettings())
    checked(api_url, "--api-url")
    base = api_url.rstrip("/")
    is_told = bool(arguments.currency and arguments.time_zone)
    fleet = read_fleet(base, key) if key and not is_told else None
    if fleet is None and key and not (arguments.units or arguments.currency):
        tell(f"{base} cannot be asked from here how the fleet counts: km/L and yen, unless --units and --currency")
    return Plan(
        api_url=base,
        key=key,
        reader=reader(arguments, fleet),
        contact=contact(arguments),
        has_alerts=not arguments.no_alerts,
    )


def reader(arguments: argparse.Namespace, fleet: Json | None = None) -> Reader:
    """Return who reads: as said, else as set, else as the fleet is. SetupError for an unknown unit or currency."""
    known, settings = fleet or {}, ReaderSettings()
    currency = (arguments.currency or settings.currency or known.get("currency") or "JPY").upper()
    if not _CURRENCY.fullmatch(currency):
        raise SetupError(f"a currency is a code of three letters such as JPY; this is '{currency}'")
    name = arguments.units or settings.units or known.get("units") or units_of(currency).name
    if name not in UNITS:
        raise SetupError(f"KEITORA_UNITS is one of {', '.join(sorted(UNITS))}; this is '{name}'")
    own: Language = "ja" if str(known.get("locale", "")).startswith("ja") else "en"
    language: Language = arguments.language or AlertSettings().alert_language or own
    zone = arguments.time_zone or known.get("time_zone") or settings.fleet_time_zone or "browser"
    if zone != "browser":
        _require_zone(zone)
    return Reader(language=language, units=UNITS[name], currency=currency, time_zone=zone)


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise SetupError(f"a time zone is a name such as Asia/Tokyo; this is '{name}'") from error


def contact(arguments: argparse.Namespace) -> Contact:
    """Return who is told of alerts. Raises SetupError for a webhook that is no address."""
    settings = AlertSettings()
    webhook = arguments.alert_webhook or settings.alert_webhook
    words = arguments.alert_email or (settings.alert_emails or "").split(",")
    return Contact(
        webhook=checked(webhook, "--alert-webhook") if webhook else None,
        emails=tuple(word.strip() for word in words if word.strip()),
    )


def _api(arguments: argparse.Namespace, settings: GrafanaSettings) -> tuple[str, str | None]:
    """Return the API's address and Grafana's key to it: as said, else as the Keitora running on this box has them."""
    url = arguments.api_url or settings.grafana_api_url
    key = arguments.api_key or (settings.grafana_key.get_secret_value() if settings.grafana_key else None)
    if url:
        return url, key
    here = state.running()
    if here is None:
        raise SetupError("where is the API? Pass --api-url (as Grafana's server reaches it), or start Keitora here")
    return here.api.url, key or here.keys.get("grafana")


def checked(url: str, option: str) -> str:
    """Return an address without the slash at its end. Raises SetupError for what is none."""
    if not url.startswith(("http://", "https://")):
        raise SetupError(f"{option} must begin with http:// or https://; this is '{url}'")
    return url.rstrip("/")

"""`keitora dashboards`."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import cast

from keitora.errors import SetupError
from keitora.local import state
from keitora_dashboards import folder
from keitora_dashboards.grafana import Grafana
from keitora_dashboards.push import push
from keitora_dashboards.settings import GrafanaSettings


def dashboards(argv: list[str]) -> int:
    """Write Grafana's dashboards as files, or push them to a Grafana."""
    arguments = _parser().parse_args(argv)
    run = cast("Callable[[argparse.Namespace], int]", arguments.run)
    return run(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora dashboards", description=dashboards.__doc__)
    actions = parser.add_subparsers(required=True, metavar="build|push")

    build = actions.add_parser("build", help="write the dashboards as JSON files")
    build.add_argument("--to", type=Path, metavar="FOLDER", help="where to (default: dashboards/json of the checkout)")
    build.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file would change")
    build.set_defaults(run=_build)

    pushing = actions.add_parser("push", help="bring a Grafana's folder, data source and dashboards up to date")
    pushing.add_argument("--url", help="the Grafana (KEITORA_GRAFANA_URL; default http://localhost:3000)")
    pushing.add_argument("--token", help="its service account token; better in KEITORA_GRAFANA_TOKEN")
    pushing.add_argument(
        "--api-url",
        help="the API's address as Grafana's server reaches it (KEITORA_GRAFANA_API_URL; default: the Keitora running "
        "on this box)",
    )
    pushing.add_argument("--api-key", help="a viewer's key for Grafana; better in KEITORA_GRAFANA_KEY")
    pushing.add_argument("--wait", type=float, default=60, metavar="S", help="for a Grafana that starts (default 60 s)")
    pushing.set_defaults(run=_push)
    return parser


def _build(arguments: argparse.Namespace) -> int:
    place = arguments.to or folder.default_folder()
    if arguments.check:
        found = folder.differences(place)
        for line in found:
            print(line)
        print(f"{place}: run keitora dashboards build" if found else f"{place} is up to date")
        return 1 if found else 0
    written = folder.write(place)
    for name in written:
        print(f"{name} written")
    print(f"{place} is up to date" if not written else f"{len(written)} files written to {place}")
    return 0


def _push(arguments: argparse.Namespace) -> int:
    settings = GrafanaSettings()
    url = arguments.url or settings.grafana_url
    token = arguments.token or (settings.grafana_token.get_secret_value() if settings.grafana_token else None)
    if not token:
        raise SetupError(
            "Grafana needs a token: in Grafana, Administration → Users and access → Service accounts, add one of the "
            "role Admin, add a token, and pass it with --token or KEITORA_GRAFANA_TOKEN"
        )
    api_url, key = _api(arguments, settings)
    with Grafana(_checked(url, "--url"), token) as grafana:
        grafana.wait_until_ready(arguments.wait)
        count = push(grafana, api_url=_checked(api_url, "--api-url"), key=key, tell=print)
    print(f"{count} changed at {url}" if count else f"nothing to change at {url}")
    return 0


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


def _checked(url: str, option: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise SetupError(f"{option} must begin with http:// or https://; this is '{url}'")
    return url.rstrip("/")

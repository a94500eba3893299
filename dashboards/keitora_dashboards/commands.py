"""`keitora dashboards`."""

import argparse
from typing import cast

from keitora_dashboards import folder, look, options
from keitora_dashboards.alerts.file import alert_file
from keitora_dashboards.grafana import Grafana
from keitora_dashboards.options import Action
from keitora_dashboards.push import push


def dashboards(argv: list[str]) -> int:
    """Write Grafana's dashboards as files, or bring a Grafana's dashboards and alerts up to date."""
    parser = options.parser(dashboards.__doc__, build=_build, push=_push, diff=_diff, pull=_pull)
    arguments = parser.parse_args(argv)
    run = cast("Action", arguments.run)
    return run(arguments)


def _build(arguments: argparse.Namespace) -> int:
    reader = options.reader(arguments)
    place = arguments.to or folder.default_folder()
    if arguments.check:
        found = folder.differences(place, reader)
        for line in found:
            print(line)
        print(f"{place}: run keitora dashboards build" if found else f"{place} is up to date")
        return 1 if found else 0
    written = folder.write(place, reader)
    for name in written:
        print(f"{name} written")
    print(f"{place} is up to date" if not written else f"{len(written)} files written to {place}")
    if arguments.alerts_to:
        folder.write_text(arguments.alerts_to, alert_file(reader, options.contact(arguments)))
        print(f"alert rules written to {arguments.alerts_to}")
    return 0


def _push(arguments: argparse.Namespace) -> int:
    plan, url = options.plan(arguments, print), options.grafana_url(arguments)
    with Grafana(url, options.token(arguments)) as grafana:
        grafana.wait_until_ready(arguments.wait)
        count = push(grafana, plan, tell=print)
    print(f"{count} changed at {url}" if count else f"nothing to change at {url}")
    return 0


def _diff(arguments: argparse.Namespace) -> int:
    plan, url = options.plan(arguments, print), options.grafana_url(arguments)
    with Grafana(url, options.token(arguments)) as grafana:
        grafana.wait_until_ready(arguments.wait)
        lines = look.as_lines(look.items(grafana, plan))
    for line in lines:
        print(line)
    print(f"{len(lines)} differ at {url}" if lines else f"nothing differs at {url}")
    return 1 if lines else 0


def _pull(arguments: argparse.Namespace) -> int:
    plan, url = options.plan(arguments, print), options.grafana_url(arguments)
    with Grafana(url, options.token(arguments)) as grafana:
        grafana.wait_until_ready(arguments.wait)
        written = look.pull(grafana, plan, arguments.to)
    print(f"{len(written)} dashboards written to {arguments.to}; compare with: git diff --no-index")
    return 0

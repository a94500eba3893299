"""`keitora fleet`."""

import argparse
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from keitora.errors import KeitoraError
from keitora.fleets.console import chosen_fleet, open_database
from keitora.fleets.queries import read_fleet_rules, set_fleet_money, set_fleet_rules
from keitora.settings import LONGEST_KEEP_DAYS, SHORTEST_KEEP_DAYS
from keitora.storage.retention import set_kept

_KEPT_WORDS: Final[Mapping[str, int | None]] = MappingProxyType({"forever": 0, "default": None})


def fleet(argv: list[str]) -> int:
    """Show a fleet; set when its trips end, when idling is told, currency, country, how long samples are kept."""
    arguments = _parser().parse_args(argv)
    done: int = arguments.run(arguments)
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora fleet", description=fleet.__doc__)
    actions = parser.add_subparsers(required=True, metavar="show|set")

    show = actions.add_parser("show", help="the fleet's time zone, currency, language and rules of trips")
    show.add_argument("--fleet", help="whose; may be left out if there is only one")
    show.set_defaults(run=_show)

    setting = actions.add_parser("set", help="set rules of trips; its trucks are derived anew")
    setting.add_argument("--fleet", help="whose; may be left out if there is only one")
    setting.add_argument(
        "--trip-end-s", type=int, metavar="S", help="a trip ends before so long without movement or data (60 to 3600)"
    )
    setting.add_argument(
        "--idling-s",
        type=int,
        metavar="S",
        help="the engine running while standing is idling from then on (60 to 7200)",
    )
    setting.add_argument("--currency", metavar="CODE", help="what costs are told in (ISO 4217: JPY, USD)")
    setting.add_argument("--country", metavar="CODE", help="whose factors of CO2 hold (ISO 3166: JP, US)")
    setting.add_argument(
        "--keep-samples-days",
        metavar="N",
        help="drop samples older than so many days (31 or more), or: forever, default (what the installation says)",
    )
    setting.set_defaults(run=_set)
    return parser


def _days(word: str) -> int | None:
    """Return how long samples are kept by what was typed: 0 is for ever, None as the installation says."""
    if word in _KEPT_WORDS:
        return _KEPT_WORDS[word]
    if word.isdecimal() and SHORTEST_KEEP_DAYS <= int(word) <= LONGEST_KEEP_DAYS:
        return int(word)
    raise KeitoraError(f"samples are kept for {SHORTEST_KEEP_DAYS} days or more, or: forever, default")


def _show(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        shown = chosen_fleet(conn, arguments.fleet)
        rules = read_fleet_rules(conn, fleet_id=shown.fleet_id)
    print(f"{shown.name}: {shown.time_zone}, {shown.currency}, {shown.locale}")
    print(
        f"A trip ends before {rules.trip_end_s} s without movement or data; idling is told from {rules.idling_s} s on."
    )
    return 0


def _set(arguments: argparse.Namespace) -> int:
    kept = arguments.keep_samples_days
    told = (arguments.trip_end_s, arguments.idling_s, arguments.currency, arguments.country, kept)
    if not any(one is not None for one in told):
        raise KeitoraError(
            "say what to set: --trip-end-s S, --idling-s S, --currency CODE, --country CODE, --keep-samples-days N"
        )
    with open_database() as conn:
        chosen = chosen_fleet(conn, arguments.fleet)
        if kept is not None:
            set_kept(conn, fleet_id=chosen.fleet_id, days=_days(kept))
        set_fleet_money(conn, fleet_id=chosen.fleet_id, currency=arguments.currency, country=arguments.country)
        rules = set_fleet_rules(
            conn, fleet_id=chosen.fleet_id, trip_end_s=arguments.trip_end_s, idling_s=arguments.idling_s
        )
    print(
        f"{chosen.name}: a trip ends before {rules.trip_end_s} s without movement or data, idling is told from "
        f"{rules.idling_s} s on. What differs from before is being derived anew."
    )
    return 0

"""`keitora sim run`, `keitora sim year` and `keitora sim trucks`: arguments."""

import argparse
import signal
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from threading import Event
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from keitora.access.wallet import Wallet, names_user
from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.fleets.console import open_database
from keitora.local.state import mqtt_url
from keitora_sim.days.kinds import KINDS
from keitora_sim.loggers.model import CanLoseTime, Sent
from keitora_sim.loggers.table import FORMATS, LIVE_ONLY, encoder
from keitora_sim.logins import NEWS_TAKES_S, addresses_of, logins_file
from keitora_sim.scenario.file import library, read
from keitora_sim.scenario.make import Fleet, Lived
from keitora_sim.scenario.model import Scenario
from keitora_sim.scenario.register import reading_key, register
from keitora_sim.scenario.send import Count, Road, send, send_live
from keitora_sim.scenario.view import shown
from keitora_sim.truck.variants import variants
from keitora_sim.truth.file import write
from keitora_sim.truth.model import Line, Run, TripTruth
from keitora_sim.year.make import YearFleet, scenario_of

_LEAD: Final = timedelta(seconds=20)  # from the start of a live run to the first movement


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-commands."""
    run_parser = commands.add_parser("run", help="send a scenario, and write down what is true of it")
    run_parser.add_argument("scenario", help="a file, or a name of the library (`keitora sim scenarios`)")
    run_parser.add_argument("--first-day", type=date.fromisoformat, metavar="DATE", help="instead of the file's")
    run_parser.add_argument("--seed", type=int, metavar="N", help="instead of the file's")
    run_parser.add_argument("--live", action="store_true", help="let its first trip begin now, and send in real time")
    run_parser.add_argument(
        "--at", type=time.fromisoformat, metavar="HH:MM", help="with --live: let it be this time of its day now"
    )
    run_parser.add_argument("--minutes", type=float, metavar="N", help="with --live: end after so long")
    _add_sending(run_parser)
    run_parser.set_defaults(run=run)
    year_parser = commands.add_parser("year", help="send a year of a mixed fleet into the past, quickly")
    year_parser.add_argument("--trucks", type=int, default=30, metavar="N", help="how many (%(default)s)")
    year_parser.add_argument("--days", type=int, default=365, metavar="N", help="how many days (%(default)s)")
    year_parser.add_argument("--last-day", type=date.fromisoformat, metavar="DATE", help="the last of them (yesterday)")
    year_parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same year")
    _add_sending(year_parser)
    year_parser.set_defaults(run=year)
    commands.add_parser("scenarios", help="list the library of scenarios").set_defaults(run=scenarios)
    commands.add_parser("trucks", help="list trucks, kinds of day and formats").set_defaults(run=trucks)


def _add_sending(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="the broker (that of this installation); a user in it speaks for all trucks")
    parser.add_argument("--register", action="store_true", help="make the fleet first, and print a key that may read")
    parser.add_argument("--no-confirm", action="store_true", help="do not ask the ingestor what is stored")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="where to write the truth (JSON lines)")
    parser.add_argument("--rate", type=float, metavar="N", help="messages a second at most (as fast as it goes)")


def run(arguments: argparse.Namespace) -> int:
    """Send a scenario."""
    scenario = read(arguments.scenario, first_day=arguments.first_day, seed=arguments.seed)
    if arguments.live:
        return send_fleet(live_fleet(scenario, utc_now(), arguments.at), arguments, is_live=True)
    check_clocks(scenario)
    if arguments.at or arguments.minutes:
        raise SetupError("--at and --minutes are for --live")
    return send_fleet(Fleet(scenario), arguments)


def live_fleet(scenario: Scenario, now: datetime, at: time | None = None) -> Fleet:
    """Return a scenario of today in which it is `at` now, or else one whose first trip begins shortly after `now`.

    Raises SetupError if it has no trip that day.
    """
    moved = scenario.model_copy(update={"first_day": now.date()})
    if at is not None:
        clock = datetime.combine(now.date(), at, ZoneInfo(scenario.time_zone))
        return Fleet(moved, later=now - clock)
    first_days = islice(Fleet(moved).days(), 2)  # what opens the truth, and the first day
    begins = [line.started_at for made in first_days for line in made.truth if isinstance(line, TripTruth)]
    if not begins:
        raise SetupError(f"{scenario.name}: no truck drives on {now.date()}; `rests: false` lets them")
    return Fleet(moved, later=now + _LEAD - min(begins))


def year(arguments: argparse.Namespace) -> int:
    """Send a year."""
    last_day = arguments.last_day or utc_now().date() - timedelta(days=1)
    scenario = scenario_of(arguments.trucks, last_day, arguments.days, arguments.seed)
    return send_fleet(YearFleet(scenario), arguments)


def send_fleet(fleet: Lived, arguments: argparse.Namespace, *, is_live: bool = False) -> int:
    """Live a fleet's days and send them; print what was sent."""
    scenario, road = fleet.scenario, road_of(fleet, arguments)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    truth: list[Line] = []
    began_at = utc_now()
    messages = _messages(fleet, truth)
    if first := next(messages, None):  # computed before a connection is opened: it takes some seconds
        messages = chain([first], messages)
    with shown(scenario.name, len(fleet.trucks()), road.count, truth, Console(stderr=True)) as view:
        if is_live:
            until = began_at + timedelta(minutes=arguments.minutes) if arguments.minutes else None
            count = send_live(road, view.watched(messages), stop=stop, until=until)
        else:
            count = send(road, view.watched(messages), rate=arguments.rate, stop=stop)
    if arguments.truth:
        for _ in messages:
            pass  # so that the truth of what was not sent any more is whole
        write(arguments.truth, [_as_sent(line, count) for line in truth])
    days = "1 day" if scenario.days == 1 else f"{scenario.days} days"
    print(f"{count.messages:,} messages with {count.rows:,} rows, {days} in {_lasted(began_at)}")
    return 1 if (stop.is_set() and not is_live) or not _is_whole(count) else 0


def _as_sent(line: Line, count: Count) -> Line:
    """Return a line of the truth, the first one with when it was sent live."""
    if not isinstance(line, Run) or count.from_at is None:
        return line
    return line.model_copy(update={"from_at": count.from_at, "until_at": count.until_at})


def road_of(fleet: Lived, arguments: argparse.Namespace) -> Road:
    """Return the connections to send by; trucks and their logins are made where they are missing."""
    url, scenario, trucks = arguments.url or mqtt_url(), fleet.scenario, fleet.trucks()
    is_shared = names_user(url)
    addresses: Mapping[str, str] = {truck.device_key: url for truck in trucks}
    if arguments.register or not is_shared:
        with open_database() as conn:
            devices = register(conn, fleet)
            if not is_shared:
                addresses = addresses_of(conn, devices, url, Wallet(logins_file()))
            key = f", key {reading_key(conn, scenario)}" if arguments.register else ""
        print(f"fleet '{scenario.fleet}': {len(trucks)} trucks{key}", flush=True)
    answered = [] if arguments.no_confirm else [truck.device_key for truck in trucks if truck.source == "native"]
    return Road(addresses, answered, patience_s=0.0 if is_shared else NEWS_TAKES_S)


def _is_whole(count: Count) -> bool:
    """Tell whether everything arrived, and say what did not."""
    if not count.is_acknowledged:
        print("not everything was acknowledged by the broker", file=sys.stderr)
    if count.confirmed_rows < count.asked_rows:
        refused = f" ({count.refused_messages:,} messages refused as too many)" if count.refused_messages else ""
        print(f"only {count.confirmed_rows:,} of {count.asked_rows:,} rows are stored{refused}", file=sys.stderr)
    return count.is_acknowledged and count.confirmed_rows >= count.asked_rows


def check_clocks(scenario: Scenario) -> None:
    """Raise SetupError for a truck whose format, or the fault of whose clock, cannot tell of the past."""
    for part in scenario.trucks:
        speaks = part.logger.format
        if speaks in LIVE_ONLY:
            raise SetupError(f"{part.name}: {speaks} can only be sent --live: {LIVE_ONLY[speaks]}")
        logger = encoder(speaks, "any/any")
        if not scenario.faults_of(part).wrong_clock or not isinstance(logger, CanLoseTime):
            continue
        if logger.unset_clock.is_live_only:
            raise SetupError(
                f"{part.name}: rows that {speaks} makes with a wrong clock are dated by their arrival, "
                "so they can only be sent --live; or give this truck `faults` of its own without wrong_clock"
            )


def scenarios(_arguments: argparse.Namespace) -> int:
    """List the library."""
    for path in library():
        print(f"{path.stem:<24} {read(path.stem).description}")
    return 0


def trucks(_arguments: argparse.Namespace) -> int:
    """List what a scenario can be made of."""
    table = Table("variant", "truck", "kg", "L or kWh", "gearbox")
    for key, one in variants().items():
        held = f"{one.battery_kwh:g} kWh" if one.battery_kwh else f"{one.tank_l:g} L"
        table.add_row(
            key, f"{one.maker} {one.model}", f"{one.kerb_kg:g}", held, one.gearbox.value if one.engine else "–"
        )
    Console().print(table)
    print("days:    ", ", ".join(KINDS))
    print("formats: ", ", ".join(FORMATS))
    return 0


def _messages(fleet: Lived, truth: list[Line]) -> Iterator[Sent]:
    for made in fleet.days():
        truth += made.truth
        yield from made.messages


def _lasted(began_at: datetime) -> str:
    return str(timedelta(seconds=round((utc_now() - began_at).total_seconds())))

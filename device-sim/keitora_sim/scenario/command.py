"""`keitora sim run`, `keitora sim year` and `keitora sim trucks`: arguments."""

import argparse
import signal
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event

from rich.console import Console
from rich.table import Table

from keitora.clock import utc_now
from keitora.errors import SetupError
from keitora.fleets.console import open_database
from keitora_sim.days.kinds import KINDS
from keitora_sim.gateway import gateway_url
from keitora_sim.loggers.model import Sent
from keitora_sim.loggers.table import FORMATS, encoder
from keitora_sim.scenario.file import library, read
from keitora_sim.scenario.make import Fleet, Lived
from keitora_sim.scenario.model import Scenario
from keitora_sim.scenario.register import register
from keitora_sim.scenario.send import send, send_live
from keitora_sim.truck.variants import variants
from keitora_sim.truth.file import write
from keitora_sim.truth.model import Line
from keitora_sim.year.make import YearFleet, scenario_of


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the sub-commands."""
    run_parser = commands.add_parser("run", help="send a scenario, and write down what is true of it")
    run_parser.add_argument("scenario", help="a file, or a name of the library (`keitora sim scenarios`)")
    run_parser.add_argument("--first-day", type=date.fromisoformat, metavar="DATE", help="instead of the file's")
    run_parser.add_argument("--seed", type=int, metavar="N", help="instead of the file's")
    run_parser.add_argument("--live", action="store_true", help="shift its first day to now, and send in real time")
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
    parser.add_argument("--url", help="the broker, mqtt://user:password@host:port (default: that of this installation)")
    parser.add_argument("--register", action="store_true", help="make the fleet first, and print a key that may read")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="where to write the truth (JSON lines)")
    parser.add_argument("--rate", type=float, metavar="N", help="messages a second at most (as fast as it goes)")


def run(arguments: argparse.Namespace) -> int:
    """Send a scenario."""
    scenario = read(arguments.scenario, first_day=arguments.first_day, seed=arguments.seed)
    if arguments.live:
        scenario = scenario.model_copy(update={"first_day": utc_now().date()})
    else:
        check_clocks(scenario)
    return send_fleet(Fleet(scenario), arguments, is_live=arguments.live)


def year(arguments: argparse.Namespace) -> int:
    """Send a year."""
    last_day = arguments.last_day or utc_now().date() - timedelta(days=1)
    scenario = scenario_of(arguments.trucks, last_day, arguments.days, arguments.seed)
    return send_fleet(YearFleet(scenario), arguments)


def send_fleet(fleet: Lived, arguments: argparse.Namespace, *, is_live: bool = False) -> int:
    """Live a fleet's days and send them; print what was sent."""
    scenario, url = fleet.scenario, gateway_url(arguments.url)
    if arguments.register:
        with open_database() as conn:
            print(f"fleet '{scenario.fleet}': {len(fleet.trucks())} trucks, key {register(conn, fleet)}")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    truth: list[Line] = []
    began_at = utc_now()
    messages = _messages(fleet, truth)
    if is_live:
        first = next(messages)
        count = send_live(url, _with(first, messages), shift=began_at - first.at, stop=stop)
    else:
        count = send(url, messages, rate=arguments.rate, stop=stop)
    for _ in messages:
        pass  # so that the truth of what was not sent any more is whole
    if arguments.truth:
        write(arguments.truth, truth)
    print(f"{count.messages:,} messages with {count.rows:,} rows, {scenario.days} days in {_lasted(began_at)}")
    return 1 if stop.is_set() else 0


def check_clocks(scenario: Scenario) -> None:
    """Raise SetupError for a truck whose format cannot tell of the past."""
    for part in scenario.trucks:
        if not encoder(part.logger.format, "any/any").has_clock:
            raise SetupError(
                f"{part.name}: a logger that speaks {part.logger.format} sends no time, so it can only be sent --live"
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


def _with(first: Sent, rest: Iterator[Sent]) -> Iterator[Sent]:
    yield first
    yield from rest


def _lasted(began_at: datetime) -> str:
    return str(timedelta(seconds=round((utc_now() - began_at).total_seconds())))

"""`keitora person`: let people in from the console, where no password is asked."""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import UndefinedTable

from keitora.audit.model import Change
from keitora.audit.queries import add_audit_entry
from keitora.errors import KeitoraError, NotFoundError, SetupError
from keitora.fleets.console import chosen_fleet, open_database
from keitora.fleets.model import Fleet
from keitora.fleets.queries import oldest_fleet
from keitora.local.state import database_url, running
from keitora.people.first import CONSOLE, joining_link, owners_link, visitors_link
from keitora.people.model import Person
from keitora.people.queries import (
    find_account,
    invite,
    list_people,
)
from keitora.people.rules import RESET_LASTS, link_path
from keitora.settings import ApiSettings

Work = Callable[[AsyncConnection], Awaitable[int]]


def person(argv: list[str]) -> int:
    """Invite people, list them, and let them set a new password."""
    arguments = _parser().parse_args(argv)
    done: int = arguments.run(arguments)
    return done


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="keitora person", description=person.__doc__)
    actions = parser.add_subparsers(required=True, metavar="invite|list|reset-password|link")

    inviting = actions.add_parser("invite", help="print a one-time link by which somebody makes an account")
    inviting.add_argument("name", metavar="NAME", help="the person's name")
    inviting.add_argument("--role", required=True, choices=["manager", "driver"], help="what the person may do")
    inviting.add_argument("--fleet", help="name of the fleet; may be left out if there is only one")
    inviting.set_defaults(run=_invite)

    listing = actions.add_parser("list", help="list everybody with an account")
    listing.add_argument("--fleet", help="name of the fleet; may be left out if there is only one")
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=_list)

    reset = actions.add_parser("reset-password", help="print a one-time link by which somebody sets a new password")
    reset.add_argument("login_name", metavar="LOGIN", help="the login name, as the list shows it")
    reset.set_defaults(run=_reset)

    link = actions.add_parser("link", help="print the one-time link of a fleet that nobody manages yet")
    link.add_argument("--fleet", help="name of the fleet; the oldest if left out")
    link.add_argument("--visitor", action="store_true", help="to come straight in as a visitor who manages (demos)")
    link.add_argument("--json", action="store_true", help="print JSON: the path of the link, or null if there is none")
    link.set_defaults(run=_link)
    return parser


def _work(work: Work) -> int:
    """Do something with a connection as the owner; commits at the end, rolls back on an error."""

    async def done() -> int:
        try:
            connection = await AsyncConnection.connect(database_url())
        except OperationalError as error:
            raise SetupError(f"the database does not answer: {error}") from error
        async with connection as conn:
            try:
                return await work(conn)
            except UndefinedTable as error:
                raise SetupError("the database has no schema yet; run: keitora migrate") from error

    return asyncio.run(done())


def _fleet(name: str | None) -> Fleet:
    with open_database() as conn:
        return chosen_fleet(conn, name)


def _invite(arguments: argparse.Namespace) -> int:
    fleet, role = _fleet(arguments.fleet), arguments.role

    async def work(conn: AsyncConnection) -> int:
        path = await joining_link(conn, fleet, arguments.name, role)
        print(f"A link for {arguments.name} ({role} of '{fleet.name}'), good once and for a week:\n{_whole(path)}")
        return 0

    return _work(work)


def _list(arguments: argparse.Namespace) -> int:
    fleet = _fleet(arguments.fleet)

    async def work(conn: AsyncConnection) -> int:
        people = await list_people(conn, fleet_id=fleet.fleet_id)
        if arguments.json:
            print(json.dumps([_as_json(one) for one in people], ensure_ascii=False))
            return 0
        for one in people:
            condition = f"closed {one.disabled_at:%Y-%m-%d}" if one.disabled_at else f"since {one.created_at:%Y-%m-%d}"
            print(f"{one.person_id:>4}  {one.login_name}  {one.name}  {one.role}  {condition}")
        return 0

    return _work(work)


def _as_json(one: Person) -> dict[str, object]:
    return {
        "id": one.person_id,
        "login_name": one.login_name,
        "name": one.name,
        "role": one.role,
        "created_at": one.created_at.isoformat(),
        "disabled_at": one.disabled_at.isoformat() if one.disabled_at else None,
    }


def _reset(arguments: argparse.Namespace) -> int:
    async def work(conn: AsyncConnection) -> int:
        account = await find_account(conn, login_name=arguments.login_name.strip().lower())
        if account is None:
            raise NotFoundError(f"nobody signs in as '{arguments.login_name}'; see: keitora person list")
        people = await list_people(conn, fleet_id=account.fleet_id)
        [role] = [one.role for one in people if one.person_id == account.person_id]
        _, token = await invite(
            conn,
            fleet_id=account.fleet_id,
            purpose="reset",
            name=account.name,
            role=role,
            made_by=CONSOLE.who,
            lasts=RESET_LASTS,
            person_id=account.person_id,
        )
        change = Change("keitora person reset-password", f"person {account.person_id}")
        await add_audit_entry(conn, fleet_id=account.fleet_id, by=CONSOLE, change=change)
        print(f"A link for {account.name} to set a new password, good once and for a day:\n{_whole(link_path(token))}")
        return 0

    return _work(work)


def _link(arguments: argparse.Namespace) -> int:
    with open_database() as conn:
        fleet = chosen_fleet(conn, arguments.fleet) if arguments.fleet else oldest_fleet(conn)

    async def work(conn: AsyncConnection) -> int:
        path = await (visitors_link(conn, fleet) if arguments.visitor else owners_link(conn, fleet))
        if arguments.json:
            print(json.dumps({"path": path}))
        elif path is None:
            raise KeitoraError(f"'{fleet.name}' has a manager; whoever manages it invites others on the settings page")
        else:
            print(f"'{fleet.name}' is opened by this link, once:\n{_whole(path)}")
        return 0

    return _work(work)


def _whole(path: str) -> str:
    state = running()
    base = ApiSettings().public_url or (state.api.url if state else "http://localhost:8080")
    return base + path

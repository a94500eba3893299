"""The `keitora` command: finds the command named first and hands it the rest.

Commands are entry points of the group `keitora.commands`; only the one that is called is imported, so `keitora status`
does not pay for FastAPI and core needs no import of a service.
"""

import difflib
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from keitora import __version__, secret_files
from keitora.errors import KeitoraError

Command = Callable[[list[str]], int]

_GROUP: Final = "keitora.commands"
_FIRST: Final = ("demo", "up", "status", "doctor", "backup", "restore")
"""What somebody who has just come needs; the rest follows by the alphabet."""


def _commands() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=_GROUP)}


def _summary(point: EntryPoint) -> str:
    try:
        doc = point.load().__doc__ or ""
    except ImportError as error:
        return f"(not installed: {error.name})"
    return doc.strip().splitlines()[0]


def _help(commands: dict[str, EntryPoint]) -> str:
    lines = [f"Keitora {__version__}: fleet telematics for kei work trucks", "", "keitora COMMAND [--help]", ""]
    first = [name for name in _FIRST if name in commands]
    others = [name for name in commands if name not in first]
    told = {name: f"  {name:<14}{_summary(point)}" for name, point in commands.items()}
    return "\n".join([*lines, *(told[name] for name in first), "", *(told[name] for name in others)])


def _unknown(name: str, commands: dict[str, EntryPoint]) -> str:
    near = difflib.get_close_matches(name, commands, n=1)
    meant = f"did you mean `keitora {near[0]}`? " if near else ""
    return f"keitora: no command '{name}'; {meant}`keitora help` lists them"


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed with a message, 2 called wrongly."""
    words = sys.argv[1:] if argv is None else argv
    commands = _commands()
    if not words or words[0] in {"help", "--help", "-h"}:
        print(_help(commands))
        return 0
    name, rest = words[0], words[1:]
    if name not in commands:
        print(_unknown(name, commands), file=sys.stderr)
        return 2
    command: Command = commands[name].load()
    try:
        secret_files.take()
        return command(rest)
    except KeitoraError as error:
        print(f"keitora {name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())

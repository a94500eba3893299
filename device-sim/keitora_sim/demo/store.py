"""What the demo remembers between two runs: where each truck's outing began, and up to when its rows were sent."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from keitora.local.files import read_private, write_private
from keitora.local.paths import make_dir
from keitora_sim.truck.model import State


@dataclass(frozen=True, slots=True)
class Kept:
    """One truck: the state its outing began with, and the time up to which rows may have been sent."""

    state: State
    sent_until: datetime


class Memory(BaseModel):
    """The whole file. `boot` is the number the loggers last started with."""

    model_config = ConfigDict(frozen=True)

    boot: int = 0
    trucks: dict[str, Kept] = {}


class Store:
    """A small JSON file, replaced as a whole.

    Times are claimed before rows are sent: a simulator that is killed never sends a time twice with other values, it
    rather leaves some seconds out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Memory:
        """Return what is remembered; nothing if there is no file or it is damaged."""
        try:
            return Memory.model_validate_json(read_private(self._path) or "{}")
        except ValidationError:
            return Memory()

    def save(self, memory: Memory) -> None:
        """Replace the file. Raises SetupError if its folder cannot be made."""
        make_dir(self._path.parent)
        write_private(self._path, memory.model_dump_json(indent=2))

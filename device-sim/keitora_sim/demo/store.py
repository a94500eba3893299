"""What the demo remembers between two runs: its clock, the day it is on, its trucks, and how far they were told of."""

from datetime import date, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from keitora.local.files import read_private, write_private
from keitora.local.paths import make_dir
from keitora_sim.truck.model import State


class Memory(BaseModel):
    """The whole file: the trucks in the morning of `day` and in its evening, and up to when messages may be sent."""

    model_config = ConfigDict(frozen=True)

    day: date | None = None
    later: timedelta = timedelta(0)
    sent_until: datetime | None = None
    morning: dict[str, State] = {}
    evening: dict[str, State] = {}


class Store:
    """A small JSON file, replaced as a whole.

    Times are claimed before messages are sent: a simulator that is killed never sends a time twice with other values,
    it rather leaves some seconds out.
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

"""Truth files: JSON lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import TypeAdapter, ValidationError

from keitora.errors import SetupError
from keitora_sim.truth.model import (
    ChargeTruth,
    EventTruth,
    FailureTruth,
    FaultTruth,
    FillTruth,
    Line,
    Run,
    ServiceTruth,
    StopTruth,
    TripTruth,
    TruckTruth,
    VisitTruth,
)

_LINE: Final[TypeAdapter[Line]] = TypeAdapter(Line)

_LISTS: Final = MappingProxyType(
    {
        "truck": "trucks",
        "trip": "trips",
        "stop": "stops",
        "visit": "visits",
        "event": "events",
        "fill": "fills",
        "charge": "charges",
        "service": "services",
        "failure": "failures",
        "fault": "faults",
    }
)
"""Which list a line belongs to, by its kind."""


@dataclass(slots=True)
class Truths:
    """A file's lines by kind."""

    run: Run | None = None
    trucks: list[TruckTruth] = field(default_factory=list)
    trips: list[TripTruth] = field(default_factory=list)
    stops: list[StopTruth] = field(default_factory=list)
    visits: list[VisitTruth] = field(default_factory=list)
    events: list[EventTruth] = field(default_factory=list)
    fills: list[FillTruth] = field(default_factory=list)
    charges: list[ChargeTruth] = field(default_factory=list)
    services: list[ServiceTruth] = field(default_factory=list)
    failures: list[FailureTruth] = field(default_factory=list)
    faults: list[FaultTruth] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """Sort a line in."""
        if isinstance(line, Run):
            self.run = line
        else:
            getattr(self, _LISTS[line.kind]).append(line)


def write(path: Path, lines: Iterable[Line]) -> None:
    """Write a truth file, replacing what is there."""
    with path.open("w", encoding="utf-8") as out:
        out.writelines(line.model_dump_json(exclude_none=True) + "\n" for line in lines)


def read(path: Path) -> Truths:
    """Return a truth file's lines. Raises SetupError, naming the line, if it is none."""
    truths = Truths()
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            truths.add(_LINE.validate_json(line))
        except ValidationError as error:
            raise SetupError(f"{path}:{number}: not a line of a truth file: {error.errors()[0]['msg']}") from error
    return truths

"""What a message may hold, and a device may send."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from keitora_ingestor.assemble import TimeBounds
from keitora_ingestor.decode.bounds import Bounds
from keitora_ingestor.decode.table import BUILT_IN, Table
from keitora_ingestor.flood import Admit, FloodGate

Patience = Callable[[], AbstractContextManager[None]]
"""Bounds how long a transaction may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a message may hold, which formats are read, and which times can be true."""

    bounds: Bounds
    times: TimeBounds
    table: Table = BUILT_IN
    flood: FloodGate | None = None

    def trial(self) -> AbstractContextManager[Admit | None]:
        """Return what admits a batch's messages, and takes that back if the batch is not stored."""
        return nullcontext() if self.flood is None else self.flood.trial()

"""What a backup says of itself."""

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

FORMAT: Final = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableCopy(_Part):
    """One table's rows."""

    name: str
    columns: tuple[str, ...]
    row_count: int = Field(ge=0)
    sha256: str = Field(description="Of the rows as they were written, before they were packed")


class Manifest(_Part):
    """What is in a backup; written last, so that a file without one is not whole."""

    format: Literal[1] = FORMAT
    made_at: datetime
    version: str = Field(description="The Keitora that made it")
    schema_revision: str = Field(description="The newest migration of its database")
    tables: tuple[TableCopy, ...]
    sequences: dict[str, int] = Field(description="The last number each sequence gave")
    files: tuple[str, ...] = Field(default=(), description="Names of the files that are kept beside the database")

    @property
    def row_count(self) -> int:
        """Rows of all tables."""
        return sum(table.row_count for table in self.tables)

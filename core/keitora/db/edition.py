"""What the database can do. TimescaleDB comes in two editions, and this is the one place that asks which it is.

* Apache: hypertables, `time_bucket`, `drop_chunks`. What Debian and Ubuntu package.
* Community: all of that, and columnar compression with policies. What the image `timescale/timescaledb` holds.
"""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from psycopg import AsyncConnection, Connection
from psycopg.rows import class_row

from keitora.errors import SetupError

EditionName = Literal["apache", "community"]

COMPRESSES_SINCE: Final = (2, 21)
"""Before this version a row that comes again for a compressed week is looked for by unpacking a thousand: 1.6 ms."""

# The setting exists once the extension's library is loaded, which the look into pg_extension does not promise; without
# it the answer is what every edition can do.
_ASK: Final = """
SELECT CASE current_setting('timescaledb.license', true) WHEN 'timescale' THEN 'community' ELSE 'apache' END AS name,
       extversion AS timescale_version
FROM pg_extension WHERE extname = 'timescaledb'
"""
_NO_BOUND: Final = "SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0"


@dataclass(frozen=True, slots=True)
class Edition:
    """The edition and version of TimescaleDB that a database runs on. Fixed while the server runs."""

    name: EditionName
    timescale_version: str

    @property
    def can_compress(self) -> bool:
        """Tell whether old samples can be compressed, by a policy of the database's own, late ones still coming in."""
        return self.can_read_compressed and _numbers(self.timescale_version) >= COMPRESSES_SINCE

    @property
    def can_read_compressed(self) -> bool:
        """Tell whether samples that were compressed can be read."""
        return self.name == "community"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


def _known(found: Edition | None) -> Edition:
    if found is None:
        raise SetupError("the database has no TimescaleDB; bring it to our schema with: keitora migrate")
    return found


def ask_edition(conn: Connection[Any]) -> Edition:
    """Return what the database can do. Raises SetupError where it has no TimescaleDB."""
    with conn.cursor(row_factory=class_row(Edition)) as cursor:
        return _known(cursor.execute(_ASK).fetchone())


async def read_edition(conn: AsyncConnection) -> Edition:
    """Return what the database can do. Raises SetupError where it has no TimescaleDB."""
    async with conn.cursor(row_factory=class_row(Edition)) as cursor:
        return _known(await (await cursor.execute(_ASK)).fetchone())


def lift_decompression_bound(conn: Connection[Any]) -> None:
    """Let this session change as many compressed rows at once as it must.

    The database's own bound (100,000 rows a transaction) would refuse what changes more, for ever: a device that
    is moved with weeks of samples. Both editions know the setting.
    """
    conn.execute(_NO_BOUND)

"""Any CSV with one row a line, read by a mapping file that names its columns. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers.local_time import believable, placed
from keitora_sim.replay.readers.mapping import Mapping
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.readers.table import Table, number, parse
from keitora_sim.replay.source import Source

_REPLACED: Final = "\ufffd"
_BLANK: Final = frozenset({"", "-", "--", "none", "null", "nan", "n/a", "na"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = {
    "epoch_s": timedelta(seconds=1),
    "epoch_ms": timedelta(milliseconds=1),
    "elapsed_s": timedelta(seconds=1),
}


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:
    """Yield the rows of a CSV. Raises RecordingError without a mapping, or if a column it names is not there."""
    mapping = options.mapping
    if mapping is None:
        raise RecordingError("a plain CSV needs a mapping file: --mapping FILE.toml")
    try:
        lines = source.lines(mapping.encoding)
        table = parse(lines, remarks.skipped, delimiter=mapping.delimiter, skip_lines=mapping.skip_lines)
    except LookupError as error:
        raise RecordingError(f"the mapping file names an unknown encoding '{mapping.encoding}'") from error
    _require([*mapping.time.columns, *mapping.columns], table.header, mapping.encoding)
    remarks.has_clock = mapping.time.has_clock
    zone = ZoneInfo(mapping.time.zone) if mapping.time.zone else None
    for at, values in placed(_timed(table, mapping, remarks), options, remarks, zone):
        yield Row(at, values)


def _require(wanted: Iterable[str], header: Sequence[str], encoding: str) -> None:
    if missing := [column for column in wanted if column not in header]:
        hint = ""
        if any(_REPLACED in name for name in header):
            hint = f"; its text is not {encoding}: set encoding, 'cp932' for Windows in Japan, 'latin-1' in the west"
        raise RecordingError(f"no column {', '.join(missing)}; the file has {_listed(header)}{hint}")


def _listed(header: Sequence[str]) -> str:
    names = [name if len(name) <= 40 else name[:40] + "…" for name in header[:40]]
    return ", ".join([*names, "…"] if len(header) > 40 else names)


def _timed(table: Table, mapping: Mapping, remarks: Remarks) -> Iterator[tuple[datetime, dict[str, Value]]]:
    moment = _moment(mapping)
    for line in table.dicts():
        at = moment(" ".join(line[column] for column in mapping.time.columns))
        if at is None:
            remarks.skipped["no readable time"] += 1
        else:
            yield at, _values(line, mapping, remarks)


def _values(line: dict[str, str], mapping: Mapping, remarks: Remarks) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for column, meaning in mapping.columns.items():
        text = line[column]
        raw = meaning.texts.get(text, number(text, decimal=mapping.decimal))
        if raw is None and text.lower() not in _BLANK:
            remarks.skipped[f"no number in '{column}' (row kept, value left out)"] += 1
        if raw is not None and raw not in meaning.drop:
            values[meaning.key] = meaning.value_of(raw)
    return values


def _moment(mapping: Mapping) -> Callable[[str], datetime | None]:
    """Return what reads one time field: an aware time, a naive local one, or None where it is unreadable."""
    time = mapping.time
    unit = _UNITS.get(time.format)

    def counted(text: str) -> datetime | None:
        value = number(text, decimal=mapping.decimal)
        try:
            return None if value is None or unit is None else believable((time.start or _EPOCH) + value * unit)
        except OverflowError:
            return None

    def written(text: str) -> datetime | None:
        try:
            if time.format == "iso":
                return believable(datetime.fromisoformat(text.replace(" ", "T", 1)))
            local = datetime.strptime(text, time.format)  # noqa: DTZ007 -- the zone is added where all rows are known
            return believable(local)
        except ValueError:
            return None

    return counted if unit else written

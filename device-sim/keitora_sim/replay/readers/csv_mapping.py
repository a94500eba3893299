"""Any CSV with one row a line, read by a mapping file that names its columns. Pure."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from keitora.signals.check import Value
from keitora_sim.recording import Drive, RecordingError, Row
from keitora_sim.replay.readers import local_time
from keitora_sim.replay.readers.mapping import Mapping, TimeColumn
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.table import number, parse, text_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS: Final = {
    "epoch_s": timedelta(seconds=1),
    "epoch_ms": timedelta(milliseconds=1),
    "elapsed_s": timedelta(seconds=1),
}


def read(name: str, content: bytes, options: Options) -> Drive:
    """Return the drive in a CSV. Raises RecordingError without a mapping, or if a column it names is not there."""
    mapping = options.mapping
    if mapping is None:
        raise RecordingError("a plain CSV needs a mapping file: --mapping FILE.toml")
    try:
        text = text_of(content, mapping.encoding)
    except LookupError as error:
        raise RecordingError(f"the mapping file names an unknown encoding '{mapping.encoding}'") from error
    table = parse(text, delimiter=mapping.delimiter, skip_lines=mapping.skip_lines)
    wanted = [*mapping.time.columns, *mapping.columns]
    if missing := [column for column in wanted if column not in table.header]:
        raise RecordingError(f"no column {', '.join(missing)}; the file has {', '.join(table.header)}")
    skipped: Counter[str] = Counter(table.skipped)
    moment = _moment(mapping)
    times, values = [], []
    for line in table.dicts():
        at = moment(" ".join(line[column] for column in mapping.time.columns))
        if at is None:
            skipped["no readable time"] += 1
            continue
        times.append(at)
        values.append(_values(line, mapping))
    zone = _zone(mapping.time, options)
    rows = tuple(Row(at, row) for at, row in zip(_aware(times, zone), values, strict=True))
    return Drive(name, rows, skipped)


def _values(line: dict[str, str], mapping: Mapping) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for column, meaning in mapping.columns.items():
        raw = number(line[column], decimal=mapping.decimal)
        if raw is not None and raw not in meaning.drop:
            is_plain = meaning.scale == 1 and meaning.offset == 0
            values[meaning.key] = raw if is_plain else raw * meaning.scale + meaning.offset
    return values


def _moment(mapping: Mapping) -> Callable[[str], datetime | None]:
    """Return what reads one time field: an aware time, a naive local one, or None where it is unreadable."""
    time = mapping.time
    unit = _UNITS.get(time.format)

    def counted(text: str) -> datetime | None:
        value = number(text, decimal=mapping.decimal)
        try:
            return None if value is None or unit is None else (time.start or _EPOCH) + value * unit
        except OverflowError:
            return None

    def written(text: str) -> datetime | None:
        try:
            if time.format == "iso":
                return datetime.fromisoformat(text)
            return datetime.strptime(text, time.format)  # noqa: DTZ007 -- the zone is added where all rows are known
        except ValueError:
            return None

    return counted if unit else written


def _zone(time: TimeColumn, options: Options) -> ZoneInfo | None:
    return options.time_zone or (ZoneInfo(time.zone) if time.zone else None)


def _aware(times: list[datetime], zone: ZoneInfo | None) -> list[datetime]:
    if all(at.tzinfo for at in times):
        return [at.astimezone(UTC) for at in times]
    if zone is None:
        raise RecordingError("the times name no zone: set time.zone in the mapping file, or --time-zone")
    if any(at.tzinfo for at in times):
        raise RecordingError("some times name a zone and some do not")
    return local_time.to_utc(times, zone)

"""TeslaFi's exports of a month: a row a minute, or more often while the car drives. Pure.

* Units. Speed, odometer and range are in miles, temperatures in °C, whatever the car shows; `…F` columns repeat them.
* Time is local to the account, without a zone. The car's own satellite clock (`gps_as_of`) tells when it is another one
  than was named; such a file is refused rather than stored at wrong hours.
* A car asleep or out of reach answers nothing; a row that holds no value of ours was not sent by a logger: left out.
* Power into the battery is the charger's (whole kW) while it charges, else `power`, which is above 0 when drawn.
* A position of (0, 0) was taken out of the export, and is left out.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from keitora.signals.check import Value
from keitora_sim.recording import RecordingError, Row
from keitora_sim.replay.readers import local_time
from keitora_sim.replay.readers.options import Options
from keitora_sim.replay.readers.remarks import Remarks
from keitora_sim.replay.readers.table import Table, header_of, number, parse
from keitora_sim.replay.source import Source

_KM_A_MILE: Final = 1.609344
_COLUMNS: Final = {
    "speed": ("speed_kmh", _KM_A_MILE),
    "odometer": ("odometer_km", _KM_A_MILE),
    "est_battery_range": ("range_km", _KM_A_MILE),
    "battery_level": ("soc_pct", 1.0),
    "battery_current": ("hv_current_a", 1.0),
    "heading": ("heading_deg", 1.0),
    "outside_temp": ("ambient_temp_c", 1.0),
}
_NEEDED: Final = ("Date", "odometer", "battery_level", "charging_state")
_FRESH: Final = timedelta(minutes=20)


def is_mine(head: str) -> bool:
    """Tell whether a text begins with TeslaFi's header."""
    return {*_NEEDED, "data_id"} <= set(header_of(head))


def read(source: Source, options: Options, remarks: Remarks) -> Iterator[Row]:
    """Yield what the car told. Raises RecordingError if the columns are others, or the zone is another."""
    table = parse(source.lines(), remarks.skipped)
    if missing := [column for column in _NEEDED if column not in table.header]:
        raise RecordingError(f"not an export of TeslaFi: no column {', '.join(missing)}")
    least: timedelta | None = None
    for at, line in local_time.placed(_timed(table, remarks), options, remarks):
        if (off := _off(at, line)) is not None and (least is None or abs(off) < abs(least)):
            least = off
        if values := _values(line, remarks):
            yield Row(at, values)
        else:
            remarks.skipped["nothing told (the car was asleep or out of reach)"] += 1
    if least is not None and abs(least) > _FRESH:
        hours = least.total_seconds() / 3600
        raise RecordingError(
            f"by the car's own clock its times are {hours:+.1f} h off those of {options.usual_zone}: name its --zone"
        )


def _timed(table: Table, remarks: Remarks) -> Iterator[tuple[datetime, dict[str, str]]]:
    for line in table.dicts():
        try:
            at = local_time.believable(datetime.fromisoformat(line["Date"]))
        except ValueError:
            at = None
        if at is None:
            remarks.skipped["no readable time"] += 1
            continue
        yield at.replace(tzinfo=None), line


def _off(at: datetime, line: dict[str, str]) -> timedelta | None:
    """Return how far a row's time is from the car's own clock."""
    seconds = number(line.get("gps_as_of", ""))
    return at - datetime.fromtimestamp(seconds, UTC) if seconds and 0 < seconds < 4e9 else None


def _values(line: dict[str, str], remarks: Remarks) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for field, (column, factor) in _COLUMNS.items():
        value = number(line.get(field, ""))
        if value is not None:
            values[column] = value if factor == 1 else round(value * factor, 4)
    lat, lon = number(line.get("latitude", "")), number(line.get("longitude", ""))
    if lat is not None and lon is not None:
        if lat or lon:
            values |= {"lat": lat, "lon": lon}
        else:
            remarks.skipped["position (0, 0) (row kept, position left out)"] += 1
    return values | _charging(line)


def _charging(line: dict[str, str]) -> dict[str, Value]:
    state = line["charging_state"]
    if state in {"", "None"}:
        return {}
    is_charging = state == "Charging"
    power_kw = number(line.get("charger_power" if is_charging else "power", ""))
    found: dict[str, Value] = {"charging_on": is_charging}
    return found if power_kw is None else found | {"hv_power_kw": power_kw if is_charging else -power_kw}

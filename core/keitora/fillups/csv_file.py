"""Fill-ups from other programs' CSV files, by a mapping of columns. Pure, but for the text it is given."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from keitora.errors import KeitoraError
from keitora.fillups.model import NewFillUp
from keitora.units import KM_A_MILE, L_A_US_GALLON

_FORMATS: Final = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%m/%d/%Y")
_YES: Final = frozenset({"1", "true", "yes", "y", "x", "はい"})


class ColumnMap(BaseModel):
    """Which column is what, and in which units. Columns that are not named are not read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    filled_at: str
    volume: str
    odometer: str | None = None
    trip: str | None = None
    total_price: str | None = None
    unit_price: str | None = None
    full: str | None = Field(default=None, description="Column that is true for a full tank")
    partial: str | None = Field(default=None, description="Column that is true for a partial one")
    missed: str | None = None
    station: str | None = None
    note: str | None = None
    lat: str | None = None
    lon: str | None = None
    distance_unit: Literal["km", "mi"] = "km"
    volume_unit: Literal["L", "gal_us"] = "L"
    date_format: str | None = None


PRESETS: Final[Mapping[str, ColumnMap]] = {
    "keitora": ColumnMap(
        filled_at="filled_at", volume="volume_l", odometer="odometer_km", trip="trip_km", total_price="total_price",
        full="is_full", missed="missed_before", station="station", note="note",
    ),
    "fuelly": ColumnMap(
        filled_at="fuelup_date", volume="gallons", odometer="odometer", trip="miles", unit_price="price",
        partial="partial_fuelup", missed="missed_fuelup", note="notes", station="brand", distance_unit="mi",
        volume_unit="gal_us",
    ),
    "fuelly-short": ColumnMap(
        filled_at="date", volume="gallons", odometer="odometer", trip="miles", unit_price="price", distance_unit="mi",
        volume_unit="gal_us",
    ),
    "lubelogger": ColumnMap(
        filled_at="Date", volume="FuelConsumed", odometer="Odometer", total_price="Cost", full="IsFillToFull",
        missed="MissedFuelUp", note="Notes",
    ),
}  # fmt: skip
"""Mappings of programs people come from; the columns that are needed tell which one a file is of."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of a file that is no fill-up, and why."""

    line: int
    reason: str


def guess_mapping(header: Mapping[str, Any] | list[str]) -> ColumnMap:
    """Return the preset whose columns a file has. Raises KeitoraError if none fits."""
    names = set(header)
    for mapping in PRESETS.values():
        needed = {mapping.filled_at, mapping.volume, mapping.odometer or mapping.volume}
        if needed <= names:
            return mapping
    raise KeitoraError(f"columns {', '.join(sorted(names))}: say which is what with --mapping FILE (TOML or JSON)")


def read_fill_ups(
    text: str, *, zone: ZoneInfo, currency: str, mapping: ColumnMap | None = None
) -> Iterator[NewFillUp | Refused]:
    """Yield the file's fill-ups, and the lines that are none. A date without a time counts as noon in `zone`."""
    reader = csv.DictReader(text.splitlines())
    chosen = mapping or guess_mapping(list(reader.fieldnames or []))
    for row in reader:
        try:
            yield _fill_up(row, chosen, zone, currency)
        except (ValueError, InvalidOperation, KeyError) as error:
            yield Refused(reader.line_num, str(error) or type(error).__name__)


def _fill_up(row: Mapping[str, str], mapping: ColumnMap, zone: ZoneInfo, currency: str) -> NewFillUp:
    km = KM_A_MILE if mapping.distance_unit == "mi" else 1.0
    litres = L_A_US_GALLON if mapping.volume_unit == "gal_us" else 1.0
    typed = _number(row, mapping.volume)
    if typed is None or typed <= 0:
        raise ValueError("no volume")
    total = _decimal(row, mapping.total_price)
    unit_price = _decimal(row, mapping.unit_price)
    if total is None and unit_price is not None:
        total = (unit_price * Decimal(str(typed))).quantize(Decimal("0.01"))
    odometer, trip = _number(row, mapping.odometer), _number(row, mapping.trip)
    is_full = _flag(row, mapping.full) if mapping.full else not _flag(row, mapping.partial)
    return NewFillUp(
        filled_at=_time(row[mapping.filled_at], mapping.date_format, zone),
        volume_l=round(typed * litres, 4),
        currency=currency,
        total_price=total,
        odometer_km=None if odometer is None else odometer * km,
        trip_km=None if trip is None else trip * km,
        is_full=is_full,
        missed_before=_flag(row, mapping.missed),
        station=_text(row, mapping.station),
        note=_text(row, mapping.note),
        lat=_number(row, mapping.lat),
        lon=_number(row, mapping.lon),
    )


def _text(row: Mapping[str, str], column: str | None) -> str | None:
    return None if column is None else (row.get(column) or "").strip() or None


def _number(row: Mapping[str, str], column: str | None) -> float | None:
    text = _text(row, column)
    return None if text is None else float(text.replace(",", ""))


def _decimal(row: Mapping[str, str], column: str | None) -> Decimal | None:
    text = _text(row, column)
    return None if text is None else Decimal(text.lstrip("$¥￥").replace(",", ""))


def _flag(row: Mapping[str, str], column: str | None) -> bool:
    return (_text(row, column) or "").lower() in _YES


def _time(text: str, date_format: str | None, zone: ZoneInfo) -> datetime:
    for one in (date_format,) if date_format else _FORMATS:
        try:
            local = datetime.strptime(text.strip(), one or "")  # noqa: DTZ007 -- the zone is the fleet's, added below
        except ValueError:
            continue
        if "%H" not in (one or ""):
            local = local.replace(hour=12)
        return local.replace(tzinfo=zone).astimezone(UTC)
    raise ValueError(f"{text!r} is no date")

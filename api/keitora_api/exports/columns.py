"""The columns of exported tables: what each is called in both languages, and what it holds. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from keitora.days.model import VehicleDay
from keitora.definitions import definition
from keitora.fillups.model import FillUp
from keitora.fuel.economy import is_known_enough, km_per_l
from keitora.overlays.model import SeenTrip
from keitora.places.queries import Label
from keitora.trips.ids import trip_id
from keitora.trips.model import TripKey

Language = Literal["ja", "en"]
Cell = str | float | int | datetime | None
Row = TypeVar("Row")

_PURPOSES: Final = {
    "work": ("Work", "仕事"),
    "farm": ("Farm", "農作業"),
    "private": ("Private", "私用"),
    "commute": ("Commute", "通勤"),
}


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column: its name in English and Japanese, its unit (a moment's is the time zone), and its cell of a row."""

    en: str
    ja: str
    unit: str | None
    cell: Callable[[Row], Cell]
    is_moment: bool = False

    def title(self, language: Language, zone: ZoneInfo) -> str:
        """Return the heading: the name, and in brackets the unit or the zone."""
        unit = zone.key if self.is_moment else self.unit
        name = self.ja if language == "ja" else self.en
        return f"{name} ({unit})" if unit else name


@dataclass(frozen=True, slots=True)
class TripRow:
    """A trip with the names of the places at its ends, and its purpose in the reader's language."""

    seen: SeenTrip
    start: Label | None
    end: Label | None
    language: Language

    def purpose(self) -> str | None:
        """Return what it was for, as a word."""
        found = _PURPOSES.get(self.seen.purpose or "")
        return None if found is None else found[1 if self.language == "ja" else 0]


@dataclass(frozen=True, slots=True)
class FillRow:
    """A fill-up with the name of its truck."""

    fill: FillUp
    vehicle_name: str


def _defined(key: str, unit: str | None, cell: Callable[[Row], Cell]) -> Column[Row]:
    found = definition(key)
    return Column(found.name_en, found.name_ja, unit, cell)


def _km(metres: float | None) -> float | None:
    return None if metres is None else round(metres / 1000, 3)


def _min(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def _told(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _economy(row: TripRow) -> float | None:
    trip = row.seen.trip
    if not is_known_enough(trip.fuel_known_s, trip.engine_on_s):
        return None
    return _told(km_per_l(trip.distance_m, trip.fuel_l), 2)


TRIPS: Final[Sequence[Column[TripRow]]] = (
    Column("Trip", "運行ID", None, lambda row: trip_id(TripKey(row.seen.trip.vehicle_id, row.seen.began_at))),
    Column("Truck", "車両", None, lambda row: row.seen.trip.vehicle_name),
    Column("Start", "開始", None, lambda row: row.seen.trip.started_at, is_moment=True),
    Column("End", "終了", None, lambda row: row.seen.trip.ended_at, is_moment=True),
    Column("From", "出発地", None, lambda row: row.start.name if row.start else None),
    Column("To", "到着地", None, lambda row: row.end.name if row.end else None),
    _defined("distance", "km", lambda row: _km(row.seen.trip.distance_m)),
    Column("Distance by", "距離の出所", None, lambda row: row.seen.trip.distance_source),
    _defined("moving", "min", lambda row: _min(row.seen.trip.moving_s)),
    _defined("idle", "min", lambda row: _min(row.seen.trip.idle_s) if row.seen.trip.engine_known_s > 0 else None),
    _defined("gap", "min", lambda row: _min(row.seen.trip.gap_s)),
    _defined("max_speed", "km/h", lambda row: _told(row.seen.trip.max_speed_kmh, 1)),
    _defined("fuel", "L", lambda row: _told(row.seen.trip.fuel_l, 3)),
    _defined("fuel_plus_minus", "L", lambda row: _told(row.seen.trip.fuel_plus_minus_l, 3)),
    Column("Fuel by", "燃料の出所", None, lambda row: row.seen.trip.fuel_method),
    _defined("km_per_l", "km/L", _economy),
    _defined("energy", "kWh", lambda row: _told(row.seen.trip.energy_kwh, 3)),
    Column("Driver", "運転者", None, lambda row: row.seen.driver_name),
    Column("Purpose", "用途", None, lambda row: row.purpose()),
    Column("Note", "メモ", None, lambda row: row.seen.note),
)
DAYS: Final[Sequence[Column[VehicleDay]]] = (
    Column("Day", "日付", None, lambda row: row.local_date.isoformat()),
    Column("Truck", "車両", None, lambda row: row.vehicle_name),
    _defined("trip_count", None, lambda row: row.trip_count),
    _defined("distance", "km", lambda row: _km(row.distance_m)),
    _defined("moving", "min", lambda row: _min(row.moving_s)),
    _defined("idle", "min", lambda row: _min(row.idle_s) if row.engine_known_s > 0 else None),
    _defined("engine_on", "min", lambda row: _min(row.engine_on_s) if row.engine_known_s > 0 else None),
    _defined("gap", "min", lambda row: _min(row.gap_s)),
    _defined("max_speed", "km/h", lambda row: _told(row.max_speed_kmh, 1)),
    _defined("fuel", "L", lambda row: _told(row.fuel_l, 3)),
    _defined("fuel_plus_minus", "L", lambda row: _told(row.fuel_plus_minus_l, 3)),
    _defined("energy", "kWh", lambda row: _told(row.energy_kwh, 3)),
    Column("Odometer", "オドメーター", "km", lambda row: _told(row.odometer_km, 1)),
)
FILL_UPS: Final[Sequence[Column[FillRow]]] = (
    Column("Time", "日時", None, lambda row: row.fill.filled_at, is_moment=True),
    Column("Truck", "車両", None, lambda row: row.vehicle_name),
    Column("Volume", "給油量", "L", lambda row: _told(row.fill.volume_l, 2)),
    Column("Price", "金額", None, lambda row: None if row.fill.total_price is None else float(row.fill.total_price)),
    Column("Currency", "通貨", None, lambda row: row.fill.currency),
    Column("Odometer", "オドメーター", "km", lambda row: _told(row.fill.odometer_km, 1)),
    Column("Full", "満タン", None, lambda row: int(row.fill.is_full)),
    Column("Station", "給油所", None, lambda row: row.fill.station),
    Column("Note", "メモ", None, lambda row: row.fill.note),
    Column("Entered by", "入力者", None, lambda row: row.fill.entered_by),
)

Table = Sequence[Column[Any]]

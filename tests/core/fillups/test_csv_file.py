"""Fill-ups from other programs' files."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from keitora.errors import KeitoraError
from keitora.fillups.csv_file import ColumnMap, Refused, read_fill_ups
from keitora.fillups.model import NewFillUp

TOKYO = ZoneInfo("Asia/Tokyo")


def one(text: str, **how: object) -> NewFillUp | Refused:
    [read] = read_fill_ups(text, zone=TOKYO, currency="JPY", **how)  # type: ignore[arg-type]
    return read


def test_miles_gallons_and_a_price_a_gallon_become_si() -> None:
    read = one("car_name,date,odometer,miles,gallons,price\nX,2026-04-01,1000,300,10,3.5\n")

    assert isinstance(read, NewFillUp)
    assert read.volume_l == pytest.approx(37.8541)
    assert read.odometer_km == pytest.approx(1609.344)
    assert read.trip_km == pytest.approx(482.80, abs=0.01)
    assert read.total_price == Decimal("35.00")
    assert read.filled_at == datetime(2026, 4, 1, 3, tzinfo=UTC)  # noon in Tokyo


def test_a_file_of_lubelogger_says_which_tanks_were_full() -> None:
    read = one(
        "Date,Odometer,FuelConsumed,Cost,IsFillToFull,MissedFuelUp,Notes\n04/01/2026,1000,30,5100,False,True,rain\n"
    )

    assert isinstance(read, NewFillUp)
    assert (read.is_full, read.missed_before, read.total_price, read.note) == (False, True, Decimal(5100), "rain")


def test_a_mapping_reads_any_file() -> None:
    mapping = ColumnMap(filled_at="給油日", volume="給油量", odometer="距離", date_format="%Y年%m月%d日")
    read = one('給油日,給油量,距離\n2026年04月01日,31.5,"12,345"\n', mapping=mapping)

    assert isinstance(read, NewFillUp)
    assert (read.volume_l, read.odometer_km) == (31.5, 12345)


@pytest.mark.parametrize("line", ["2026-04-01,1000,300,,3.5", "no date,1000,300,10,3.5", "2026-04-01,x,300,10,3.5"])
def test_a_line_that_is_no_fill_up_is_told_with_its_number(line: str) -> None:
    read = one(f"date,odometer,miles,gallons,price\n{line}\n")

    assert isinstance(read, Refused)
    assert read.line == 2


def test_unknown_columns_ask_for_a_mapping() -> None:
    with pytest.raises(KeitoraError, match="--mapping"):
        one("a,b\n1,2\n")

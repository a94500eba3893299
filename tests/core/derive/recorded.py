"""Other people's recordings as the fold reads them."""

import csv
import gzip
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

from keitora.books.sample import SIGNAL_FIELDS, Sample
from keitora.signals.registry import BY_COLUMN
from keitora_sim.recording import Drive

KM_A_MILE = 1.609344
EV_START = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)


def of_drive(drive: Drive) -> list[Sample]:
    """A recording that a replay would send, without the values that the ingestor would refuse."""
    return [Sample(_ms(row.sampled_at), 1, **_values(row.values)) for row in drive.rows]


def _values(values: Mapping[str, float]) -> dict[str, Any]:
    return {name: _plausible(name, values) for name in SIGNAL_FIELDS}


def _plausible(name: str, values: Mapping[str, float]) -> float | None:
    value = values.get(name)
    if value is None or (name in {"lat", "lon"} and values.get("lat") == values.get("lon") == 0):
        return None
    return value if BY_COLUMN[name].minimum <= value <= BY_COLUMN[name].maximum else None


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def of_bmw(path: Path) -> list[Sample]:
    """An electric car at 10 Hz: speed, height, volts and amperes."""
    with gzip.open(path, "rt", encoding="latin-1") as file:
        rows = csv.DictReader(file, delimiter=";")
        return [
            Sample(
                at_ms=_ms(EV_START) + round(float(row["Time [s]"]) * 1000),
                device_id=1,
                altitude_m=float(row["Elevation [m]"]),
                speed_kmh=float(row["Velocity [km/h]"]),
                hv_voltage_v=float(row["Battery Voltage [V]"]),
                hv_current_a=float(row["Battery Current [A]"]),
                soc_pct=_number(row["SoC [%]"].strip()),
            )
            for row in rows
        ]


def overview_km(path: Path) -> dict[str, float]:
    """Trip → kilometres, as the overview sheet beside the recordings tells."""
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with ZipFile(path) as book:
        texts = [
            "".join(part.text or "" for part in item.iter(f"{{{space['x']}}}t"))
            for item in ET.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = [
        {_column(cell): _value(cell, texts, space) for cell in row.findall("x:c", space)}
        for row in sheet.iter(f"{{{space['x']}}}row")
    ]
    head = {text: column for row in rows for column, text in row.items() if text in {"Trip", "Distance [km]"}}
    return {
        row[head["Trip"]]: float(row[head["Distance [km]"]])
        for row in rows
        if row.get(head["Trip"], "").startswith("Trip") and row.get(head["Distance [km]"], "x")[0].isdigit()
    }


def _column(cell: ET.Element) -> str:
    return cell.attrib["r"].rstrip("0123456789")


def _value(cell: ET.Element, texts: list[str], space: dict[str, str]) -> str:
    value = cell.findtext("x:v", "", space)
    return texts[int(value)] if cell.attrib.get("t") == "s" and value else value


def of_teslafi(path: Path, zone: str) -> Iterator[Sample]:
    """An electric car, a row a minute: its odometer, and its speed while it drives. Rows that tell nothing are none."""
    with path.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            odometer = _number(row["odometer"])
            if odometer is None:
                continue
            speed = _number(row["speed"])
            at = datetime.fromisoformat(row["Date"]).replace(tzinfo=ZoneInfo(zone))
            yield Sample(
                at_ms=_ms(at),
                device_id=1,
                speed_kmh=None if speed is None else speed * KM_A_MILE,
                odometer_km=odometer * KM_A_MILE,
                soc_pct=_number(row["battery_level"]),
                charging_on=row["charging_state"] == "Charging" if row["charging_state"] else None,
                hv_power_kw=_number(row["charger_power"]) if row["charging_state"] == "Charging" else None,
            )


def _number(text: str) -> float | None:
    return None if text in {"", "None"} else float(text)


def of_phone(path: Path) -> list[Sample]:
    """A day of one person's phone: walking, a bus, a car."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        fixes = [entry["data"] for entry in json.load(file) if "latitude" in entry["data"]]
    samples = {
        round(fix["ts"] * 1000): Sample(
            at_ms=round(fix["ts"] * 1000),
            device_id=1,
            lat=fix["latitude"],
            lon=fix["longitude"],
            gnss_speed_kmh=fix["sensed_speed"] * 3.6 if fix.get("sensed_speed") else None,
            accuracy_m=fix.get("accuracy"),
        )
        for fix in fixes
    }
    return [samples[at_ms] for at_ms in sorted(samples)]


def phone_segments(path: Path) -> list[tuple[datetime, datetime]]:
    """The segments another pipeline found in that day."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        found = json.load(file)["data"]
    return [
        (
            datetime.fromtimestamp(one["properties"]["start_ts"], UTC),
            datetime.fromtimestamp(one["properties"]["end_ts"], UTC),
        )
        for one in found
    ]


def of_mercedes(path: Path) -> list[Sample]:
    """A diesel at 9.6 Hz whose logger's clock jumps eleven hours ahead in its fourth second."""
    with gzip.open(path, "rt") as file:
        return [
            Sample(
                at_ms=round(float(row["Time_s"]) * 1000),
                device_id=1,
                speed_kmh=float(row["SPEED"]),
                engine_rpm=float(row["RPM"]),
                maf_gs=float(row["MAF"]),
            )
            for row in csv.DictReader(file, delimiter=";")
        ]


def integrated_m(samples: Iterable[Sample]) -> float:
    """The vehicle's own speed over time (m), leaving out holes of more than ten seconds."""
    heard = [(one.at_ms, one.speed_kmh) for one in samples if one.speed_kmh is not None and one.speed_kmh <= 200]
    return sum(
        (speed + before) / 7.2 * (at_ms - earlier) / 1000
        for (earlier, before), (at_ms, speed) in pairwise(heard)
        if at_ms - earlier <= 10_000
    )

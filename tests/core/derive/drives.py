"""Small made-up drives for the tests of the fold: a line to the north, one sample a second."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from keitora.books.sample import Sample

START = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)  # 10:00 in Tokyo
START_MS = round(START.timestamp() * 1000)
METRES_A_DEGREE = 111_195.08  # of latitude, on the mean sphere


@dataclass(frozen=True)
class Stretch:
    """So many seconds at a speed. A silent stretch passes without samples, the truck moving on unheard."""

    seconds: int
    speed_kmh: float = 0.0
    rpm: float | None = None
    silent: bool = False
    soc_pct: float | None = None
    soc_a_minute_pct: float = 0.0
    charging: bool | None = None
    power_kw: float | None = None
    level_pct: float | None = None


def drive(
    stretches: Iterable[Stretch],
    *,
    start_ms: int = START_MS,
    wheels: bool = True,
    gnss: bool = True,
    gnss_speed: bool = True,
    every_s: int = 1,
    device_id: int = 1,
    metres: float = 0.0,
    odometer_step_km: float | None = None,
) -> Iterator[Sample]:
    """Yield the samples of a truck that drives north from (35, 139) plus `metres`."""
    second = 0
    for stretch in stretches:
        for passed in range(stretch.seconds):
            metres += stretch.speed_kmh / 3.6
            second += 1
            if stretch.silent or second % every_s:
                continue
            yield Sample(
                at_ms=start_ms + second * 1000,
                device_id=device_id,
                lat=35 + metres / METRES_A_DEGREE if gnss else None,
                lon=139.0 if gnss else None,
                gnss_speed_kmh=stretch.speed_kmh if gnss and gnss_speed else None,
                speed_kmh=stretch.speed_kmh if wheels else None,
                engine_rpm=stretch.rpm and stretch.rpm + second // every_s % 2,  # no engine turns quite evenly
                odometer_km=odometer_step_km and 700 + metres / 1000 // odometer_step_km * odometer_step_km,
                maf_gs=None if stretch.rpm is None else stretch.rpm / 500,
                soc_pct=stretch.soc_pct and stretch.soc_pct + passed // 60 * stretch.soc_a_minute_pct,
                charging_on=stretch.charging,
                hv_power_kw=stretch.power_kw,
                hv_voltage_v=stretch.power_kw and 330.0,
                fuel_level_pct=stretch.level_pct,
            )

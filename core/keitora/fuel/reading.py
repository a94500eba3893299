"""What the estimates are told of one moment."""

from typing import NamedTuple


class EngineReading(NamedTuple):
    """The engine's signals of one moment; None is unknown.

    `lambda_answers`: the truck has lately reported a lambda. `idle_throttle_pct`: where the throttle rests.
    """

    engine_rpm: float | None
    fuel_rate_lph: float | None = None
    maf_gs: float | None = None
    map_kpa: float | None = None
    intake_temp_c: float | None = None
    baro_kpa: float | None = None
    absolute_load_pct: float | None = None
    lambda_ratio: float | None = None
    lambda_answers: bool = False
    fuel_system_code: int | None = None
    throttle_pct: float | None = None
    idle_throttle_pct: float | None = None

"""Fuel cut on the overrun, by whatever the truck tells."""

import pytest

from keitora.fuel.cut import is_fuel_cut
from keitora.fuel.reading import EngineReading

OVERRUN = EngineReading(engine_rpm=2500, throttle_pct=11.4, idle_throttle_pct=11.4, map_kpa=24)


@pytest.mark.parametrize(
    ("reading", "cut"),
    [
        (OVERRUN, True),
        (OVERRUN._replace(throttle_pct=12.5), False),
        (OVERRUN._replace(engine_rpm=900), False),
        (OVERRUN._replace(idle_throttle_pct=None), False),
        (OVERRUN._replace(idle_throttle_pct=None, fuel_system_code=4), True),
        (OVERRUN._replace(idle_throttle_pct=None, fuel_system_code=4, map_kpa=95), False),
        (OVERRUN._replace(map_kpa=55), False),
        (OVERRUN._replace(fuel_system_code=2), False),
        (OVERRUN._replace(lambda_ratio=1.0, lambda_answers=True), False),
        (OVERRUN._replace(throttle_pct=40, lambda_ratio=1.99, lambda_answers=True), True),
        (OVERRUN._replace(throttle_pct=40, lambda_ratio=0.0, lambda_answers=True), True),
    ],
    ids=[
        "throttle at rest at revs",
        "throttle open",
        "idling",
        "rest not known",
        "status says so and the manifold is empty",
        "status says so at full load: enrichment",
        "the manifold says that it pulls",
        "closed loop injects",
        "lambda injects",
        "lambda at its end",
        "lambda zero",
    ],
)
def test_fuel_is_cut_only_where_the_surest_sign_says_so(reading: EngineReading, cut: bool) -> None:
    assert is_fuel_cut(reading, reading.engine_rpm or 0) is cut

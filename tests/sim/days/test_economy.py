"""Every truck on every kind of day takes what such trucks take.

Makers rate these trucks at 15.8 to 19.6 km/L (JC08 and WLTC), electric ones at 8.3 (N-VAN e:, WLTC) and 10.5 km/kWh
(Minicab MiEV, JC08); the sources are in `variants.toml`. Loads, hills and stops take up to a third of it, and where the
engine runs for an hour at walking pace it is the hour that counts and not the way.
"""

from datetime import UTC, datetime
from random import Random

import pytest

from keitora_sim.days.kinds import KINDS
from keitora_sim.days.run import Day, Living, first_state
from keitora_sim.scenario.model import TruckPart
from keitora_sim.truck.drive import Weather
from keitora_sim.truck.model import FUEL_GPL
from keitora_sim.truck.variants import variants

MIDNIGHT = datetime(2026, 4, 7, 15, tzinfo=UTC)
KM_PER_L = {
    # kind of day: least and most of a truck with injection; one with a carburettor takes up to a third more
    "delivery": (11.5, 15.5),  # forty stops
    "orchard": (7.0, 10.0),  # more than an hour at walking pace and standing with the engine on
    "market": (14.5, 18.5),
    "valley": (13.5, 19.5),
    "landscaper": (14.5, 18.5),
    "pool": (15.0, 18.5),
    "lunch-van": (12.5, 16.0),
}
KM_PER_KWH = (7.0, 11.0)


def lived(variant: str, kind: str) -> tuple[Living, Day, float]:
    """Return a truck after a spring day of that kind, the day, and its kilometres."""
    spec = TruckPart(name="Truck", variant=variant, day=kind).spec()
    one = Living("Truck", spec, kind, first_state(spec, kind, MIDNIGHT, Random(1)), seed="1")
    before_km = one.state.odometer_km
    day = one.live(KINDS[kind], MIDNIGHT, Weather())
    return one, day, one.state.odometer_km - before_km


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("variant", variants())
def test_a_day_takes_what_owners_tell_of(variant: str, kind: str) -> None:
    one, _, driven_km = lived(variant, kind)

    if variants()[variant].motor:
        assert KM_PER_KWH[0] < driven_km / one.observer.energy_kwh < KM_PER_KWH[1]
        return
    least, most = KM_PER_L[kind]
    thirst = 1.0 if variants()[variant].has_fuel_cut else 0.67
    assert least * thirst < driven_km / one.observer.fuel_l < most


def test_what_makes_an_orchard_thirsty_is_the_hour_among_the_rows() -> None:
    _, day, _ = lived("carry-dd51t", "orchard")

    def litres(*, is_creeping: bool) -> tuple[float, int]:
        burning = [m for m in day.moments if m.combustion and (m.speed_ms < 1.6) == is_creeping]
        return sum(m.combustion.fuel_gs for m in burning if m.combustion) / FUEL_GPL, len(burning)

    slow_l, slow_s = litres(is_creeping=True)
    road_l, road_s = litres(is_creeping=False)
    road_km = sum(m.speed_ms for m in day.moments if m.speed_ms >= 1.6) / 1000

    assert 0.6 < slow_l / slow_s * 3600 < 1.2  # litres an hour
    assert slow_s > 2 * road_s
    assert road_km / road_l > 11

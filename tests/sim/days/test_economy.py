"""Every truck on every kind of day takes what such trucks take, by what is published of them.

A dealer of the Hijet Truck with CVT (shinkou2005.co.jp/car/?p=1365): 10 to 12 km/L in town and on short ways,
13 to 16 on steady roads between towns, 8 to 10 loaded in the hills and on rough ground; WLTC 16.5 and 15.8
(motor-fan.jp/mf/article/252455, bestcarweb.jp/feature/test-drive/377839). A manual gearbox goes 15 % further: Carry KX
JC08 19.8 against 17.2 with three automatic gears (x-work.jp/journal/truck/9154), Acty 18.4 against 16.2
(carby.jp/car_100501/car_100506/1009216). An owner's 100,000 km in a 4MT of 1999: 15 to 16, at best 18
(mana-park.com/thanks-keitora). Electric ones go hardly further than they are rated: 8.3 km/kWh (N-VAN e:, WLTC) and
10.5 (Minicab MiEV, JC08); the sources are in `variants.toml`.

Where the engine runs for an hour at walking pace it is the hour that counts and not the way.
"""

from datetime import UTC, datetime
from random import Random

import pytest

from keitora_sim.days.kinds import KINDS
from keitora_sim.days.run import Day, Living, first_state
from keitora_sim.scenario.model import TruckPart
from keitora_sim.truck.drive import Weather
from keitora_sim.truck.model import FUEL_GPL, Gearbox
from keitora_sim.truck.variants import variants

MIDNIGHT = datetime(2026, 4, 7, 15, tzinfo=UTC)
TOWN, BETWEEN_TOWNS, HILLS = (10, 12), (13, 16), (8, 10)
KM_PER_L = {
    # kind of day: least and most with an automatic gearbox
    "delivery": TOWN,
    "lunch-van": (TOWN[0], BETWEEN_TOWNS[1]),  # fewer stops, and empty for half of the day
    "market": BETWEEN_TOWNS,
    "landscaper": BETWEEN_TOWNS,
    "pool": BETWEEN_TOWNS,
    "valley": (HILLS[0], BETWEEN_TOWNS[1]),  # half loaded, and down again without fuel
    "orchard": (HILLS[0], BETWEEN_TOWNS[1]),  # the way there and back
}
MANUAL_RATIO = 1.15
SLACK_RATIO = 1.07  # the figures are whole numbers
RATED_KM_PER_KWH = {"n-van-e": 8.3, "minicab-miev": 10.5}
SLOWER_RATIO = 1.12  # a WLTC has a part at up to 97 km/h, these days have none
IDLE_LPH = (0.5, 1.3)  # small cars idle at 0.4 to 0.6 L/h (test_variants); between the rows it turns faster, and pulls
WALKING_MS = 1.6


def lived(variant: str, kind: str) -> tuple[Living, Day, float]:
    """Return a truck after a spring day of that kind, the day, and its kilometres."""
    spec = TruckPart(name="Truck", variant=variant, day=kind).spec()
    one = Living("Truck", spec, kind, first_state(spec, kind, MIDNIGHT, Random(1)), seed="1")
    before_km = one.state.odometer_km
    day = one.live(KINDS[kind], MIDNIGHT, Weather())
    return one, day, one.state.odometer_km - before_km


def litres(day: Day, *, is_creeping: bool) -> tuple[float, float, int]:
    """Return litres, kilometres and seconds with the engine on, at walking pace and below, or above it."""
    burning = [m for m in day.moments if m.combustion and (m.speed_ms < WALKING_MS) == is_creeping]
    used_l = sum(m.combustion.fuel_gs for m in burning if m.combustion) / FUEL_GPL
    return used_l, sum(m.speed_ms for m in burning) / 1000, len(burning)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("variant", variants())
def test_a_day_takes_what_is_told_of_such_trucks(variant: str, kind: str) -> None:
    one, day, driven_km = lived(variant, kind)
    what = variants()[variant]

    if what.motor:
        rated = RATED_KM_PER_KWH[variant]
        assert 0.7 * rated < driven_km / one.observer.energy_kwh < SLOWER_RATIO * rated
        return
    used_l = one.observer.fuel_l
    if kind == "orchard":
        used_l, driven_km, _ = litres(day, is_creeping=False)
    least, most = KM_PER_L[kind]
    further = MANUAL_RATIO if what.gearbox is Gearbox.MANUAL else 1.0
    assert least / SLACK_RATIO < driven_km / used_l < most * further * SLACK_RATIO


@pytest.mark.parametrize("variant", [key for key, one in variants().items() if not one.motor])
def test_what_makes_an_orchard_thirsty_is_the_hour_among_the_rows(variant: str) -> None:
    _, day, _ = lived(variant, "orchard")

    slow_l, _, slow_s = litres(day, is_creeping=True)
    _, _, road_s = litres(day, is_creeping=False)

    assert IDLE_LPH[0] < slow_l / slow_s * 3600 < IDLE_LPH[1]
    assert slow_s > 2 * road_s

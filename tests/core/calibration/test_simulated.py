"""A truck without any engine data, after three fill-ups: how well are its litres known?"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median

import pytest

from keitora.books.truck import Truck
from keitora.calibration.learn import learn
from keitora.calibration.model import Tank
from keitora.fuel.methods import FuelMethod
from keitora_sim.truck.model import Logger
from tests.core.fuel.simulated import ROUNDS, START, driven, facts_of

LEARNING_TANKS = 3
DRIVES_A_TANK = 12


def lived(logger: Logger, count: int, kerb_kg: float, load_kg: float) -> Sequence[tuple[float, float, float]]:
    """Drives of a truck: metres, true litres, litres estimated."""
    found = []
    for number in range(count):
        places = ROUNDS[number % len(ROUNDS)]
        one = driven(
            logger,
            places,
            number,
            start=START + timedelta(days=number),
            kerb_kg=kerb_kg,
            load_kg=load_kg * (number % 3),
        )
        days = facts_of(one.rows, Truck(displacement_cc=658)).days  # its weight is not known
        found.append((one.truth.distance_m, one.truth.fuel_l, sum(day.fuel_l or 0 for day in days)))
    return found


@pytest.mark.parametrize(
    ("logger", "kerb_kg", "load_kg"), [(Logger.PHONE, 680, 80), (Logger.TRACKER, 830, 150)], ids=["phone", "tracker"]
)
def test_after_three_full_tanks_a_tank_is_known_to_8_percent_and_a_trip_to_15(
    logger: Logger, kerb_kg: float, load_kg: float
) -> None:
    drives = lived(logger, DRIVES_A_TANK * (LEARNING_TANKS + 2), kerb_kg, load_kg)
    bounds = list(pairwise(range(0, len(drives) + 1, DRIVES_A_TANK)))
    tanks = [
        Tank(
            from_at=START + timedelta(days=low),
            to_at=START + timedelta(days=high),
            filled_l=sum(true_l for _, true_l, _ in drives[low:high]),
            estimated_l={FuelMethod.ROAD_LOAD: sum(found_l for _, _, found_l in drives[low:high])},
        )
        for low, high in bounds
    ]
    [factor] = learn(tanks[:LEARNING_TANKS]).factors

    later = tanks[LEARNING_TANKS:]
    tank_errors = [abs(factor.factor * one.estimated_l[FuelMethod.ROAD_LOAD] / one.filled_l - 1) for one in later]
    trips = drives[DRIVES_A_TANK * LEARNING_TANKS :]
    trip_errors = [abs(factor.factor * found_l / true_l - 1) for metres, true_l, found_l in trips if metres > 5000]
    assert max(tank_errors) <= 0.08
    assert median(trip_errors) <= 0.15
    assert sorted(trip_errors)[int(0.9 * len(trip_errors))] <= 0.20  # what a calibrated trip tells as its ±

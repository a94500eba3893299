"""Factors from full tanks."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.calibration.learn import learn
from keitora.calibration.model import Tank
from keitora.fuel.methods import FuelMethod

START = datetime(2026, 4, 1, tzinfo=UTC)
SD, ROAD = FuelMethod.SPEED_DENSITY, FuelMethod.ROAD_LOAD


def tank(number: int, filled_l: float, method: FuelMethod = SD, **changes: object) -> Tank:
    values = {
        "from_at": START + timedelta(days=7 * number),
        "to_at": START + timedelta(days=7 * number + 7),
        "filled_l": filled_l,
        "estimated_l": {method: 30.0},
    }
    return Tank(**(values | changes))  # type: ignore[arg-type]


def test_two_tanks_teach_nothing() -> None:
    assert learn([tank(0, 27), tank(1, 27.2)]).factors == ()


def test_three_tanks_that_agree_teach_one_factor_for_all_time() -> None:
    [factor] = learn([tank(0, 27), tank(1, 27.6), tank(2, 26.4)]).factors

    assert factor.method is SD
    assert factor.factor == pytest.approx(0.9)
    assert factor.uncertainty_ratio == pytest.approx(0.04, abs=0.01)
    assert (factor.from_at, factor.to_at, factor.tank_count) == (None, None, 3)


def test_three_tanks_that_do_not_agree_teach_nothing() -> None:
    assert learn([tank(0, 20), tank(1, 30), tank(2, 45)]).factors == ()


def test_a_tank_that_fits_no_other_is_told_and_not_averaged_in() -> None:
    learnt = learn([tank(0, 27), tank(1, 27.2), tank(2, 38), tank(3, 26.8), tank(4, 27)])

    [factor] = learnt.factors
    assert factor.factor == pytest.approx(0.9, abs=0.001)
    [jump] = learnt.jumps
    assert (jump.direction, jump.filled_l) == ("more", 38)
    assert jump.expected_l == pytest.approx(27, abs=0.1)


def test_a_change_that_lasts_begins_a_new_factor_and_leaves_the_old_one_its_time() -> None:
    before, after = [tank(i, 27 + 0.1 * i) for i in range(4)], [tank(i, 34 + 0.1 * i) for i in range(4, 8)]
    learnt = learn(before + after)

    old, new = learnt.factors
    assert old.factor == pytest.approx(0.905, abs=0.01)
    assert new.factor == pytest.approx(1.15, abs=0.01)
    assert old.from_at is None
    assert old.to_at == new.from_at == after[0].from_at
    assert new.to_at is None
    assert learnt.jumps == ()


def test_each_method_has_its_own_factor() -> None:
    road = [tank(i, 33, ROAD) for i in range(4, 8)]
    factors = {one.method: one.factor for one in learn([tank(i, 27) for i in range(4)] + road).factors}

    assert factors == {SD: pytest.approx(0.9), ROAD: pytest.approx(1.1)}


def test_tanks_the_logger_missed_half_of_teach_nothing() -> None:
    assert learn([tank(i, 27, known_ratio=0.6) for i in range(5)]).factors == ()


@given(
    true=st.floats(0.6, 1.7),
    noise=st.lists(st.floats(-0.04, 0.04), min_size=5, max_size=12),
    wild=st.floats(1.4, 3.0),
    seed=st.integers(0, 99),
)
def test_one_wild_tank_never_moves_the_factor(true: float, noise: list[float], wild: float, seed: int) -> None:
    tanks = [tank(i, 30 * true * (1 + off)) for i, off in enumerate(noise)]
    at = Random(seed).randrange(len(tanks) + 1)
    with_wild = [*tanks[:at], tank(50, 30 * true * wild), *tanks[at:]]

    [clean], [disturbed] = learn(tanks).factors, learn(with_wild).factors
    assert clean.factor == pytest.approx(true, rel=0.045)
    assert disturbed.factor == pytest.approx(clean.factor, rel=1e-9)

"""What a truck does now, where its newest values are not of one moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keitora.positions.activity import activity
from keitora.positions.model import LatestValues

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
VALUES = (field for field in LatestValues.__slots__ if field not in {"vehicle_id", "vehicle_name", "sampled_at"})
NOTHING = dict.fromkeys(VALUES)


def state(*, engine_rpm: float = 850.0, engine_age_s: float, battery_v: float | None, battery_age_s: float) -> str:
    """What a truck does whose engine and battery were heard that long ago."""
    values = NOTHING | {
        "engine_rpm": engine_rpm,
        "engine_at": NOW - timedelta(seconds=engine_age_s),
        "battery_v": battery_v,
        "battery_at": None if battery_v is None else NOW - timedelta(seconds=battery_age_s),
    }
    return activity(LatestValues(vehicle_id=1, vehicle_name="Carry", sampled_at=NOW, **values), NOW)


@pytest.mark.parametrize(
    ("engine_age_s", "battery_v", "battery_age_s", "expected"),
    [
        pytest.param(30, 12.7, 0, "standing", id="switched off"),
        pytest.param(30, 12.7, 19, "standing", id="heard once since"),
        pytest.param(30, 14.1, 0, "idling", id="still charged"),
        pytest.param(30, 13.2, 0, "idling", id="just charged"),
        pytest.param(30, None, 0, "idling", id="no voltage"),
        pytest.param(30, 12.7, 20, "idling", id="asked for in turn with the engine's speed"),
        pytest.param(0, 12.7, 0, "idling", id="an alternator that pauses"),
        pytest.param(5, 12.5, 30, "idling", id="before it was started"),
    ],
)
def test_an_engine_ran_until_its_battery_is_found_at_rest(
    engine_age_s: float, battery_v: float | None, battery_age_s: float, expected: str
) -> None:
    assert state(engine_age_s=engine_age_s, battery_v=battery_v, battery_age_s=battery_age_s) == expected


@given(
    engine_rpm=st.sampled_from([0.0, 850.0]),
    engine_age_s=st.floats(0, 299),
    battery_v=st.none() | st.floats(9, 15),
    battery_age_s=st.floats(0, 299),
)
def test_whatever_the_battery_says_it_starts_no_engine(
    engine_rpm: float, engine_age_s: float, battery_v: float | None, battery_age_s: float
) -> None:
    found = state(engine_rpm=engine_rpm, engine_age_s=engine_age_s, battery_v=battery_v, battery_age_s=battery_age_s)

    assert found == "standing" or (engine_rpm > 0 and engine_age_s <= 60)

import pytest

from keitora.errors import KeitoraError
from keitora.fuel.buckets import parse_bucket
from keitora.fuel.economy import is_known_enough, km_per_l, known_ratio, l_per_100km


@pytest.mark.parametrize(
    ("text", "bucket"),
    [
        *[(name, name) for name in ("day", "week", "month")],
        *[(text, "day") for text in ("10ms", "30s", "15m", "1h", "24h", "1d", "6d")],
        *[(text, "week") for text in ("7d", "1w", "3w", "27d")],
        *[(text, "month") for text in ("28d", "4w", "1M", "3M", "1y")],
    ],
)
def test_a_bucket_is_named_or_an_interval(text: str, bucket: str) -> None:
    assert parse_bucket(text) == bucket


@pytest.mark.parametrize("text", ["", "d", "0d", "1", "1x", "-1d", "1.5d", "days", "$__interval", "1d ", "9999999d"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(KeitoraError, match="day, week or month"):
        parse_bucket(text)


def test_economy() -> None:
    assert km_per_l(30_000, 2.0) == 15.0
    assert l_per_100km(30_000, 2.0) == pytest.approx(6.667, abs=0.001)


@pytest.mark.parametrize(("distance_m", "fuel_l"), [(None, 2.0), (30_000, None), (0.0, 2.0), (30_000, 0.0)])
def test_no_economy_from_nothing(distance_m: float | None, fuel_l: float | None) -> None:
    assert km_per_l(distance_m, fuel_l) is None
    assert l_per_100km(distance_m, fuel_l) is None


def test_how_much_is_known() -> None:
    assert known_ratio(50, 100) == 0.5
    assert known_ratio(101, 100) == 1.0
    assert known_ratio(0, 0) is None
    assert is_known_enough(95, 100)
    assert not is_known_enough(94.9, 100)
    assert not is_known_enough(0, 0)

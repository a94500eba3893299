"""A cold engine burns more: how much, and how it gets warm. Pure.

European inventories count the cold part of a trip with (1.47 - 0.009 · °C) times the fuel of a warm engine, and as
such a part 3.2 km of an average trip at 15 °C (COPERT; EMEP/EEA guidebook, road transport, cold start). A kei truck
goes that far on 0.23 L. What is beyond the warm engine's fuel fades with what has been burnt, to the same sum.
"""

from math import exp
from typing import Final

COLD_RATIO: Final = 1.47 - 0.009 * 15
WARM_L: Final = 0.23
"""What a warm engine would have burnt until the cold one is warm."""
COOLS_S: Final = 5400.0
"""An engine that has stood for four hours is cold again (the rule of inventories for one without a catalyst)."""


def cooled(warmth: float, stood_s: float) -> float:
    """Return how warm an engine is that was so warm (0 to 1) when it was stopped."""
    return warmth * exp(-stood_s / COOLS_S) if stood_s > 0 else warmth


def warmed(warmth: float, warm_l: float) -> float:
    """Return how warm the engine is after what a warm one would have burnt `warm_l` litres for."""
    return min(1.0, warmth + warm_l / WARM_L)


def cold_extra_l(warmth: float, warm_l: float) -> float:
    """Return what a cold engine burns beyond the litres of a warm one. However the way is cut, the sum is the same."""
    after = warmed(warmth, warm_l)
    return 2 * (COLD_RATIO - 1) * WARM_L * (after - warmth) * (1 - (after + warmth) / 2)

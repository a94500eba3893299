"""How a truck went between two samples, and what of it they do not show. Pure.

A speed every half a minute is not how a truck went: it braked and pulled away again in between. What is seen of that:
the way between two fixes is shorter or longer than their speeds say. What is not seen is expected, in proportion to
what is. Measured on 458 km by eight cars and vans in traffic, told every second and then thinned; WLTC and simulated
trucks, which had no part in it, come out as well (docs/explanation/fuel.md).
"""

from dataclasses import dataclass
from typing import Final

SEEN_WHOLE_S: Final = 3.0
"""Samples this close show how the truck went."""
UNSEEN_AFTER_S: Final = 10.0
UNSEEN_EVERY_S: Final = 95.0
"""For each joule put into speed or taken out of it that is seen, (seconds - 10) / 95 more are not."""
UNSEEN_OF_MEANS_AFTER_S: Final = 4.5
UNSEEN_OF_MEANS_EVERY_S: Final = 26.0
"""The same where no speed was told and positions tell its means: they show less of it."""
_FIX_M: Final = 3.0
"""The way between two fixes of one receiver is known to this, and to a share for the bends that it cuts."""
_BENDS_RATIO: Final = 0.02
_FASTEST_MS: Final = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How the truck went over a short time: speeds at both ends (m/s), metres climbed, and how long it took (s).

    `way_m` is how far it went, where satellites saw it at both ends; else the speeds tell it. `of_means`: no speed was
    told, they are those from fix to fix.
    """

    from_ms: float
    to_ms: float
    climb_m: float
    lasted_s: float
    way_m: float | None = None
    of_means: bool = False


def halves(motion: Motion) -> tuple[Motion, ...]:
    """Return the motion in two halves of its time, through a speed in the middle that makes the way as long as it was.

    One part where the way is not known. A truck that went less far than its speeds say braked in between, or stopped.
    """
    if motion.way_m is None:
        return (motion,)
    mean_ms = (motion.from_ms + motion.to_ms) / 2
    apart_m = motion.way_m - mean_ms * motion.lasted_s
    unsure_m = _FIX_M + _BENDS_RATIO * motion.way_m
    sure_m = max(0.0, apart_m - unsure_m) + min(0.0, apart_m + unsure_m)
    middle_ms = min(_FASTEST_MS, max(0.0, mean_ms + 2 * sure_m / motion.lasted_s))
    climb_m, lasted_s = motion.climb_m / 2, motion.lasted_s / 2
    return (
        Motion(from_ms=motion.from_ms, to_ms=middle_ms, climb_m=climb_m, lasted_s=lasted_s),
        Motion(from_ms=middle_ms, to_ms=motion.to_ms, climb_m=climb_m, lasted_s=lasted_s),
    )


def unseen_jkg(parts: tuple[Motion, ...]) -> float:
    """Return the energy (J for each kg) that unseen braking between the samples is expected to have cost."""
    lasted_s = sum(part.lasted_s for part in parts)
    seen_jkg = sum(abs(part.to_ms**2 - part.from_ms**2) for part in parts) / 2
    if parts[0].of_means:
        return seen_jkg * max(0.0, lasted_s - UNSEEN_OF_MEANS_AFTER_S) / UNSEEN_OF_MEANS_EVERY_S
    return seen_jkg * max(0.0, lasted_s - UNSEEN_AFTER_S) / UNSEEN_EVERY_S

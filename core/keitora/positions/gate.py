"""Which satellite fixes to believe. Pure, but for the track it keeps."""

from typing import Final

from keitora.books.fix import Fix
from keitora.books.rules import Rules
from keitora.books.sample import Sample
from keitora.books.state import Positions
from keitora.geo import METRES_A_DEGREE, distance_m

SOURCE_HOLD_MS: Final = 30_000
"""Two receivers on one truck differ by metres: one is followed until it has been silent this long."""
SLACK_M: Final = 10.0
"""Noise of a fix whose accuracy is not told; without it, fixes a tenth of a second apart would look like jumps."""
CONFIRMATIONS: Final = 5
"""So many fixes in a row that agree among themselves outvote the one believed before."""


def admit(track: Positions, sample: Sample, rules: Rules) -> Fix | None:
    """Return the sample's fix if it is to be believed, and note it in the track; else None.

    Refused are fixes of another receiver than the one followed, vague ones, and those that could be reached only
    faster than any truck. A refused place becomes believed when several fixes in a row stay with it (a ferry, a truck
    carried away, a first fix that was wrong).
    """
    if sample.lat is None or sample.lon is None:
        return None
    accuracy = sample.accuracy_m or 0.0
    if accuracy > rules.fix_accuracy_m:
        return None
    last = track.last
    if last is not None and sample.device_id != track.device_id and sample.at_ms - last.at_ms <= SOURCE_HOLD_MS:
        return None
    fix = Fix(sample.lat, sample.lon, sample.at_ms, accuracy)
    if last is not None and not _reachable(last, fix, rules):
        if not _confirmed(track, fix, rules):
            return None
        track.path_end = None  # carried there: no distance driven
        track.is_carried = True
    else:
        track.is_carried = False
    track.device_id = sample.device_id
    track.last = fix
    track.suspect = None
    track.suspect_count = 0
    track.blind_m = 0.0
    return fix


def _reachable(origin: Fix, fix: Fix, rules: Rules) -> bool:
    lasted_ms = fix.at_ms - origin.at_ms
    if lasted_ms <= 0:
        return False
    reach_m = rules.fix_speed_ms * lasted_ms / 1000 + max(SLACK_M, origin.accuracy_m + fix.accuracy_m)
    # First the way along the meridian and then the parallel, as if on the equator: quickly told, and never too short.
    if (abs(fix.lat - origin.lat) + abs(fix.lon - origin.lon)) * METRES_A_DEGREE <= reach_m:
        return True
    return distance_m(origin.lat, origin.lon, fix.lat, fix.lon) <= reach_m


def _confirmed(track: Positions, fix: Fix, rules: Rules) -> bool:
    suspect = track.suspect
    follows = suspect is not None and fix.at_ms > suspect.at_ms and _reachable(suspect, fix, rules)
    track.suspect_count = track.suspect_count + 1 if follows else 1
    track.suspect = fix
    return track.suspect_count >= CONFIRMATIONS

"""From full tank to full tank: the only litres that are known without any sensor. Pure."""

from collections.abc import Sequence

from keitora.fillups.model import FillUp, TankInterval


def full_to_full(fills: Sequence[FillUp]) -> list[TankInterval]:
    """Return the intervals between full tanks, in order of time.

    A partial fill-up counts into the interval that the next full one ends. An interval in which one was missed is left
    out, not stretched over: the next one begins at its end.
    """
    intervals: list[TankInterval] = []
    begun: FillUp | None = None
    since: list[FillUp] = []
    is_broken = False
    for fill in sorted(fills, key=lambda fill: (fill.filled_at, fill.fill_up_id)):
        is_broken = is_broken or fill.missed_before
        since.append(fill)
        if not fill.is_full:
            continue
        if begun is not None and not is_broken:
            intervals.append(_interval(begun, since))
        begun, since, is_broken = fill, [], False
    return intervals


def _interval(begun: FillUp, since: Sequence[FillUp]) -> TankInterval:
    last = since[-1]
    known = begun.odometer_km is not None and last.odometer_km is not None
    distance_km = (last.odometer_km or 0) - (begun.odometer_km or 0) if known else None
    return TankInterval(
        from_at=begun.filled_at,
        to_at=last.filled_at,
        filled_l=sum(fill.volume_l for fill in since),
        distance_km=distance_km,
        fill_up_ids=(begun.fill_up_id, *(fill.fill_up_id for fill in since)),
    )


def without(intervals: Sequence[TankInterval], doubted: set[int]) -> list[TankInterval]:
    """Return the intervals that no doubted fill-up has a part in."""
    return [interval for interval in intervals if doubted.isdisjoint(interval.fill_up_ids)]

"""When a truck was on the farm's own ground. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from keitora.clock import instant
from keitora.places.model import Stay


@dataclass(frozen=True, slots=True)
class Span:
    """A time on the farm, within one local day."""

    local_date: date
    from_at: datetime
    to_at: datetime


def farm_spans(stays: Iterable[Stay], zone: ZoneInfo, now_ms: int) -> list[Span]:
    """Return when the truck was inside any of the places it visited, by local day; overlapping places count once.

    `stays` are those at the farm's places. Passing by counts as the road it is: only visits are looked at.
    """
    inside = sorted(part for stay in stays if stay.is_visit for part in stay.inside(now_ms))
    united: list[tuple[int, int]] = []
    for from_ms, to_ms in inside:
        if united and from_ms <= united[-1][1]:
            united[-1] = (united[-1][0], max(to_ms, united[-1][1]))
        else:
            united.append((from_ms, to_ms))
    return [span for from_ms, to_ms in united for span in _by_day(instant(from_ms), instant(to_ms), zone)]


def _by_day(from_at: datetime, to_at: datetime, zone: ZoneInfo) -> Iterable[Span]:
    while from_at < to_at:
        local_date = from_at.astimezone(zone).date()
        midnight = datetime.combine(local_date + timedelta(days=1), datetime.min.time(), zone).astimezone(
            from_at.tzinfo
        )
        yield Span(local_date, from_at, min(to_at, midnight))
        from_at = midnight

"""Public holidays, moving ones included: Japan's by the Act on National Holidays, the United States' by 5 U.S.C. 6103.

Japan's equinoxes follow the usual formula for 1980 to 2099; the almanac of the year before is what counts in law.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType
from typing import Final, Literal

Country = Literal["jp", "us"]
_DAY: Final = timedelta(days=1)
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6
_JAPAN: Final = ((1, 1), (2, 11), (2, 23), (4, 29), (5, 3), (5, 4), (5, 5), (8, 11), (11, 3), (11, 23))
_JAPANESE_MONDAYS: Final = ((1, 2), (7, 3), (9, 3), (10, 2))  # Coming of Age, Sea, Respect for the Aged, Sports
_AMERICA: Final = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_AMERICAN_MONDAYS: Final = ((1, 3), (2, 3), (9, 1), (10, 2))  # M. L. King, Washington, Labor, Columbus


def nth_weekday(year: int, month: int, number: int, weekday: int) -> date:
    """Return a month's first, second … of a weekday (Monday is 0)."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def equinoxes(year: int) -> tuple[date, date]:
    """Return Japan's days of the vernal and the autumnal equinox; right from 1980 to 2099."""
    since = year - 1980
    drift = 0.242194 * since - since // 4
    return date(year, 3, int(20.8431 + drift)), date(year, 9, int(23.2488 + drift))


@cache
def japanese(year: int) -> frozenset[date]:
    """Return a year's national holidays of Japan, substitutes and days between two holidays included."""
    days = {date(year, month, day) for month, day in _JAPAN}
    days |= {nth_weekday(year, month, number, _MONDAY) for month, number in _JAPANESE_MONDAYS}
    days |= set(equinoxes(year))
    for sunday in sorted(day for day in days if day.weekday() == _SUNDAY):
        substitute = sunday + _DAY
        while substitute in days:
            substitute += _DAY
        days.add(substitute)
    between = {day + _DAY for day in days if day + 2 * _DAY in days}
    return frozenset(days | {day for day in between if day.weekday() != _SUNDAY})


@cache
def american(year: int) -> frozenset[date]:
    """Return a year's federal holidays of the United States, on the days on which they are kept."""
    days = {date(year, month, day) for month, day in _AMERICA} | {date(year + 1, 1, 1)}
    moved = {_SATURDAY: -_DAY, _SUNDAY: _DAY}
    kept = {day + moved.get(day.weekday(), timedelta(0)) for day in days}
    kept |= {nth_weekday(year, month, number, _MONDAY) for month, number in _AMERICAN_MONDAYS}
    kept |= {nth_weekday(year, 6, 1, _MONDAY) - 7 * _DAY, nth_weekday(year, 11, 4, _THURSDAY)}  # Memorial, Thanksgiving
    return frozenset(day for day in kept if day.year == year)


_OF: Final[Mapping[Country, Callable[[int], frozenset[date]]]] = MappingProxyType({"jp": japanese, "us": american})


def is_holiday(day: date, country: Country) -> bool:
    """Tell whether a day is a public holiday."""
    return day in _OF[country](day.year)

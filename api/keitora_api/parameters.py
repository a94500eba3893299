"""Query parameters that several routes share."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from keitora_api.problems import invalid

_LARGEST_ID: Final = 2**31 - 1
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


def _mend_plus(value: object) -> object:
    # An unescaped + arrives as a space.
    return value.replace(" ", "+") if isinstance(value, str) and "T" in value else value


def _within_reach(at: datetime) -> datetime:
    # Nothing was ever heard before, nor will be after: it means the same, and a day more or less is still a date.
    return min(max(at, _EARLIEST), _LATEST)


Instant = Annotated[AwareDatetime, BeforeValidator(_mend_plus), AfterValidator(_within_reach)]


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `from_at` until before `to_at`; None leaves that side open."""

    from_at: datetime | None
    to_at: datetime | None


async def time_range(
    from_at: Annotated[
        Instant | None,
        Query(
            alias="from",
            description="Begin, inclusive: RFC 3339 with an offset or Z, or Unix milliseconds",
            examples=["2026-11-01T00:00:00Z"],
        ),
    ] = None,
    to_at: Annotated[
        Instant | None,
        Query(
            alias="to",
            description="End, exclusive: RFC 3339 with an offset or Z, or Unix milliseconds",
            examples=["2026-12-01T00:00:00Z"],
        ),
    ] = None,
) -> TimeRange:
    """Read `from` and `to`. Raises a 422 problem if they are the wrong way round."""
    if from_at is not None and to_at is not None and from_at > to_at:
        raise invalid("query.to", "`to` must not be before `from`")
    return TimeRange(from_at, to_at)


async def vehicle_ids(
    vehicle: Annotated[
        list[str] | None,
        Query(
            description="Numbers of trucks, comma-separated or repeated; `all` or nothing for all. Numbers that are "
            "not the fleet's match nothing.",
            examples=["1,2"],
        ),
    ] = None,
) -> tuple[int, ...] | None:
    """Read `vehicle`; None means all. Raises a 422 problem for what is no number."""
    words = [word.strip() for text in vehicle or () for word in text.split(",") if word.strip()]
    if not words or words == ["all"]:
        return None
    if not all(word.isascii() and word.isdigit() and int(word) <= _LARGEST_ID for word in words):
        raise invalid("query.vehicle", "`vehicle` is a list of truck numbers such as 1,2")
    return tuple(int(word) for word in words)


TimeRangeQuery = Annotated[TimeRange, Depends(time_range)]
VehicleIdsQuery = Annotated[tuple[int, ...] | None, Depends(vehicle_ids)]

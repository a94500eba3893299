"""Query parameters that several routes share."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, get_args

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, WithJsonSchema

from keitora.overlays.model import Purpose
from keitora_api.problems import invalid

_LARGEST_ID: Final = 2**31 - 1
ALL: Final = "all"
_NUMBERS: Final = "^(all|[0-9]{1,9}(,[0-9]{1,9})*)$"
"""For generated clients; a little more is understood."""
_Number = Annotated[str, WithJsonSchema({"type": "string", "pattern": _NUMBERS})]
_PURPOSE: Final = "|".join(get_args(Purpose))
_Purpose = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^(all|({_PURPOSE})(,({_PURPOSE}))*)$"})]
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
        list[_Number] | None,
        Query(
            description="Numbers of trucks, comma-separated or repeated; `all` or nothing for all. Numbers that are "
            "not the fleet's match nothing.",
            examples=[["1", "2"]],
        ),
    ] = None,
) -> tuple[int, ...] | None:
    """Read `vehicle`; None means all. Raises a 422 problem for what is no number."""
    return _numbers("vehicle", "truck", vehicle)


async def driver_ids(
    driver: Annotated[
        list[_Number] | None,
        Query(
            description="Only trips of these drivers, by numbers, comma-separated or repeated; 0: nobody named; "
            "`all` or nothing for all",
            examples=[["2"]],
        ),
    ] = None,
) -> tuple[int, ...] | None:
    """Read `driver`; None means all. Raises a 422 problem for what is no number."""
    return _numbers("driver", "driver", driver)


async def place_ids(
    place: Annotated[
        list[_Number] | None,
        Query(
            description="Only these named places, by their numbers, comma-separated or repeated; `all` or nothing for "
            "all. Of trips: those that began or ended there",
            examples=[["3"]],
        ),
    ] = None,
) -> tuple[int, ...] | None:
    """Read `place`; None means all. Raises a 422 problem for what is no number."""
    return _numbers("place", "place", place)


async def purposes(
    purpose: Annotated[
        list[_Purpose] | None,
        Query(
            description=f"Only trips with one of these purposes ({', '.join(get_args(Purpose))}), comma-separated or "
            "repeated; `all` or nothing for all",
            examples=[["farm"]],
        ),
    ] = None,
) -> tuple[Purpose, ...] | None:
    """Read `purpose`; None means all. Raises a 422 problem for what is no purpose."""
    known: dict[str, Purpose] = {one: one for one in get_args(Purpose)}
    words = words_of(purpose)
    if not all(word in known or word == ALL for word in words):
        raise invalid("query.purpose", f"a purpose is one of {', '.join(known)}")
    return None if ALL in words else tuple(known[word] for word in words)


def _numbers(name: str, what: str, texts: list[str] | None) -> tuple[int, ...] | None:
    words = words_of(texts)
    if not all(word == ALL or (word.isascii() and word.isdigit() and int(word) <= _LARGEST_ID) for word in words):
        raise invalid(f"query.{name}", f"`{name}` is a list of {what} numbers such as 1,2")
    return None if ALL in words else tuple(int(word) for word in words)


def words_of(texts: list[str] | None) -> list[str]:
    """Return what a parameter lists, comma-separated or repeated; just `ALL` if nothing is said.

    `ALL` beside others means all too, as from a list that offers it along with them.
    """
    return [word.strip() for text in texts or () for word in text.split(",") if word.strip()] or [ALL]


TimeRangeQuery = Annotated[TimeRange, Depends(time_range)]
VehicleIdsQuery = Annotated[tuple[int, ...] | None, Depends(vehicle_ids)]
DriverIdsQuery = Annotated[tuple[int, ...] | None, Depends(driver_ids)]
PlaceIdsQuery = Annotated[tuple[int, ...] | None, Depends(place_ids)]
PurposesQuery = Annotated[tuple[Purpose, ...] | None, Depends(purposes)]

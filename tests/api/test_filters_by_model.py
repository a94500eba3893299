"""Lists, statistics and their filters against the same in plain Python: any zone, any filter, over all pages.

The fleets are written once; Hypothesis draws what is asked of them, the same at every run.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import psycopg
import pytest
from fastapi.testclient import TestClient
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from keitora.stats.parts import make_next_parts
from keitora_api.app import create_app
from keitora_api.settings import ServiceSettings
from tests.api.builders import NOW
from tests.api.made_fleets import CHANGES, KINDS, MICROSECOND, PURPOSES, Made, Part, Row, make_fleet

Asked = dict[str, Any]
Name = tuple[Any, ...]
NOBODYS: Final = 2**31 - 1
BUCKETS: Final = ("day", "week", "month", "year", "total")
BASES: Final = {"none": "days", "vehicle": "days", "driver": "trips", "purpose": "trips", "place": "visits"}
drawn = settings(derandomize=True, database=None, max_examples=15)


@pytest.fixture(scope="module")
def fleets(module_database_url: str) -> dict[str, Made]:
    """A fleet in each zone. What statistics add up is made beforehand for two trucks of each, not for the third."""
    with psycopg.connect(module_database_url, autocommit=True) as conn:

        def make_parts() -> None:
            while make_next_parts(conn) is not None:
                pass

        return {zone: make_fleet(conn, zone, make_parts) for zone in CHANGES}


@pytest.fixture(scope="module")
def asks(module_database_url: str) -> Iterator[TestClient]:
    app = create_app(ServiceSettings(database_url=SecretStr(module_database_url)), clock=lambda: NOW)
    with TestClient(app) as client:
        yield client


def _by_time(begins: str) -> Callable[[dict[str, Any]], Name]:
    return lambda item: (instant(item[begins]), item["vehicle"]["id"])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class List:
    """A list: its name, what tells its rows apart and orders them, and by what they are chosen."""

    name: str
    of_item: Callable[[dict[str, Any]], Name]
    of_row: Callable[[Row, ZoneInfo], Name] = lambda row, _: (row.at, row.vehicle_id)
    choices: tuple[str, ...] = ()
    touches: bool = False
    order: str = "desc"


LISTS: Final = (
    List("trips", _by_time("started_at"), choices=("purpose", "driver", "place", "order")),
    List("stops", _by_time("started_at"), touches=True),
    List("idling", _by_time("started_at"), touches=True),
    List(
        "episodes",
        lambda item: (instant(item["opened_at"]), item["vehicle"]["id"], item["kind"]),
        lambda row, _: (row.at, row.vehicle_id, row.kind),
        choices=("kind", "open", "order"),
    ),
    List(
        "visits",
        lambda item: (instant(item["entered_at"]), item["vehicle"]["id"], item["place"]["id"]),
        lambda row, _: (row.at, row.vehicle_id, row.number),
        choices=("place",),
        touches=True,
    ),
    List(
        "fill-ups",
        lambda item: (instant(item["filled_at"]), item["id"]),
        lambda row, _: (row.at, row.number),
        order="asc",
    ),
    List(
        "days",
        lambda item: (date.fromisoformat(item["local_date"]), item["vehicle"]["id"]),
        lambda row, zone: (row.at.astimezone(zone).date(), row.vehicle_id),
        touches=True,
    ),
)


def is_chosen(row: Row, one: List, asked: Asked) -> bool:
    """Tell whether a list should hold a row."""
    begins, ends = asked.get("from"), asked.get("to")
    if one.touches:
        in_time = begins is None or row.until is None or row.until > begins
    else:
        in_time = begins is None or row.at >= begins
    return (
        in_time
        and (ends is None or row.at < ends)
        and row.vehicle_id in asked.get("vehicle", [row.vehicle_id])
        and row.purpose in asked.get("purpose", [row.purpose])
        and row.driver_id in asked.get("driver", [row.driver_id])
        and ("place" not in asked or not row.place_ids.isdisjoint(asked["place"]))
        and row.kind in asked.get("kind", [row.kind])
        and (row.until is None) == asked.get("open", row.until is None)
    )


@st.composite
def questions(draw: st.DrawFn, made: Made, moments: list[datetime], choices: tuple[str, ...]) -> Asked:
    """Draw what is asked for: edges of rows and what is just beside them, numbers of the fleet and of nobody."""
    near = st.builds(
        lambda at, past: at + past * MICROSECOND, st.sampled_from(moments), st.sampled_from((0, 0, 0, -1, 1))
    )
    some: dict[str, st.SearchStrategy[Any]] = {
        "vehicle": _some_of([*(truck.vehicle_id for truck in made.world.trucks), NOBODYS]),
        "purpose": _some_of(PURPOSES),
        "driver": _some_of([0, *made.driver_ids, NOBODYS]),
        "place": _some_of([*made.world.place_ids, NOBODYS]),
        "kind": _some_of(KINDS),
        "open": st.booleans(),
        "order": st.sampled_from(("asc", "desc")),
    }
    asked = {name: draw(some[name]) for name in sorted(draw(st.sets(st.sampled_from(("vehicle", *choices)))))}
    times = zip(("from", "to"), sorted((draw(near), draw(near))), strict=True)
    return asked | {name: at for name, at in times if draw(st.booleans())}


def _some_of(values: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)


def params_of(asked: Asked, zone: ZoneInfo) -> Asked:
    """Say times as the fleet's clocks do, booleans as JSON does, and every other list in one word."""

    def said(value: object) -> object:
        if isinstance(value, datetime):
            return value.astimezone(zone).isoformat()
        if isinstance(value, list) and len(value) % 2 == 0:
            return ",".join(map(str, value))
        return str(value).lower() if isinstance(value, bool) else value

    return {name: said(value) for name, value in asked.items()}


def pages_of(client: TestClient, made: Made, path: str, asked: Asked) -> Iterator[list[dict[str, Any]]]:
    params = params_of(asked, made.zone)
    while True:
        answer = client.get(path, headers=made.world.headers(), params=params)
        assert answer.status_code == 200, answer.text
        yield answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return
        params["cursor"] = answer.json()["next_cursor"]


@pytest.mark.parametrize("one", LISTS, ids=[one.name for one in LISTS])
@pytest.mark.parametrize("zone", CHANGES)
def test_a_list_holds_what_its_filters_say_each_row_once_and_in_order(
    asks: TestClient, fleets: dict[str, Made], zone: str, one: List
) -> None:
    made = fleets[zone]
    rows = made.rows[one.name]
    moments = [at for row in rows for at in (row.at, row.until) if at is not None]

    @drawn
    @given(asked=questions(made, moments, one.choices), limit=st.sampled_from((1, 2, 7, 1000)))
    def check(asked: Asked, limit: int) -> None:
        wanted = sorted(one.of_row(row, made.zone) for row in rows if is_chosen(row, one, asked))
        event("none" if not wanted else "all" if len(wanted) == len(rows) else "some")
        limit = max(limit, len(wanted) // 4)
        pages = list(pages_of(asks, made, f"/v1/{one.name}", {**asked, "limit": limit}))

        is_rising = asked.get("order", one.order) == "asc"
        assert [one.of_item(item) for page in pages for item in page] == (wanted if is_rising else wanted[::-1])
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)

    check()


def bucket_start(bucket: str, day: date) -> date:
    """Return the first day of the bucket that holds a day."""
    starts = {
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "year": day.replace(month=1, day=1),
    }
    return starts.get(bucket, day)


def counted_days(made: Made, asked: Asked) -> tuple[date, date]:
    """Return the first and the last local day that count."""
    last = made.day_of(min(NOW, asked.get("to", NOW + MICROSECOND) - MICROSECOND))
    known = min(part.local_date for part in made.parts["days"])
    return max(known, made.day_of(asked["from"])) if "from" in asked else known, last


def summed(made: Made, asked: Asked, bucket: str, group_by: str) -> dict[tuple[date, Any], tuple[float, ...]]:
    """Return trips, visits, kilometres, seconds in motion and litres by bucket and group. The whole of the model."""
    basis = "trips" if {"driver", "purpose"} & asked.keys() else BASES[group_by]
    first, last = counted_days(made, asked)
    sums: dict[tuple[date, Any], tuple[float, ...]] = {}
    for part in made.parts[basis]:
        if first <= part.local_date <= last and counts(part, asked):
            group = {
                "vehicle": part.vehicle_id,
                "driver": part.driver_id or None,
                "purpose": part.purpose,
                "place": part.place_id,
            }.get(group_by)
            key = (first if bucket == "total" else bucket_start(bucket, part.local_date), group)
            own = (part.trip_count, part.visit_count, part.distance_m / 1000, part.moving_s, part.fuel_l)
            sums[key] = tuple(map(sum, zip(sums.get(key, (0,) * 5), own, strict=True)))
    return sums


def counts(part: Part, asked: Asked) -> bool:
    return (
        part.vehicle_id in asked.get("vehicle", [part.vehicle_id])
        and part.driver_id in asked.get("driver", [part.driver_id])
        and part.purpose in asked.get("purpose", [part.purpose])
        and part.place_id in asked.get("place", [part.place_id])
    )


def told_sums(item: dict[str, Any], group_by: str) -> tuple[tuple[date, Any], tuple[float, ...]]:
    group = item.get(group_by)
    key = (date.fromisoformat(item["bucket_local_date"]), group["id"] if isinstance(group, dict) else group)
    names = ("trip_count", "visit_count", "distance_km", "moving_s", "fuel_l")
    return key, tuple(item[name] or 0 for name in names)


@pytest.mark.parametrize("group_by", BASES)
@pytest.mark.parametrize("zone", CHANGES)
def test_statistics_are_the_sums_of_what_their_filters_say(
    asks: TestClient, fleets: dict[str, Made], zone: str, group_by: str
) -> None:
    made = fleets[zone]
    days = {part.local_date for part in made.parts["days"]}
    midnights = [datetime.combine(day, time(), made.zone).astimezone(UTC) for day in sorted(days)]
    choices = ("place",) if group_by == "place" else ("driver", "purpose")

    @drawn
    @given(asked=questions(made, midnights, choices), bucket=st.sampled_from(BUCKETS), limit=st.sampled_from((20, 400)))
    def check(asked: Asked, bucket: str, limit: int) -> None:
        wanted = summed(made, asked, bucket, group_by)
        params = {**asked, "bucket": bucket, "group_by": group_by, "limit": limit}
        pages = pages_of(asks, made, "/v1/stats", params)

        told = [told_sums(item, group_by) for page in pages for item in page]
        assert dict(told) == {key: pytest.approx(sums, abs=0.051) for key, sums in wanted.items()}
        assert len(told) == len(wanted)
        assert [key[0] for key, _ in told] == sorted(key[0] for key, _ in told)

    check()


def relative_economies(made: Made, asked: Asked) -> dict[int | None, tuple[float, float] | None]:
    """Return by driver the economy against that of the same trucks with everybody, and the distance it rests on."""
    first, last = counted_days(made, asked)
    everybody = {name: value for name, value in asked.items() if name != "driver"}
    driven: dict[tuple[int, int], list[Part]] = {}
    for part in made.parts["trips"]:
        if first <= part.local_date <= last and counts(part, everybody):
            driven.setdefault((part.vehicle_id, part.driver_id), []).append(part)
    told: dict[int | None, tuple[float, float] | None] = {}
    for driver_id in {driver for _, driver in driven if driver in asked.get("driver", [driver])}:
        distance_m = used_l = others_l = 0.0
        for (vehicle_id, driver), own in driven.items():
            same = [part for (truck, _), parts in driven.items() if truck == vehicle_id for part in parts]
            if driver == driver_id and {part.driver_id for part in same} != {driver_id}:
                own_m = sum(part.distance_m for part in own)
                distance_m += own_m
                used_l += sum(part.fuel_l for part in own)
                others_l += own_m * sum(part.fuel_l for part in same) / sum(part.distance_m for part in same)
        told[driver_id or None] = (others_l / used_l, distance_m / 1000) if used_l else None
    return told


def test_a_driver_is_held_against_the_same_trucks_with_everybody(asks: TestClient, fleets: dict[str, Made]) -> None:
    made = fleets["Asia/Tokyo"]
    days = {part.local_date for part in made.parts["trips"]}
    midnights = [datetime.combine(day, time(), made.zone).astimezone(UTC) for day in sorted(days)]

    @drawn
    @given(asked=questions(made, midnights, ("driver", "purpose")))
    def check(asked: Asked) -> None:
        wanted = relative_economies(made, asked)
        event("somebody" if any(wanted.values()) else "nobody")

        (told,) = pages_of(asks, made, "/v1/stats", {**asked, "bucket": "total", "group_by": "driver"})

        assert {one["driver"] and one["driver"]["id"] for one in told} == wanted.keys()
        for one in told:
            found = one["relative_economy_ratio"], one["relative_economy_km"]
            expected = wanted[one["driver"] and one["driver"]["id"]]
            assert found == ((None, None) if expected is None else pytest.approx(expected, abs=0.0011)), one["driver"]

    check()
